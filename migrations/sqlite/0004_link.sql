-- Answers by link.
ALTER TABLE reply ADD COLUMN doubt TEXT;               -- why it may not come from its person; null = it counts
ALTER TABLE reply ADD COLUMN confirmed_at_ms BIGINT;   -- a second signal made it count
CREATE TABLE link (
    token_hash TEXT PRIMARY KEY NOT NULL,    -- SHA-256 of the token, hexadecimal; the token itself is nowhere
    message_key TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);
CREATE TABLE link_visit (                    -- forms that were taken: a second copy of one records nothing
    visit TEXT PRIMARY KEY NOT NULL,
    message_key TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
