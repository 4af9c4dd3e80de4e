-- Portable subset: BIGINT and TEXT only, instants are Unix milliseconds in *_at_ms, dates are ISO text.
-- "meta" holds store_id, org_revision, rules_epoch, rules_digest, journal_seq, journal_hash.
CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- Facts: units and people -------------------------------------------------------------------------------------
CREATE TABLE unit (
    id INTEGER PRIMARY KEY NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    parent TEXT,                 -- code of the unit above
    supervisor TEXT,             -- "position:ID@UNIT" or "person:ID"
    aliases TEXT NOT NULL,       -- JSON list of strings
    from_date TEXT,
    to_date TEXT,
    successors TEXT NOT NULL     -- JSON list of codes
);
CREATE TABLE person (
    id INTEGER PRIMARY KEY NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    telegram_chat BIGINT,
    telegram_dead_at_ms BIGINT,
    prefer TEXT NOT NULL,        -- JSON list of channels
    salutation TEXT,
    inactive_at_ms BIGINT
);
CREATE TABLE appointment (
    id INTEGER PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person(id),
    unit_id BIGINT NOT NULL REFERENCES unit(id),
    position TEXT NOT NULL,
    title TEXT,
    from_date TEXT,
    to_date TEXT,
    standing TEXT NOT NULL       -- full | acting
);
CREATE INDEX appointment_person ON appointment(person_id);
CREATE TABLE substitution (
    id INTEGER PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person(id),
    by_id BIGINT REFERENCES person(id),
    from_date TEXT,
    to_date TEXT
);

-- Facts: dispatches, directives, assignments -------------------------------------------------------------------
CREATE TABLE dispatch (
    id INTEGER PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL,
    year BIGINT NOT NULL,
    number TEXT NOT NULL,
    date TEXT NOT NULL,
    received TEXT,
    incoming_number TEXT,
    replaces TEXT,
    supplements TEXT,
    subject TEXT,                -- null from mat up
    monitor TEXT,                -- "position:ID@UNIT" or "person:ID"
    urgency TEXT NOT NULL,
    secrecy TEXT NOT NULL,
    UNIQUE (issuer, year, number)
);
CREATE INDEX dispatch_number ON dispatch(number);
CREATE TABLE directive (
    id INTEGER PRIMARY KEY NOT NULL,
    dispatch_id BIGINT NOT NULL REFERENCES dispatch(id),
    clause TEXT NOT NULL,
    clause_as_typed TEXT,
    ordinal BIGINT NOT NULL,     -- 1 for the first directive of a clause
    title TEXT NOT NULL,
    text TEXT,
    follow TEXT NOT NULL,        -- press | review | list
    deadline_text TEXT,          -- the wording, as given; null = undated
    deadline_set_by TEXT,
    deadline_kind TEXT,          -- before | by | at | within | recurring | relative
    deadline_last_day TEXT,      -- null while recurring, relative or undated
    deadline_named_day TEXT,
    deadline_time TEXT,          -- HH:MM
    deadline_from TEXT,
    target TEXT,                 -- JSON, see store::rows::TargetRow
    assignee_id BIGINT REFERENCES person(id),
    UNIQUE (dispatch_id, clause, ordinal)
);
CREATE TABLE directive_unit (    -- coordinating units
    directive_id BIGINT NOT NULL REFERENCES directive(id),
    unit_id BIGINT NOT NULL REFERENCES unit(id),
    PRIMARY KEY (directive_id, unit_id)
);
CREATE TABLE assignment (
    id INTEGER PRIMARY KEY NOT NULL,
    directive_id BIGINT NOT NULL REFERENCES directive(id),
    unit_id BIGINT NOT NULL REFERENCES unit(id),
    period TEXT NOT NULL,        -- '' or 2026-03
    known_at_ms BIGINT NOT NULL,
    assignee_id BIGINT REFERENCES person(id),   -- set by the reply "assign"
    -- the deadline in force (the directive's, or the last extension's)
    deadline_kind TEXT,
    deadline_last_day TEXT,
    deadline_named_day TEXT,
    deadline_time TEXT,
    deadline_from TEXT,
    deadline_revision BIGINT NOT NULL,
    work TEXT NOT NULL,
    promised_until TEXT,         -- date of a promise that still holds the ladder
    paused_until_ms BIGINT,      -- ladder paused (not-ours)
    revision BIGINT NOT NULL,    -- raised by every act that may change what is due
    rules_epoch BIGINT NOT NULL,
    next_check_at_ms BIGINT,     -- null = nothing ahead; derived from Plan::next_check
    UNIQUE (directive_id, unit_id, period)
);
CREATE INDEX assignment_next_check ON assignment(next_check_at_ms) WHERE next_check_at_ms IS NOT NULL;
CREATE INDEX assignment_unit ON assignment(unit_id);
CREATE INDEX assignment_epoch ON assignment(rules_epoch, id);
CREATE TABLE extension (
    id INTEGER PRIMARY KEY NOT NULL,
    assignment_id BIGINT NOT NULL REFERENCES assignment(id),
    revision BIGINT NOT NULL,    -- the deadline revision it made
    old_last_day TEXT,
    new_last_day TEXT NOT NULL,
    new_named_day TEXT NOT NULL,
    new_kind TEXT NOT NULL,
    new_time TEXT,
    basis TEXT,
    date TEXT,
    recorded_at_ms BIGINT NOT NULL
);
CREATE INDEX extension_assignment ON extension(assignment_id);
CREATE TABLE figure (
    id INTEGER PRIMARY KEY NOT NULL,
    directive_id BIGINT NOT NULL REFERENCES directive(id),
    unit_id BIGINT NOT NULL REFERENCES unit(id),
    as_of TEXT NOT NULL,
    value TEXT NOT NULL,         -- decimal
    source TEXT,
    recorded_at_ms BIGINT NOT NULL,
    UNIQUE (directive_id, unit_id, as_of)
);
CREATE TABLE reply (
    id INTEGER PRIMARY KEY NOT NULL,
    assignment_id BIGINT NOT NULL REFERENCES assignment(id),
    person_id BIGINT NOT NULL REFERENCES person(id),
    kind TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    on_date TEXT,
    until_date TEXT,
    percent BIGINT,
    note TEXT,
    document TEXT,
    detail TEXT,                 -- JSON: to, basis, by (phone|paper|meeting), os_user, via (cli|telegram)
    UNIQUE (assignment_id, id)
);
CREATE INDEX reply_assignment ON reply(assignment_id);

