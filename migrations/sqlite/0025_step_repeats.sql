-- What decides when a step comes first, and when again, apart: an edit of the one leaves the other as old as it is.
ALTER TABLE step_since ADD COLUMN repeat_timing TEXT NOT NULL DEFAULT '';      -- fingerprint; empty: not noted yet
ALTER TABLE step_since ADD COLUMN repeat_since_at_ms BIGINT NOT NULL DEFAULT 0;
UPDATE step_since SET repeat_since_at_ms = since_at_ms;
