-- What is for a unit that is not live goes to the trial mailbox, and counts for nothing once the unit is.
ALTER TABLE reminder ADD COLUMN trial_at_ms BIGINT;        -- recorded while its unit was in trial, since then
ALTER TABLE reminder ADD COLUMN trial_ended_at_ms BIGINT;  -- the unit became live: kept to be shown, nothing counts it
ALTER TABLE message ADD COLUMN trial_at_ms BIGINT;         -- went, or was to go, to the trial mailbox
ALTER TABLE assignment ADD COLUMN live_at_ms BIGINT;       -- its unit became live: known as of then to its people