-- Rules over time ----------------------------------------------------------------------------------------------
CREATE TABLE step_since (
    policy TEXT NOT NULL,
    step TEXT NOT NULL,
    timing TEXT NOT NULL,        -- fingerprint of what decides when it fires
    since_at_ms BIGINT NOT NULL,
    PRIMARY KEY (policy, step)
);

-- The outbox ---------------------------------------------------------------------------------------------------
CREATE TABLE reminder (
    id INTEGER PRIMARY KEY NOT NULL,
    assignment_id BIGINT NOT NULL REFERENCES assignment(id),
    step TEXT NOT NULL,          -- StepRef
    anchor TEXT NOT NULL,
    occurrence BIGINT NOT NULL,
    policy TEXT NOT NULL,
    moment_at_ms BIGINT NOT NULL, -- the slot it is meant for
    due_at_ms BIGINT NOT NULL,   -- when it may leave
    state TEXT NOT NULL,
    why TEXT NOT NULL,           -- reason code for which it came due
    reason TEXT NOT NULL,        -- reason code of the last change
    detail TEXT,                 -- JSON of a notice
    settled_at_ms BIGINT,        -- first acceptance, or when proved undeliverable
    UNIQUE (assignment_id, step, anchor, occurrence)
);
CREATE INDEX reminder_vacancy ON reminder(anchor) WHERE step = 'notice:vacancy';
CREATE INDEX reminder_due ON reminder(due_at_ms) WHERE state = 'queued';
CREATE TABLE message (
    id INTEGER PRIMARY KEY NOT NULL,
    key TEXT NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES person(id),
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,          -- action | copy | digest
    policy TEXT NOT NULL,        -- whose hours hold
    ordinal BIGINT NOT NULL,     -- 0, 1 … : fallbacks and repackings of the same first member
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    parcel TEXT,                 -- JSON of the rendered parcel; null once final
    attempts BIGINT NOT NULL,    -- transmissions begun
    incarnation TEXT,            -- who is sending it
    available_at_ms BIGINT NOT NULL,
    packed_at_ms BIGINT NOT NULL,
    first_attempt_at_ms BIGINT,
    settled_at_ms BIGINT,
    receipt TEXT,                -- the channel's own name of it
    config_digest TEXT NOT NULL
);
CREATE INDEX message_open ON message(channel, available_at_ms) WHERE state IN ('queued', 'deferred', 'uncertain');
CREATE INDEX message_sending ON message(incarnation) WHERE state = 'sending';
CREATE INDEX message_person ON message(person_id, id);
CREATE TABLE message_item (
    id INTEGER PRIMARY KEY NOT NULL,
    reminder_id BIGINT NOT NULL REFERENCES reminder(id),
    person_id BIGINT NOT NULL REFERENCES person(id),
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,          -- action | copy | digest
    message_id BIGINT REFERENCES message(id),   -- null while it waits to be packed
    roles TEXT NOT NULL,         -- JSON: why this person
    assignment_revision BIGINT NOT NULL,
    org_revision BIGINT NOT NULL,
    state TEXT NOT NULL,         -- open | accepted | failed | dropped
    UNIQUE (reminder_id, person_id, channel)
);
CREATE INDEX message_item_loose ON message_item(person_id, channel, kind) WHERE message_id IS NULL;
CREATE INDEX message_item_message ON message_item(message_id);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY NOT NULL,
    message_id BIGINT NOT NULL REFERENCES message(id),
    number BIGINT NOT NULL,
    started_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    verdict TEXT,                -- accepted | deferred | refused | uncertain
    reason TEXT
);
CREATE INDEX attempt_message ON attempt(message_id);

-- Telegram -----------------------------------------------------------------------------------------------------
CREATE TABLE telegram_update (
    update_id BIGINT PRIMARY KEY NOT NULL,
    received_at_ms BIGINT NOT NULL,
    payload TEXT NOT NULL,
    handled_at_ms BIGINT
);
CREATE TABLE callback_token (
    token TEXT PRIMARY KEY NOT NULL,
    message_key TEXT NOT NULL,
    act TEXT NOT NULL,           -- acknowledge
    created_at_ms BIGINT NOT NULL
);

-- The journal --------------------------------------------------------------------------------------------------
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
CREATE INDEX journal_assignment ON journal(assignment_id);
CREATE INDEX journal_message ON journal(message_key);
