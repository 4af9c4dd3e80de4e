-- A blocked duty waits for a unit, and its escalations for a time; a duty that was transferred says where it came from.
ALTER TABLE assignment ADD COLUMN blocked_by_id BIGINT REFERENCES unit(id);      -- the last one named; waited for while work = 'blocked'
ALTER TABLE assignment ADD COLUMN blocked_until_ms BIGINT;                       -- its escalations wait until then
ALTER TABLE assignment ADD COLUMN from_unit_id BIGINT REFERENCES unit(id);       -- the unit that had it before a transfer
