//! A small office: three units, two people, two dispatches of one number, and what happened to the first assignment.

use dondoc::domain::amount::Amount;
use dondoc::domain::deadline::{Deadline, DeadlineKind, DeadlineRule, RelativeAnchor};
use dondoc::domain::directive::{Follow, Secrecy, Urgency};
use dondoc::domain::organisation::{Span, Standing};
use dondoc::domain::policy::{ChannelKind, Role};
use dondoc::domain::rules::Compare;
use dondoc::domain::target::Target;
use dondoc::store::dispatches::{DirectiveRow, DispatchRow, set_coordinating, upsert_directive, upsert_dispatch};
use dondoc::store::journal::{Entry, append};
use dondoc::store::people::{AppointmentRow, PersonRow, SubstitutionRow, upsert_appointment, upsert_person, upsert_substitution};
use dondoc::store::rows::Change;
use dondoc::store::units::{UnitRow, upsert_unit};
use dondoc::store::works::{ExtensionRow, FigureRow, NewAssignment, extend, insert_assignments, upsert_figure};
use dondoc::store::{Store, meta};
use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use sqlx::{AnyConnection, Executor as _};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_698_000_000 + second).expect("in range")
}

pub fn unit(code: &str, parent: Option<&str>) -> UnitRow {
    UnitRow {
        code: code.into(),
        name: format!("Đơn vị {code}"),
        parent: parent.map(str::to_owned),
        supervisor: Some(Role::Position { position: "pct-vx".into(), unit: Some("ubnd".into()) }),
        aliases: vec!["P. \"Nội vụ\"".into(), "PNV".into()],
        from: Some(date(2020, 1, 1)),
        to: None,
        successors: vec![],
    }
}

pub fn person(code: &str) -> PersonRow {
    PersonRow {
        code: code.into(),
        name: format!("Nguyễn Văn {code}"),
        email: Some(format!("{code}@example.org")),
        phone: None,
        telegram: Some(1_001),
        prefer: vec![ChannelKind::Telegram, ChannelKind::Email],
        salutation: None,
        inactive_at: None,
    }
}

pub fn dispatch(issuer: &str, day: Date) -> DispatchRow {
    DispatchRow {
        issuer: issuer.into(),
        number: "4988/UBND-CCHC".into(),
        date: day,
        received: Some(day),
        incoming_number: None,
        replaces: None,
        supplements: Some("12/UBND".into()),
        subject: Some("Đẩy mạnh cải cách hành chính".into()),
        monitor: Some(Role::Person("an".into())),
        urgency: Urgency::Khan,
        secrecy: Secrecy::Thuong,
    }
}

pub fn directive(dispatch_id: i64, clause: &str, deadline: Option<(String, DeadlineRule)>) -> DirectiveRow {
    DirectiveRow {
        dispatch_id,
        clause: clause.into(),
        clause_as_typed: None,
        ordinal: 1,
        title: format!("Nhiệm vụ {clause}"),
        text: Some("…".into()),
        follow: Follow::Press,
        deadline,
        deadline_set_by: None,
        target: Some(Target {
            metric: "disbursement".into(),
            op: Compare::More,
            value: 90.5,
            unit: "%".into(),
            from: Some(date(2023, 1, 1)),
            start: None,
            pace: vec![(date(2023, 6, 30), 40.25)],
        }),
        assignee_id: None,
    }
}

pub fn deadline() -> Deadline {
    Deadline {
        kind: DeadlineKind::Before,
        last_day: date(2023, 12, 24),
        named_day: date(2023, 12, 25),
        time: Some(time(9, 30, 0, 0)),
        from: Some(date(2023, 10, 1)),
    }
}

