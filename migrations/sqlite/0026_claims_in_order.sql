-- A claim takes the first few in their order, without sorting all that wait.
DROP INDEX message_open;
CREATE INDEX message_open ON message(channel, available_at_ms, id) WHERE state IN ('queued', 'deferred', 'uncertain');
