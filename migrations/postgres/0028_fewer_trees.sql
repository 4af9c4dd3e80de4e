-- Fewer trees for each row. The number of an entry is the row's own number, on SQLite alone; an attempt is known by its message and its number; no index of the
-- journal holds entries that say nothing of what it is asked for.
DROP INDEX journal_assignment;
DROP INDEX journal_message;
ALTER TABLE journal RENAME TO journal_before;
CREATE TABLE journal (
    seq BIGINT PRIMARY KEY NOT NULL,
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    assignment_id BIGINT,
    message_key TEXT,
    actor TEXT,
    config_digest TEXT,
    detail TEXT NOT NULL,        -- JSON with a version field "v"
    hash TEXT NOT NULL           -- SHA-256 over the previous hash and every other column
);
INSERT INTO journal (seq, at_ms, kind, assignment_id, message_key, actor, config_digest, detail, hash)
    SELECT seq, at_ms, kind, assignment_id, message_key, actor, config_digest, detail, hash FROM journal_before ORDER BY seq;
DROP TABLE journal_before;
CREATE INDEX journal_assignment ON journal(assignment_id) WHERE assignment_id IS NOT NULL;
CREATE INDEX journal_message ON journal(message_key) WHERE message_key IS NOT NULL;
DROP INDEX attempt_message;
ALTER TABLE attempt RENAME TO attempt_before;
CREATE TABLE attempt (
    message_id BIGINT NOT NULL REFERENCES message(id),
    number BIGINT NOT NULL,
    started_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    verdict TEXT,                -- accepted | deferred | refused | uncertain
    reason TEXT,
    PRIMARY KEY (message_id, number)
);
INSERT INTO attempt (message_id, number, started_at_ms, ended_at_ms, verdict, reason)
    SELECT message_id, number, started_at_ms, ended_at_ms, verdict, reason FROM attempt_before ORDER BY message_id, number;
DROP TABLE attempt_before;
