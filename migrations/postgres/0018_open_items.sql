-- What was dropped stays as a fact and waits for nothing: only what is to be packed stands in the index that is looked at.
DROP INDEX message_item_loose;
CREATE INDEX message_item_loose ON message_item(person_id, channel, kind) WHERE message_id IS NULL AND state = 'open';
