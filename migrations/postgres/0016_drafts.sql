-- Where the words of a directive stand that was confirmed from a dispatch: the file, its SHA-256, line and bytes of its text.
ALTER TABLE directive ADD COLUMN quote TEXT;
ALTER TABLE directive ADD COLUMN quote_file TEXT;
ALTER TABLE directive ADD COLUMN quote_digest TEXT;
ALTER TABLE directive ADD COLUMN quote_line BIGINT;
ALTER TABLE directive ADD COLUMN quote_start BIGINT;
ALTER TABLE directive ADD COLUMN quote_end BIGINT;
-- Names under which dispatches speak of a unit, as people resolved them; a file of units takes none of them away.
ALTER TABLE unit ADD COLUMN learned TEXT NOT NULL DEFAULT '[]';
