//! A small office: three units, two people, two dispatches of one number, and what happened to the first assignment.

use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::diagnostic::{Diagnostic, Source};
use dondoc::domain::rules::Rules;
use dondoc::engine::import::{ImportReport, Mode, Outcome, import, known_facts};
use dondoc::facts;
use dondoc::store::Store;
use dondoc::store::journal::{Entry, append};
use jiff::Timestamp;
use jiff::civil::date;
use sqlx::Executor as _;

/// Three units, two people, two dispatches of one number, three directives of two lead units each.
pub const FACTS: &str = r#"
[[unit]]
id = "ubnd"
name = "Đơn vị ubnd"
aliases = ["P. \"Nội vụ\"", "PNV"]
from = 2020-01-01

[[unit]]
id = "pnv"
name = "Đơn vị pnv"
parent = "ubnd"
supervisor = "position:head@ubnd"

[[unit]]
id = "p01"
name = "Đơn vị p01"
parent = "ubnd"
supervisor = "position:head@ubnd"

[[person]]
id = "an"
name = "Nguyễn Văn an"
email = "an@example.org"
telegram = 1001
prefer = ["telegram", "email"]

[[person]]
id = "binh"
name = "Nguyễn Văn binh"
email = "binh@example.org"

[[appointment]]
person = "an"
unit = "pnv"
position = "head"
title = "Trưởng phòng"
from = 2023-01-01

[[appointment]]
person = "binh"
unit = "p01"
position = "head"
from = 2023-01-01
acting = true

[[substitution]]
person = "an"
by = "binh"
from = 2023-12-20
to = 2023-12-29

[[dispatch]]
number = "4988/UBND-CCHC"
issuer = "UBND quận Gò Vấp"
date = 2023-10-05
received = 2023-10-05
supplements = "12/UBND"
subject = "Đẩy mạnh cải cách hành chính"
monitor = "person:an"
urgency = "khan"

[[dispatch]]
number = "4988/UBND-CCHC"
issuer = "UBND phường 1"
date = 2024-02-01

[[directive]]
dispatch = "2023:4988/UBND-CCHC"
clause = "1.e"
title = "Nhiệm vụ 1.e"
text = "…"
lead = ["pnv", "p01"]
coordinating = ["ubnd"]
deadline = "trước 9 giờ 30 ngày 25/12/2023"
target = { metric = "disbursement", op = ">", value = 90.5, from = 2023-01-01, pace = [["2023-06-30", 40.25]] }

[[directive]]
dispatch = "2023:4988/UBND-CCHC"
clause = "10.đ"
title = "Nhiệm vụ 10.đ"
lead = ["pnv", "p01"]
coordinating = ["ubnd"]

[[directive]]
dispatch = "2024:4988/UBND-CCHC"
clause = "1.e"
title = "Nhiệm vụ 1.e"
lead = ["pnv", "p01"]
coordinating = ["ubnd"]
"#;

/// An extension and a figure of the first assignment.
pub const LATER: &str = r#"
[[extension]]
directive = "2023:4988/UBND-CCHC#1.e"
unit = "pnv"
deadline = 2024-03-31
basis = "5120/UBND-KSTT"
date = 2023-12-28

[[figure]]
directive = "2023:4988/UBND-CCHC#1.e"
unit = "pnv"
as_of = 2023-10-31
value = 62.5
source = "KBNN"
"#;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_698_000_000 + second).expect("in range")
}

pub fn rules() -> Rules {
    let around =
        Surroundings { folder: ".".into(), credentials: Credentials::default(), today: date(2023, 10, 2), language: None };
    let text = "[office]\nname = \"Văn phòng\"\n[outbox]\nfolder = \"outbox\"\n";
    let (config, problems) = Config::parse(text, &around);
    config.unwrap_or_else(|| panic!("{problems:#?}")).rules
}

/// Imports sound facts.
pub async fn set(store: &Store, text: &str, now: Timestamp) -> ImportReport {
    let known = known_facts(store).await.expect("a readable store");
    let rules = rules();
    let (facts, problems) = facts::read(&[Source::of_text("f.toml", text)], rules.language, &rules.calendar, &known);
    assert!(!problems.iter().any(Diagnostic::is_error), "{problems:#?}");
    let report = import(store, &facts, &rules, now, "cli:test", Mode::Apply).await.expect("a store that works");
    assert_eq!(report.outcome, Outcome::Stored, "{:#?}", report.problems);
    report
}

