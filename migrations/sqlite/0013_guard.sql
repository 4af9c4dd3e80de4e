-- Guards that stand now: what keeps messages from leaving although they are due. Neither fact nor history: the journal has both ends.
CREATE TABLE guard (
    name TEXT PRIMARY KEY NOT NULL,  -- domain::guard::Guard
    since_at_ms BIGINT NOT NULL,
    raised_by TEXT NOT NULL,         -- an actor, as in the journal
    note TEXT,
    told_at_ms BIGINT NOT NULL       -- when the operators were told last
);
