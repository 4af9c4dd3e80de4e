-- Fewer trees for each row. An attempt is known by its message and its number; no index of the journal holds entries that say nothing
-- of what it is asked for.
DROP INDEX journal_assignment;
DROP INDEX journal_message;
CREATE INDEX journal_assignment ON journal(assignment_id) WHERE assignment_id IS NOT NULL;
CREATE INDEX journal_message ON journal(message_key) WHERE message_key IS NOT NULL;
DROP INDEX attempt_message;
ALTER TABLE attempt DROP COLUMN id;
ALTER TABLE attempt ADD PRIMARY KEY (message_id, number);