pub async fn with_facts(store: &Store) {
    set(store, FACTS, at(0)).await;
}

/// What happened to the first assignment: a reply, a reminder, a message with two attempts.
pub async fn with_history(store: &Store) {
    let later = set(store, LATER, at(300)).await;
    assert_eq!((later.added.extensions, later.added.figures), (1, 1));
    let again = set(store, LATER, at(400)).await;
    assert_eq!((again.unchanged.extensions, again.unchanged.figures), (1, 1));
    let corrected = set(store, &LATER.replace("62.5", "63"), at(500)).await;
    assert_eq!((corrected.unchanged.extensions, corrected.changed.figures), (1, 1));
    let mut tx = store.begin().await.expect("nobody else writes");
    let acts = "
        INSERT INTO reply (assignment_id, person_id, kind, at_ms, on_date, note) VALUES (1, 1, 'done', 1698000100000, '2023-10-22', 'xong');
        INSERT INTO step_since (policy, step, timing, since_at_ms) VALUES ('chung', 'nhac-3', 'x', 5);
        INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason)
            VALUES (1, 'nhac-3', '<2023-12-25T09:30', 1, 'chung', 1698000000000, 1698000000000, 'carried', 'moment-came', 'moment-came'),
                   (1, 'courtesy:don-doc', '<2023-12-25T09:30', 1, 'chung', 1698000200000, 1698000200000, 'queued', 'moment-came', 'moment-came'),
                   (2, 'nhac-3', '<2023-12-25T09:30', 1, 'chung', 1798000000000, 1798000000000, 'queued', 'moment-came', 'moment-came');
        INSERT INTO message (key, person_id, channel, kind, policy, ordinal, state, reason, subject, attempts, available_at_ms,
                packed_at_ms, config_digest)
            VALUES ('k1', 1, 'email', 'action', 'chung', 0, 'held', 'no-channel', '[Nhắc việc]', 2, 1, 2, 'c0ffee'),
                   ('k2', 2, 'email', 'copy', 'chung', 0, 'refused', 'no-such-user', '[Nhắc việc]', 1, 1, 2, 'c0ffee'),
                   ('k3', 2, 'email', 'copy', 'chung', 1, 'deferred', 'busy', '[Nhắc việc]', 1, 1, 2, 'c0ffee'),
                   ('k4', 2, 'email', 'copy', 'chung', 2, 'accepted', 'accepted', '[Nhắc việc]', 1, 1, 2, 'c0ffee'),
                   ('k5', 2, 'email', 'copy', 'chung', 3, 'cancelled', 'answered', '[Nhắc việc]', 1, 1, 2, 'c0ffee');
        INSERT INTO message_item (reminder_id, person_id, channel, kind, message_id, roles, assignment_revision, org_revision, state)
            VALUES (1, 1, 'email', 'action', 1, '[]', 0, 1, 'open'), (2, 1, 'email', 'action', 1, '[]', 0, 1, 'open'),
                   (1, 2, 'email', 'copy', NULL, '[]', 0, 1, 'open');
        INSERT INTO attempt (message_id, number, started_at_ms, ended_at_ms, verdict, reason)
            VALUES (1, 1, 10, 20, 'deferred', 'busy'), (1, 2, 30, NULL, NULL, NULL);
        INSERT INTO telegram_update (update_id, received_at_ms, payload) VALUES (77, 1, '{}');
        INSERT INTO callback_token (token, message_key, act, created_at_ms) VALUES ('t', 'k1', 'acknowledge', 1);
        INSERT INTO link (token_hash, message_key, created_at_ms, expires_at_ms) VALUES ('h', 'k1', 1, 2);
        INSERT INTO link_visit (visit, message_key, at_ms) VALUES ('v', 'k1', 1);";
    tx.execute(acts).await.expect("plain rows");
    append(&mut tx, &[Entry::new(at(0), "facts-imported", serde_json::json!({"n": 1})).assignment(1).actor("an")])
        .await
        .expect("appended");
    tx.commit().await.expect("committed");
}
