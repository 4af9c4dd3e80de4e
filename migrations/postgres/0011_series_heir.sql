-- A recurring duty of a unit that was merged or split: who answers for the periods to come.
ALTER TABLE series ADD COLUMN responsible_id BIGINT REFERENCES unit(id); -- null = unit_id
ALTER TABLE series ADD COLUMN inherited_from TEXT;                       -- the unit's name when the duty was given
