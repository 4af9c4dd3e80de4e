-- What was rendered stands beside its message, and goes as a whole: a row that changes its state writes no pages of text anew.
CREATE TABLE parcel (
    message_id INTEGER PRIMARY KEY NOT NULL REFERENCES message(id) ON DELETE CASCADE,
    content TEXT NOT NULL          -- JSON; gone once the message is final
);
INSERT INTO parcel (message_id, content) SELECT id, parcel FROM message WHERE parcel IS NOT NULL;
ALTER TABLE message DROP COLUMN parcel;
