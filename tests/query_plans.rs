//! What is asked at every tick and for every message finds its rows by an index: the cost grows with what is due, never with what
//! is open. The statements are those the functions really send, caught on their way; SQLite and PostgreSQL explain each.

#[path = "support/postgres.rs"]
mod postgres;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};

use dondoc::domain::amount::Amount;
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reminder::{ReminderKey, ReminderState, StepRef};
use dondoc::domain::rules::Office;
use dondoc::domain::storm::LIMIT_DEFAULT;
use dondoc::store::batch::Batch;
use dondoc::store::gathered::{self, Depth};
use dondoc::store::guards::Passing;
use dondoc::store::messages::NewMessage;
use dondoc::store::outbox::{NewItem, NewReminder, Turn};
use dondoc::store::stock::{self, Stock};
use dondoc::store::{Store, Where, acceptance, bearings, messages, outbox, series, stale, storms, wakes};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// Tables of a few rows, lists that came as a parameter, and indexes that hold nothing but what waits.
const MAY_BE_READ_WHOLE: [&str; 17] = [
    "SCAN json_each",
    "SCAN v",
    "SCAN CONSTANT ROW",
    "SCAN step_since",
    "SCAN message_item USING INDEX message_item_loose",
    "SCAN m USING COVERING INDEX message_open",
    "SCAN m USING INDEX message_open",
    "SCAN guard USING COVERING INDEX",
    "SCAN g",
    "SCAN first_sent",
    "SCAN sent USING COVERING INDEX",
    "SCAN next_ones",
    "SCAN listed",
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
            // Several that left together are explained one by one.
            self.0.lock().expect("no panic while it was held").extend(sql.split(";\n").map(str::to_owned));
        }
    }
}

impl Caught {
    #[track_caller]
    fn statements(&self) -> Vec<String> {
        let statements: Vec<String> = self.0.lock().expect("no panic").iter().cloned().collect();
        assert!(statements.len() > 30, "too few were caught to tell anything: {statements:#?}");
        statements
    }
}

fn office() -> Office {
    Office {
        name: String::new(),
        monitor: None,
        operators: Vec::new(),
        brief: Vec::new(),
        salutation: String::new(),
        due_soon: Amount::working_days(5),
        dispute_pause: Amount::working_days(1),
        storm_limit: LIMIT_DEFAULT,
        alarm: None,
    }
}