/// Three units, two people, two dispatches of one number, three directives, assignments.
pub async fn facts(connection: &mut AnyConnection) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut units = Vec::new();
    for row in [unit("ubnd", None), unit("pnv", Some("ubnd")), unit("p01", Some("ubnd"))] {
        let done = upsert_unit(connection, &row).await.expect("a unit");
        units.push(done.id);
        changes.push(done.change);
    }
    let mut people = Vec::new();
    for row in [person("an"), person("binh")] {
        let done = upsert_person(connection, &row).await.expect("a person");
        people.push(done.id);
        changes.push(done.change);
    }
    for (person, unit, standing) in [(0, 1, Standing::Full), (1, 2, Standing::Acting)] {
        let row = AppointmentRow {
            person_id: people[person],
            unit_id: units[unit],
            position: "head".into(),
            title: Some("Trưởng phòng".into()),
            span: Span { from: Some(date(2023, 1, 1)), to: None },
            standing,
        };
        changes.push(upsert_appointment(connection, &row).await.expect("an appointment").change);
    }
    let away = Span { from: Some(date(2023, 12, 20)), to: Some(date(2023, 12, 29)) };
    let row = SubstitutionRow { person_id: people[0], by_id: Some(people[1]), span: away };
    changes.push(upsert_substitution(connection, &row).await.expect("a substitution").change);
    let first = upsert_dispatch(connection, &dispatch("UBND quận Gò Vấp", date(2023, 10, 5))).await.expect("a dispatch");
    let second = upsert_dispatch(connection, &dispatch("UBND phường 1", date(2024, 2, 1))).await.expect("a dispatch");
    changes.extend([first.change, second.change]);
    let relative = DeadlineRule::Relative { amount: Amount::working_days(5), anchor: RelativeAnchor::Received };
    let rows = [
        directive(first.id, "1.e", Some(("trước 9h30 ngày 25/12/2023".into(), DeadlineRule::Fixed(deadline())))),
        directive(first.id, "10.đ", Some(("05 ngày làm việc".into(), relative))),
        directive(second.id, "1.e", None),
    ];
    let mut new = Vec::new();
    for row in rows {
        let done = upsert_directive(connection, &row).await.expect("a directive");
        changes.push(done.change);
        changes.push(set_coordinating(connection, done.id, &units[..1]).await.expect("coordinating units"));
        let deadline = match row.deadline {
            Some((_, DeadlineRule::Fixed(deadline))) => Some(deadline),
            _ => None,
        };
        for unit_id in &units[1..] {
            let period = String::new();
            new.push(NewAssignment {
                directive_id: done.id,
                unit_id: *unit_id,
                period,
                known_at: at(0),
                deadline,
                rules_epoch: 1,
            });
        }
    }
    let made = insert_assignments(connection, &new).await.expect("assignments");
    changes.push(if made.is_empty() { Change::Unchanged } else { Change::Added });
    changes
}

pub async fn with_facts(store: &Store) {
    let mut tx = store.begin().await.expect("nobody else writes");
    facts(&mut tx).await;
    meta::raise_org_revision(&mut tx).await.expect("raised");
    tx.commit().await.expect("committed");
}

/// What happened to the first assignment: a reply, a reminder, a message with two attempts.
pub async fn with_history(store: &Store) {
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
        INSERT INTO callback_token (token, message_key, act, created_at_ms) VALUES ('t', 'k1', 'acknowledge', 1);";
    tx.execute(acts).await.expect("plain rows");
    let extension = ExtensionRow {
        assignment_id: 1,
        deadline: Deadline::by(date(2024, 3, 31)),
        basis: Some("5120/UBND-KSTT".into()),
        date: Some(date(2023, 12, 28)),
        recorded_at: at(300),
    };
    assert_eq!(extend(&mut tx, &extension).await.expect("granted"), Change::Added);
    assert_eq!(extend(&mut tx, &extension).await.expect("known"), Change::Unchanged);
    let mut figure = FigureRow {
        directive_id: 1,
        unit_id: 2,
        as_of: date(2023, 10, 31),
        value: 62.5,
        source: Some("KBNN".into()),
        recorded_at: at(400),
    };
    assert_eq!(upsert_figure(&mut tx, &figure).await.expect("a figure").change, Change::Added);
    figure.recorded_at = at(500);
    assert_eq!(upsert_figure(&mut tx, &figure).await.expect("known").change, Change::Unchanged);
    figure.value = 63.0;
    assert_eq!(upsert_figure(&mut tx, &figure).await.expect("corrected").change, Change::Changed);
    append(&mut tx, &[Entry::new(at(0), "facts-imported", serde_json::json!({"n": 1})).assignment(1).actor("an")])
        .await
        .expect("appended");
    tx.commit().await.expect("committed");
}
