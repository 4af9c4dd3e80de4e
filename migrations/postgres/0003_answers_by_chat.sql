-- Answers over a chat: what buttons stand for, questions that wait for their answer, codes that link an account.
ALTER TABLE reply ADD COLUMN before_state TEXT;          -- JSON: what it changed, for taking it back
ALTER TABLE reply ADD COLUMN undone_at_ms BIGINT;        -- taken back by who gave it; it counts for nothing then
ALTER TABLE callback_token ADD COLUMN person_id BIGINT;  -- whose button, under an answer of the bot
ALTER TABLE callback_token ADD COLUMN assignments TEXT;  -- JSON list of keys; null = every member of the message
ALTER TABLE callback_token ADD COLUMN argument TEXT;     -- what else the act needs
ALTER TABLE callback_token ADD COLUMN expires_at_ms BIGINT;
CREATE INDEX callback_token_message ON callback_token(message_key);
CREATE INDEX callback_token_expiry ON callback_token(expires_at_ms) WHERE expires_at_ms IS NOT NULL;
CREATE TABLE dialogue (          -- at most one a person
    person_id BIGINT PRIMARY KEY NOT NULL REFERENCES person(id),
    nonce TEXT NOT NULL,         -- buttons of an earlier one do not fit
    kind TEXT NOT NULL,          -- the word of the reply
    step TEXT NOT NULL,          -- what is asked now
    assignments TEXT NOT NULL,   -- JSON list of keys
    message_key TEXT,            -- the message it began under
    message_id BIGINT,           -- the chat's own number of that message
    given TEXT NOT NULL,         -- JSON: what was answered so far
    expires_at_ms BIGINT NOT NULL
);
CREATE TABLE link_code (
    code_hash TEXT PRIMARY KEY NOT NULL,  -- SHA-256 of the code, which is kept nowhere
    person_id BIGINT NOT NULL REFERENCES person(id),
    made_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    account BIGINT,              -- the first that showed it; no other may use it
    used_at_ms BIGINT
);
CREATE INDEX link_code_person ON link_code(person_id);
CREATE TABLE link_refusal (      -- how often a chat was refused lately
    chat BIGINT NOT NULL,
    what TEXT NOT NULL,          -- code | stranger
    since_at_ms BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (chat, what)
);
