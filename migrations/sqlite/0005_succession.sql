-- An assignment keeps the name of the unit it was given to; who answers for it may change when units are renamed, merged
-- or split.
ALTER TABLE assignment ADD COLUMN responsible_id BIGINT REFERENCES unit(id); -- who answers for it now; null = unit_id
ALTER TABLE assignment ADD COLUMN inherited_from TEXT;     -- the unit's name when it was given: "kế thừa …"
ALTER TABLE assignment ADD COLUMN inherited_at_ms BIGINT;  -- since when another unit answers for it
CREATE INDEX assignment_responsible ON assignment(responsible_id) WHERE responsible_id IS NOT NULL;
