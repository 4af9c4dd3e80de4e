-- What was taken back, counts only since, or was corrected: seldom, and asked for when it came last.
CREATE INDEX journal_revised ON journal(at_ms) WHERE kind IN ('reply-undone', 'reply-confirmed', 'fact-changed');
