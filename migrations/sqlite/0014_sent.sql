-- By what a message is known whatever numbers its rows have, and what a sent.log told after a restore.
ALTER TABLE message ADD COLUMN traces TEXT;  -- one for each member, parted by commas
CREATE TABLE sent (                          -- accepted before the store was restored; nothing with that trace is sent again
    trace TEXT PRIMARY KEY NOT NULL,
    message_key TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX sent_message ON sent(message_key);
