//! What is asked at every tick and for every message finds its rows by an index: the cost grows with what is due, never with what
//! is open. The statements are those the functions really send, caught on their way; SQLite explains each.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};

use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reminder::{ReminderKey, ReminderState, StepRef};
use dondoc::store::guards::Passing;
use dondoc::store::messages::NewMessage;
use dondoc::store::outbox::{NewItem, NewReminder};
use dondoc::store::stock::{self, Stock};
use dondoc::store::{Store, Where, messages, outbox, series, storms, wakes};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// Tables of a few rows, lists that came as a parameter, and indexes that hold nothing but what waits.
const MAY_BE_READ_WHOLE: [&str; 12] = [
    "SCAN json_each",
    "SCAN v",
    "SCAN CONSTANT ROW",
    "SCAN step_since",
    "SCAN message_item USING INDEX message_item_loose",
    "SCAN m USING COVERING INDEX message_open",
    "SCAN m USING INDEX message_open",
    "SCAN guard USING COVERING INDEX",
    "SCAN first_mail",
    "SCAN first_chat",
    "SCAN first_item",
    "SCAN series USING COVERING INDEX series_opens",
];

#[derive(Clone, Default)]
struct Caught(Arc<Mutex<BTreeSet<String>>>);

#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Caught {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut statement = Statement::default();
            event.record(&mut statement);
            let sql = if statement.whole.is_empty() { statement.summary } else { statement.whole };
            self.0.lock().expect("no panic while it was held").insert(sql);
        }
    }
}

/// Everything a tick asks, and what one message is asked for on its way.
async fn ask(connection: &mut AnyConnection, office: &dondoc::domain::rules::Office) {
    let all = Passing::All;
    let now = jiff::Timestamp::from_second(1_700_000_000).expect("a plain instant");
    let ids = outbox::due_assignments(connection, now.as_millisecond(), 100).await.expect("due");
    outbox::of_older_epoch(connection, 0, 100).await.expect("older");
    dondoc::store::assignments::load(connection, &ids, office, now).await.expect("loaded");
    series::due(connection, 0, 100).await.expect("series");
    let key = ReminderKey { step: StepRef::Step("giao-ngay".into()), anchor: "a".into(), occurrence: 1 };
    let reminder = NewReminder {
        assignment_id: 1,
        key,
        policy: "hoa-toc".into(),
        moment_at_ms: 0,
        due_at_ms: 0,
        state: ReminderState::Queued,
        why: "moment-came".into(),
        detail: None,
    };
    outbox::record(connection, &[reminder]).await.expect("recorded");
    outbox::set_next_checks(connection, &[(1, Some(1)), (2, None)], 1).await.expect("set");
    outbox::look_now(connection, &[1, 2], 5).await.expect("looked");
    let due = outbox::due_reminders(connection, 1, 100, &all).await.expect("due");
    outbox::reminders(connection, &[due[0].id]).await.expect("read");
    let item = NewItem {
        reminder_id: due[0].id,
        person_id: 1,
        channel: ChannelKind::Email,
        kind: "action",
        roles: "[]".into(),
        assignment_revision: 0,
        org_revision: 1,
    };
    outbox::insert_items(connection, &[item]).await.expect("inserted");
    outbox::loose_groups(connection, 100, &all).await.expect("groups");
    let items = outbox::loose_items_of(connection, &[1], 100, &all).await.expect("items");
    outbox::loose_items(connection, 1, ChannelKind::Email, "action", 100, &all).await.expect("items");
    outbox::items_of_reminders(connection, &[due[0].id]).await.expect("items");
    storms::busy(connection, &[1], 20, 0).await.expect("read");
    messages::used_keys(connection, &["k"]).await.expect("keys");
    let new = NewMessage {
        key: "k".into(),
        person_id: 1,
        channel: ChannelKind::Email,
        kind: "action".into(),
        policy: "hoa-toc".into(),
        ordinal: 0,
        subject: "s".into(),
        parcel: "{}".into(),
        packed_at_ms: 0,
        config_digest: "d".into(),
        trial_at_ms: None,
        traces: "t".into(),
    };
    let made = messages::insert(connection, &[new]).await.expect("inserted");
    outbox::put_items(connection, &[(items[0].id, made[0].1)]).await.expect("put");
    let rows = messages::available(connection, ChannelKind::Email, 1, 16, &all).await.expect("available");
    outbox::items_of_messages(connection, &[made[0].1]).await.expect("items");
    messages::begin_sending(connection, &rows.iter().collect::<Vec<_>>(), "me", 1).await.expect("begun");
    messages::standing(connection, &[made[0].1]).await.expect("standing");
    messages::get(connection, made[0].1).await.expect("read");
    messages::sent_by(connection, "me").await.expect("read");
    messages::accept(connection, &[(made[0].1, Some("queue-id"))], 2).await.expect("accepted");
    outbox::set_items(connection, &[items[0].id], "accepted").await.expect("set");
    outbox::set_reminders(connection, &[due[0].id], ReminderState::Delivered, "accepted", Some(2)).await.expect("set");
    outbox::only_copied(connection, made[0].1).await.expect("read");
    wakes::next_plan_ms(connection, &all).await.expect("read");
    wakes::next_message_ms(connection, &all).await.expect("read");
    wakes::outlook(connection).await.expect("seen");
    wakes::next_available_ms(connection, ChannelKind::Email, &all).await.expect("read");
}

#[tokio::test]
async fn nothing_that_is_asked_at_every_tick_reads_a_table_whole() {
    let caught = Caught::default();
    let subscriber = tracing_subscriber::registry().with(caught.clone());
    tracing::subscriber::set_global_default(subscriber).expect("the only one of this program");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("dondoc.db");
    let store = Store::create(&Where::Sqlite(file.clone())).await.expect("a fresh folder");
    let stock = Stock { people: 50, chats: 0, open: 2_000, due: 50, due_from_ms: 0, due_gap_ms: 0 };
    stock::fill(&store, &stock).await.expect("filled");
    let options = AnyConnectOptions::from_str(&format!("sqlite://{}", file.display())).expect("a path");
    let mut connection = AnyConnection::connect_with(&options).await.expect("a connection that tells what it is asked");
    caught.0.lock().expect("no panic").clear();
    let office = dondoc::domain::rules::Office {
        name: String::new(),
        monitor: None,
        operators: Vec::new(),
        brief: Vec::new(),
        salutation: String::new(),
        due_soon: dondoc::domain::amount::Amount::working_days(5),
        dispute_pause: dondoc::domain::amount::Amount::working_days(1),
        storm_limit: dondoc::domain::storm::LIMIT_DEFAULT,
        alarm: None,
    };
    ask(&mut connection, &office).await;
    let statements: Vec<String> = caught.0.lock().expect("no panic").iter().cloned().collect();
    assert!(statements.len() > 30, "too few were caught to tell anything: {statements:#?}");
    let mut whole = Vec::new();
    for sql in statements {
        let explained = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        for row in explained.fetch_all(&mut connection).await.expect("SQLite explains what it ran") {
            let step: String = row.try_get("detail").expect("a text");
            if step.starts_with("SCAN") && !MAY_BE_READ_WHOLE.iter().any(|known| step.starts_with(known)) {
                whole.push(format!("{step}\n    {sql}"));
            }
        }
    }
    assert!(whole.is_empty(), "read whole:\n{}", whole.join("\n"));
}
