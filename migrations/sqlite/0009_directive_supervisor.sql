-- The leader in charge of one duty, where it is not the unit's: "position:ID@UNIT" or "person:ID".
ALTER TABLE directive ADD COLUMN supervisor TEXT;
