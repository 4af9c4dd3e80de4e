-- Several daemons on one database. Neither table is a fact or history: both speak of processes that live now.
CREATE TABLE incarnation (
    id TEXT PRIMARY KEY NOT NULL,
    host TEXT NOT NULL,
    pid BIGINT NOT NULL,
    started_at_ms BIGINT NOT NULL,
    beats BIGINT NOT NULL,       -- raised with each heartbeat; whoever watches measures silence by a clock of its own
    beat_at_ms BIGINT NOT NULL,  -- by the clock of the replica; for people only
    config_digest TEXT NOT NULL, -- the rules it would work by
    ended_at_ms BIGINT,          -- it stopped
    fenced_at_ms BIGINT          -- it was silent, and another took over what it was sending
);
CREATE TABLE lease (
    name TEXT PRIMARY KEY NOT NULL,
    term BIGINT NOT NULL,        -- raised with each new holder
    incarnation TEXT NOT NULL,   -- who holds it
    taken_at_ms BIGINT NOT NULL
);