/// Everything a tick asks, and what one message is asked for on its way.
async fn ask(connection: &mut AnyConnection) {
    let all = Passing::All;
    let now = jiff::Timestamp::from_second(1_700_000_000).expect("a plain instant");
    let ids = outbox::due_assignments(connection, now.as_millisecond(), 100).await.expect("due");
    outbox::assignments_after(connection, 0, 100).await.expect("the next");
    dondoc::store::assignments::load(connection, &ids, &office(), now).await.expect("loaded");
    for some in [&[1, 2, 3][..], &[1, 3, 5]] {
        gathered::gather(connection, some, Depth::Bare).await.expect("gathered");
    }
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
    let mut batch = Batch::new(connection);
    outbox::set_next_checks(&mut batch, &[(1, Some(1)), (2, None)]);
    batch.run(connection).await.expect("set");
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
    let mut batch = Batch::new(connection);
    outbox::insert_items(&mut batch, &[item]);
    batch.run(connection).await.expect("inserted");
    outbox::loose_groups(connection, 100, &all).await.expect("groups");
    let items = outbox::loose_items_of(connection, &[1], 100, &all).await.expect("items");
    outbox::loose_items(connection, 1, ChannelKind::Email, "action", 100, &all).await.expect("items");
    outbox::items_of_reminders(connection, &[due[0].id]).await.expect("items");
    stale::loose_items(connection, 64).await.expect("items");
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
    let mut batch = Batch::new(connection);
    messages::insert(&mut batch, &[new]);
    outbox::put_items(&mut batch, &[(items[0].id, "k")]);
    batch.run(connection).await.expect("inserted and put");
    messages::came_free(connection, 0, 1, (0, 64)).await.expect("read");
    let made = stale::messages(connection, 1, (0, 64)).await.expect("read");
    stale::freshen_items(connection, &[made[0].id]).await.expect("asked");
    messages::left_beside_loose(connection, 1, 64).await.expect("read");
    let rows = messages::available(connection, ChannelKind::Email, 1, 16, &all).await.expect("available");
    let made = rows[0].id;
    assert_eq!(outbox::items_of_messages(connection, &[made]).await.expect("items").len(), 1, "it was put into its message");
    let mut batch = Batch::new(connection);
    messages::begin_sending(&mut batch, &rows.iter().collect::<Vec<_>>(), "me", 1);
    batch.run(connection).await.expect("begun");
    messages::standing(connection, &[made]).await.expect("standing");
    messages::get(connection, made).await.expect("read");
    messages::sent_by(connection, "me").await.expect("read");
    let mut batch = Batch::new(connection);
    acceptance::accept(&mut batch, &[(made, Some("queue-id"))], 2);
    acceptance::deliver(&mut batch, &[made], &[due[0].id], "accepted", 2);
    batch.run(connection).await.expect("accepted");
    outbox::set_items(connection, &[items[0].id], "accepted").await.expect("set");
    outbox::set_reminders(connection, &[due[0].id], Turn::new(ReminderState::Delivered, "accepted", 2)).await.expect("set");
    acceptance::only_copied(connection, made).await.expect("read");
    wakes::next_plan_ms(connection, &all).await.expect("read");
    wakes::next_message_ms(connection, &all).await.expect("read");
    wakes::outlook(connection).await.expect("seen");
    bearings::read(connection).await.expect("read");
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
    ask(&mut connection).await;
    let statements = caught.statements();
    let mut whole = Vec::new();
    for sql in statements {
        assert!(!sql.contains("LIMIT $"), "SQLite compiles it anew at each run: {sql}");
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

/// One step of a plan of PostgreSQL.
#[derive(Debug)]
struct Step {
    /// `Index Scan using reminder_due on reminder`.
    what: String,
    /// It enters its index by a condition, or takes only the entry at its end (`MIN`).
    is_bound: bool,
    /// Rows it found are thrown away.
    is_filtered: bool,
}

/// The steps of a plan in text form: a step's own lines follow it.
fn steps(lines: &[String]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in lines {
        let is_step = steps.is_empty() || line.trim_start().starts_with("->");
        let text = line.trim_start().trim_start_matches("->").trim();
        if is_step {
            let what = text.split("  (").next().unwrap_or(text).to_owned();
            let is_end = what.starts_with("Index Only Scan") && steps.last().is_some_and(|above| above.what == "Limit");
            steps.push(Step { what, is_bound: is_end, is_filtered: false });
        } else if let Some(step) = steps.last_mut() {
            step.is_bound |= text.starts_with("Index Cond:");
            step.is_filtered |= text.starts_with("Filter:");
        }
    }
    for step in &mut steps {
        // The entry at the end of an index is one entry only where each fits.
        step.is_bound &= !(step.is_filtered && step.what.starts_with("Index Only Scan"));
    }
    steps
}

/// Indexes that hold nothing but what waits.
const MAY_BE_READ_IN_ORDER: [&str; 3] = ["message_open", "message_item_loose", "reminder_due"];

/// Tables that grow with what is open or was sent; the others have few rows here, and PostgreSQL does well to read those whole.
const LARGE: [&str; 7] = ["assignment", "directive", "person", "reminder", "message", "message_item", "attempt"];

/// Why a step may read much, or `None` when it does not.
fn fault(step: &Step) -> Option<&'static str> {
    let table = step.what.split(" on ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let index = step.what.split(' ').skip_while(|word| *word != "using").nth(1).unwrap_or_default();
    if !LARGE.contains(&table) {
        return None;
    }
    if step.what.contains("Seq Scan") {
        return Some("read whole");
    }
    let is_index = step.what.starts_with("Index ") || step.what.starts_with("Bitmap Index Scan");
    (is_index && !step.is_bound && !MAY_BE_READ_IN_ORDER.contains(&index)).then_some("an index read whole")
}

/// What was sent long ago: a reminder of each open assignment, its message, accepted at the first attempt.
const HISTORY: &str = "
    INSERT INTO reminder (id, assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason, settled_at_ms)
        SELECT 1000 + id, id, 'nhac-3', 'old', 1, 'tieu-chuan', 0, 0, 'delivered', 'moment-came', 'accepted', 1 FROM assignment;
    INSERT INTO message (id, key, person_id, channel, kind, policy, ordinal, state, reason, subject, attempts, available_at_ms,
                         packed_at_ms, first_attempt_at_ms, settled_at_ms, config_digest)
        SELECT 1000 + id, 'old' || id, 1 + id % 5000, 'email', 'action', 'tieu-chuan', 0, 'accepted', 'accepted', 's', 1, 0, 0, 0, 1, 'd'
        FROM assignment;
    INSERT INTO message_item (id, reminder_id, person_id, channel, kind, message_id, roles, assignment_revision, org_revision, state)
        SELECT 1000 + id, 1000 + id, 1 + id % 5000, 'email', 'action', 1000 + id, '[]', 0, 1, 'accepted' FROM assignment;
    INSERT INTO attempt (message_id, number, started_at_ms, ended_at_ms, verdict)
        SELECT 1000 + id, 1, 0, 1, 'accepted' FROM assignment";

/// The plan for any values of its parameters.
async fn plan(connection: &mut AnyConnection, sql: &str) -> Vec<Step> {
    sqlx::raw_sql(AssertSqlSafe(format!("PREPARE asked AS {sql}"))).execute(&mut *connection).await.expect(sql);
    let parameters = (1..30).take_while(|number| sql.contains(&format!("${number}"))).count();
    let values = if parameters == 0 { String::new() } else { format!("({})", vec!["NULL"; parameters].join(", ")) };
    let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE asked{values}"));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.expect("PostgreSQL explains what it ran");
    sqlx::raw_sql("DEALLOCATE asked").execute(connection).await.expect("it was prepared");
    steps(&rows.iter().map(|row| row.try_get(0).expect("a text")).collect::<Vec<String>>())
}

#[tokio::test]
async fn on_postgresql_too_nothing_that_is_asked_at_every_tick_reads_a_table_whole() {
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("an empty database");
    stock::fill(&store, &Stock { people: 5_000, chats: 0, open: 20_000, due: 50, due_from_ms: 0, due_gap_ms: 0 })
        .await
        .expect("filled");
    let options = AnyConnectOptions::from_str(&database.url).expect("an address");
    let mut connection = AnyConnection::connect_with(&options).await.expect("a connection that tells what it is asked");
    // PostgreSQL's driver works in the thread of this test; the other test hears nothing of it.
    let caught = Caught::default();
    let hears = tracing::subscriber::set_default(tracing_subscriber::registry().with(caught.clone()));
    ask(&mut connection).await;
    drop(hears);
    let reads = ["SELECT", "UPDATE", "INSERT", "DELETE", "WITH"];
    let mut statements = caught.statements();
    statements.retain(|sql| reads.iter().any(|word| sql.trim_start().starts_with(word)));
    sqlx::raw_sql(HISTORY).execute(&mut connection).await.expect("a year of messages");
    // Pages as dear as on a disk that turns would make it read these tables whole up to ten times this size.
    let as_in_use = "ANALYZE; SET plan_cache_mode = force_generic_plan; SET random_page_cost = 1.1";
    sqlx::raw_sql(as_in_use).execute(&mut connection).await.expect("set");
    let (mut used, mut whole) = (BTreeSet::new(), Vec::new());
    for sql in &statements {
        for step in plan(&mut connection, sql).await {
            whole.extend(fault(&step).map(|why| format!("{why}: {}\n    {sql}", step.what)));
            used.insert(step.what);
        }
    }
    assert!(whole.is_empty(), "{}", whole.join("\n"));
    for index in ["assignment_next_check", "reminder_due", "message_open"] {
        assert!(used.iter().any(|step| step.contains(index)), "{index} is used by nothing: {used:#?}");
    }
    connection.close().await.expect("closed");
}
