-- Recurring duties. A row of "series" is a directive for one unit that recurs: the period to be opened next, and when.
ALTER TABLE directive ADD COLUMN until_date TEXT;   -- no period with a later deadline is opened
ALTER TABLE directive ADD COLUMN cutoff BIGINT;     -- day of the month on which the figures of a period are closed
CREATE TABLE series (
    id INTEGER PRIMARY KEY NOT NULL,
    directive_id BIGINT NOT NULL REFERENCES directive(id),
    unit_id BIGINT NOT NULL REFERENCES unit(id),
    period TEXT NOT NULL,        -- opened next: 2026-03, 2026-W12, 2026-Q1, 2026-H1, 2026
    opens_at_ms BIGINT,          -- null = the series has ended
    UNIQUE (directive_id, unit_id)
);
CREATE INDEX series_opens ON series(opens_at_ms) WHERE opens_at_ms IS NOT NULL;
CREATE INDEX dispatch_replaces ON dispatch(replaces) WHERE replaces IS NOT NULL;
