//! One suite for both databases: whatever it tells of SQLite it must tell of PostgreSQL, word for word.

#[path = "support/office.rs"]
mod office;
#[path = "support/postgres.rs"]
mod postgres;

use dondoc::domain::deadline::Deadline;
use dondoc::domain::delivery::MessageState;
use dondoc::domain::directive::{AssignmentName, DirectiveName, Work};
use dondoc::domain::organisation::{PersonId, UnitId};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::recurrence::Period;
use dondoc::domain::reminder::ReminderState;
use dondoc::engine::import::Counts;
use dondoc::store::assignments;
use dondoc::store::batch::Batch;
use dondoc::store::copy::{copy_facts, copy_facts_and_history};
use dondoc::store::directory::DirectoryCache;
use dondoc::store::dispatches::set_coordinating;
use dondoc::store::gathered::{self, Depth};
use dondoc::store::guards::Passing;
use dondoc::store::incarnations::{self, NewIncarnation, Seen, Standing};
use dondoc::store::journal::{Entry, append};
use dondoc::store::messages::NewMessage;
use dondoc::store::naming::{find_assignment, find_directive, find_dispatch};
use dondoc::store::outbox::{self, Turn};
use dondoc::store::queries::{ListFilter, list, status};
use dondoc::store::rows::Change;
use dondoc::store::stock::{self, Stock};
use dondoc::store::timeline::timeline;
use dondoc::store::verify::{Flaw, verify};
use dondoc::store::works::{NewAssignment, correct_deadline, insert_assignments};
use dondoc::store::{
    PokeListener, Store, StoreError, Where, acceptance, lease, messages, meta, parcels, poke, sent, series, trial, wakes,
};
use jiff::civil::date;
use office::{FACTS, at, set, with_facts, with_history};
use sqlx::{AnyConnection, Column as _, Connection as _, Executor as _, Row as _, SqlSafeStr as _};

const UNIT: &str = "INSERT INTO unit (code, name, aliases, successors) VALUES ('p99', 'Đơn vị p99', '[]', '[]')";

fn dispatch(issuer: &str, day: &str) -> String {
    format!("[[dispatch]]\nnumber = \"4988/UBND-CCHC\"\nissuer = \"{issuer}\"\ndate = {day}\n")
}

/// A scratch store on SQLite, and a store on PostgreSQL where that is installed.
async fn both() -> Vec<(Store, Option<postgres::Database>)> {
    let mut stores = vec![(Store::scratch().await.expect("a scratch store"), None)];
    if let Some(database) = postgres::database() {
        let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
        stores.push((store, Some(database)));
    }
    stores
}

/// Runs a story on both and compares what it tells.
macro_rules! same_on_both {
    ($story:expr) => {
        let mut told = Vec::new();
        for (store, database) in both().await {
            told.push($story(&store).await);
            store.close().await;
            drop(database);
        }
        for other in &told[1..] {
            assert_eq!(*other, told[0]);
        }
    };
}

async fn told(store: &Store) -> String {
    let mut tx = store.snapshot().await.expect("a reader");
    let (revision, directory) = DirectoryCache::default().get(&mut tx).await.expect("a directory");
    let rows = list(&mut tx, &ListFilter::default()).await.expect("a list");
    let timeline = timeline(&mut tx, 1).await.expect("read").expect("the first assignment");
    let counts = status(&mut tx, at(1_000)).await.expect("counts");
    format!("{revision}\n{directory:#?}\n{rows:#?}\n{timeline:#?}\n{counts:#?}")
}

#[tokio::test]
async fn both_schemas_have_the_same_tables_and_columns() {
    async fn columns(store: &Store) -> Vec<(String, String, String, i64)> {
        let sql = match store.place() {
            Where::Sqlite(_) => {
                "SELECT m.name, c.name, CASE c.type WHEN 'INTEGER' THEN 'BIGINT' ELSE c.type END,
                    CASE WHEN c.\"notnull\" > 0 THEN 1 ELSE 0 END
                 FROM sqlite_master m JOIN pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\'"
            }
            Where::Postgres(_) => {
                "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), upper(CAST(data_type AS TEXT)),
                    CAST(CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS BIGINT)
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'"
            }
        };
        let rows = sqlx::query(sql).fetch_all(store.read()).await.expect("the catalogue");
        let mut columns: Vec<_> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
        columns.sort();
        assert!(columns.len() > 100, "{columns:?}");
        columns
    }
    same_on_both!(columns);
}

#[tokio::test]
async fn both_schemas_have_the_same_indexes() {
    async fn indexes(store: &Store) -> Vec<(String, String)> {
        let sql = match store.place() {
            Where::Sqlite(_) => "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
            Where::Postgres(_) => {
                "SELECT CAST(tablename AS TEXT), CAST(indexname AS TEXT) FROM pg_indexes
                 WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations'"
            }
        };
        let rows = sqlx::query(sql).fetch_all(store.read()).await.expect("the catalogue");
        let mut indexes: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        // Those of PRIMARY KEY and UNIQUE are the database's own; of a table that was made anew they bear a number.
        let own = |name: &str| {
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
            name.ends_with("_pkey") || name.ends_with("_key")
        };
        indexes.retain(|(_, name)| !own(name));
        indexes.sort();
        assert!(indexes.len() > 10, "{indexes:?}");
        indexes
    }
    same_on_both!(indexes);
}

#[tokio::test]
async fn facts_are_added_once_and_unchanged_the_second_time() {
    async fn story(store: &Store) -> String {
        let (first, second) = (set(store, FACTS, at(0)).await, set(store, FACTS, at(1)).await);
        assert_eq!(first.changed, Counts::default());
        assert_eq!((second.added, second.changed), (Counts::default(), Counts::default()));
        assert_eq!(second.unchanged, first.added);
        format!("{:?}", first.added)
    }
    same_on_both!(story);
}

#[tokio::test]
async fn facts_and_history_are_told_the_same() {
    async fn story(store: &Store) -> String {
        with_facts(store).await;
        with_history(store).await;
        let told = told(store).await;
        for part in ["Nguyễn Văn an", "P. \\\"Nội vụ\\\"", "5120/UBND-KSTT", "queued: 4", "held: 1", "refused: 1", "open: 6"]
        {
            assert!(told.contains(part), "{part} is missing in {told}");
        }
        told
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_changed_fact_is_changed_and_what_only_the_house_knows_stays() {
    async fn story(store: &Store) -> Vec<usize> {
        with_facts(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        tx.execute("UPDATE person SET telegram_chat = 77, telegram_dead_at_ms = 5 WHERE code = 'an'").await.expect("linked");
        tx.commit().await.expect("committed");
        let unlinked = FACTS.replace("telegram = 1001\n", "");
        let gone = FACTS.replace("telegram = 1001\n", "telegram = 78\nactive = false\n");
        let mut told = Vec::new();
        for (second, text) in [(1, &unlinked), (2, &gone), (3, &gone)] {
            let report = set(store, text, at(second)).await;
            told.push(report.changed.people);
        }
        assert_eq!(told, [0, 1, 0]);
        let sql = "SELECT telegram_chat, telegram_dead_at_ms, inactive_at_ms FROM person WHERE code = 'an'";
        let row = sqlx::query(sql).fetch_one(store.read()).await.expect("an");
        assert_eq!(row.get::<i64, _>(0), 78);
        assert_eq!(row.get::<Option<i64>, _>(1), None);
        assert_eq!(row.get::<i64, _>(2), at(2).as_millisecond());
        let corrected = gone.replacen("from = 2023-01-01", "from = 2023-01-01\nto = 2024-01-01", 1);
        let term = "[[appointment]]\nperson = \"an\"\nunit = \"pnv\"\nposition = \"head\"\nfrom = 2025-01-01\n";
        for text in [corrected.as_str(), term] {
            let report = set(store, text, at(4)).await;
            told.extend([report.changed.appointments, report.added.appointments]);
        }
        assert_eq!(told[3..], [1, 0, 0, 1], "a corrected last day is no second term");
        told
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_deadline_and_coordinating_units_change_only_when_they_differ() {
    async fn story(store: &Store) -> Vec<Change> {
        with_facts(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        let held = timeline(&mut tx, 1).await.expect("read").expect("the first assignment").row.deadline;
        assert!(held.is_some());
        let changes = vec![
            set_coordinating(&mut tx, 1, &[1]).await.expect("the same unit"),
            set_coordinating(&mut tx, 1, &[3]).await.expect("another unit"),
            correct_deadline(&mut tx, 1, held.as_ref(), at(9)).await.expect("the same"),
            correct_deadline(&mut tx, 1, None, at(9)).await.expect("none"),
        ];
        assert_eq!(changes, [Change::Unchanged, Change::Changed, Change::Unchanged, Change::Changed]);
        changes
    }
    same_on_both!(story);
}

#[tokio::test]
async fn names_are_short_while_unique_and_refused_with_the_long_forms_else() {
    async fn story(store: &Store) -> Vec<String> {
        with_facts(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        let mut told = Vec::new();
        let ambiguous = find_dispatch(&mut tx, "4988/UBND-CCHC").await.expect_err("two years");
        told.push(ambiguous.to_string());
        assert!(told[0].contains("2023:UBND quận Gò Vấp:4988/UBND-CCHC, 2024:UBND phường 1:4988/UBND-CCHC"), "{}", told[0]);
        assert_eq!(find_dispatch(&mut tx, "2023:4988/UBND-CCHC").await.expect("one year").id, 1);
        assert_eq!(find_dispatch(&mut tx, "2024:UBND phường 1:4988/UBND-CCHC").await.expect("the longest").id, 2);
        let unknown = find_dispatch(&mut tx, "2025:4988/UBND-CCHC").await.expect_err("no such year");
        assert!(matches!(unknown, StoreError::Unknown { .. }), "{unknown}");
        let directive = |text: &str| DirectiveName::parse(text).expect("a name");
        // Only one of the two dispatches has a clause 10.đ, so the short form is enough to find it.
        assert_eq!(find_directive(&mut tx, &directive("4988/UBND-CCHC#10.đ")).await.expect("one"), 2);
        // The same letter in two code points, as some keyboards send it.
        assert_eq!(find_dispatch(&mut tx, "2023:UBND qua\u{323}\u{302}n Gò Vấp:4988/UBND-CCHC").await.expect("NFC").id, 1);
        let refused = find_directive(&mut tx, &directive("4988/UBND-CCHC#1.e")).await.expect_err("two dispatches");
        told.push(refused.to_string());
        let assignment = |text: &str| AssignmentName::parse(text).expect("a name");
        let id = find_assignment(&mut tx, &assignment("2024:4988/UBND-CCHC#1.e@p01")).await.expect("one");
        assert_eq!(id, 6);
        let refused = find_assignment(&mut tx, &assignment("4988/UBND-CCHC#1.e@p01")).await.expect_err("two dispatches");
        told.push(refused.to_string());
        // What is printed finds what it was printed for, also when a second issuer joins.
        tx.rollback().await.expect("nothing was written");
        for _ in 0..2 {
            let mut tx = store.snapshot().await.expect("a reader");
            for row in list(&mut tx, &ListFilter::default()).await.expect("a list") {
                assert_eq!(find_assignment(&mut tx, &row.name).await.expect("its own name"), row.id, "{}", row.name);
                told.push(row.name.to_string());
            }
            tx.commit().await.expect("read");
            set(store, &dispatch("Sở Nội vụ", "2023-11-01"), at(1)).await;
        }
        assert_eq!(told[3], "2023:4988/UBND-CCHC#1.e@p01");
        assert_eq!(told[9], "2023:UBND quận Gò Vấp:4988/UBND-CCHC#1.e@p01");
        told
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_period_is_asked_for_where_a_duty_recurs() {
    async fn story(store: &Store) -> String {
        with_facts(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        let sql =
            "INSERT INTO directive (dispatch_id, clause, ordinal, title, follow) VALUES (1, '5', 1, 'Báo cáo tháng', 'press')
                   RETURNING id";
        let monthly: i64 = sqlx::query_scalar(sql).fetch_one(&mut *tx).await.expect("a directive");
        let new = |period: &str| NewAssignment {
            directive_id: monthly,
            unit_id: 2,
            period: period.into(),
            known_at: at(0),
            deadline: Some(Deadline::by(date(2023, 11, 20))),
        };
        let made = insert_assignments(&mut tx, &[new("2023-11")]).await.expect("the first period");
        let open = AssignmentName::parse("4988/UBND-CCHC#5@pnv").expect("a name");
        assert_eq!(find_assignment(&mut tx, &open).await.expect("one period only"), made[0].id);
        insert_assignments(&mut tx, &[new("2023-11"), new("2023-12")]).await.expect("the second period");
        let one = AssignmentName::parse("4988/UBND-CCHC#5@pnv/2023-11").expect("a name");
        assert_eq!(find_assignment(&mut tx, &one).await.expect("named"), made[0].id);
        let refused = find_assignment(&mut tx, &open).await.expect_err("two periods").to_string();
        assert!(refused.contains("@pnv/2023-11, ") && refused.contains("@pnv/2023-12"), "{refused}");
        refused
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_series_is_due_when_its_next_period_opens_and_ends_with_its_dispatch() {
    async fn story(store: &Store) -> String {
        with_facts(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        let period = |name| Period::parse(name).expect("a period");
        let pnv = series::point(&mut tx, 1, 2, period("2023-11"), Some(at(100))).await.expect("begun");
        let p01 = series::point(&mut tx, 1, 3, period("2023-W45"), Some(at(50))).await.expect("begun");
        assert_eq!(series::due(&mut tx, at(49).as_millisecond(), 9).await.expect("read"), Vec::<i64>::new());
        assert_eq!(series::due(&mut tx, at(100).as_millisecond(), 9).await.expect("read"), [p01, pnv]);
        assert_eq!(wakes::next_plan_ms(&mut tx, &Passing::All).await.expect("read"), Some(at(0).as_millisecond()));
        assert_eq!(series::point(&mut tx, 1, 3, period("2023-W46"), None).await.expect("ended"), p01);
        assert_eq!(series::due(&mut tx, at(100).as_millisecond(), 9).await.expect("read"), [pnv]);
        tx.execute("UPDATE dispatch SET replaces = '4988/UBND-CCHC', issuer = 'UBND quận Gò Vấp' WHERE id = 2")
            .await
            .expect("plain");
        let all = series::of_directives(&mut tx, &[1]).await.expect("read");
        assert_eq!(all, series::get(&mut tx, &[p01, pnv]).await.expect("read"));
        assert_eq!(all, series::all(&mut tx).await.expect("read"));
        assert_eq!(all[0].replaced_on, Some(date(2024, 2, 1)));
        format!("{all:?}")
    }
    same_on_both!(story);
}

#[tokio::test]
async fn every_filter_of_a_list_keeps_what_it_says() {
    async fn story(store: &Store) -> Vec<Vec<i64>> {
        with_facts(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        tx.execute("UPDATE assignment SET work = 'accepted' WHERE id = 2; UPDATE assignment SET assignee_id = 1 WHERE id = 6")
            .await
            .expect("plain updates");
        let by_person = |person, day| ListFilter { person: Some((PersonId(person), day)), ..ListFilter::default() };
        let filters = [
            ListFilter::default(),
            ListFilter { units: vec![UnitId(2)], ..ListFilter::default() },
            ListFilter { units: vec![UnitId(2), UnitId(3)], works: vec![Work::Accepted], ..ListFilter::default() },
            ListFilter { dispatch_id: Some(2), ..ListFilter::default() },
            ListFilter { directive_id: Some(2), ..ListFilter::default() },
            by_person(1, date(2023, 10, 10)),
            by_person(1, date(2022, 10, 10)),
        ];
        let mut told = Vec::new();
        for filter in &filters {
            let rows = list(&mut tx, filter).await.expect("a list");
            told.push(rows.iter().map(|row| row.id).collect::<Vec<_>>());
        }
        let expected: [&[i64]; 7] = [&[2, 1, 6, 5, 4, 3], &[1, 5, 3], &[2], &[6, 5], &[4, 3], &[1, 6, 5, 3], &[6]];
        assert_eq!(told, expected);
        told
    }
    same_on_both!(story);
}

#[tokio::test]
async fn the_directory_is_read_again_only_when_its_revision_rose() {
    async fn story(store: &Store) -> usize {
        with_facts(store).await;
        let cache = DirectoryCache::default();
        let mut tx = store.begin().await.expect("nobody else writes");
        let (before, first) = cache.get(&mut tx).await.expect("loaded");
        tx.execute(UNIT).await.expect("a unit");
        let (_, same) = cache.get(&mut tx).await.expect("held");
        assert_eq!(same.units.len(), first.units.len());
        assert_eq!(meta::raise_org_revision(&mut tx).await.expect("raised"), before + 1);
        let (revision, again) = cache.get(&mut tx).await.expect("loaded");
        assert_eq!((revision, again.units.len()), (before + 1, first.units.len() + 1));
        again.units.len()
    }
    same_on_both!(story);
}

#[tokio::test]
async fn the_journal_of_two_writers_is_one_chain_and_an_edit_shows() {
    async fn story(store: &Store) -> (i64, Option<(i64, Flaw)>) {
        let other = Store::open(store.place()).await.expect("it exists");
        let mut writers = tokio::task::JoinSet::new();
        for store in [store.clone(), other] {
            writers.spawn(async move {
                for n in 0..20 {
                    let entries: Vec<Entry> = (0..30).map(|m| Entry::new(at(n), "x", serde_json::json!({ "m": m }))).collect();
                    let mut tx = store.begin().await.expect("it waits");
                    append(&mut tx, &entries).await.expect("appended");
                    tx.commit().await.expect("committed");
                }
            });
        }
        while let Some(ended) = writers.join_next().await {
            ended.expect("no writer failed");
        }
        let report = verify(store).await.expect("read");
        assert_eq!((report.rows, report.first_bad), (1_200, None));
        let mut tx = store.begin().await.expect("nobody else writes");
        tx.execute("UPDATE journal SET actor = '' WHERE seq = 700").await.expect("an edit");
        tx.commit().await.expect("committed");
        let report = verify(store).await.expect("read");
        assert_eq!((report.rows, report.first_bad.as_ref().map(|bad| bad.0)), (699, Some(700)));
        // Not the hash: whose row comes first is for the two to settle.
        (report.rows, report.first_bad)
    }
    same_on_both!(story);
}

#[tokio::test]
async fn what_a_log_told_is_kept_once_and_found_by_key_and_by_trace() {
    async fn story(store: &Store) -> String {
        let mut tx = store.begin().await.expect("nobody else writes");
        assert!(!tx.bearings().await.expect("read").has_kept && !sent::has_sent(&mut tx).await.expect("read"));
        sent::keep(&mut tx, "k1", &["t1".into(), "t2".into()], 7).await.expect("kept");
        sent::keep(&mut tx, "k2", &["t2".into()], 8).await.expect("kept");
        let known = sent::known(&mut tx, &["k1".into(), "k2".into(), "k3".into()]).await.expect("read");
        // Its one trace is known from the first.
        assert!(known.contains("k1") && known.contains("k2") && !known.contains("k3"), "{known:?}");
        let found = sent::found(&mut tx, &["t2".into(), "t3".into()]).await.expect("read");
        let used = messages::used_keys(&mut tx, &["k1", "k3"]).await.expect("read");
        let told = format!(
            "{known:?} {found:?} {used:?} {:?} {}",
            sent::last_ms(&mut tx).await,
            tx.bearings().await.expect("read").has_kept
        );
        tx.commit().await.expect("committed");
        told
    }
    same_on_both!(story);
}

#[tokio::test]
async fn what_was_rendered_stands_beside_its_message_until_that_is_final() {
    async fn story(store: &Store) -> String {
        with_facts(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        let new = |key: &str| NewMessage {
            key: key.into(),
            person_id: 1,
            channel: ChannelKind::Email,
            kind: "action".into(),
            policy: "p".into(),
            ordinal: 0,
            subject: "s".into(),
            parcel: format!("{{\"của\":\"{key}\"}}"),
            packed_at_ms: 1,
            config_digest: "d".into(),
            trial_at_ms: None,
            traces: String::new(),
        };
        let mut batch = Batch::new(&tx);
        messages::insert(&mut batch, &["accepted", "held", "refused", "forgotten", "moved"].map(new));
        batch.run(&mut tx).await.expect("inserted");
        let rows = messages::available(&mut tx, ChannelKind::Email, 1, 16, &Passing::All).await.expect("read");
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut told = format!("{:?}", parcels::read(&mut tx, &ids).await.expect("read"));
        let mut batch = Batch::new(&tx);
        acceptance::accept(&mut batch, &[(ids[0], None)], 2);
        batch.run(&mut tx).await.expect("accepted");
        messages::settle(&mut tx, ids[1], MessageState::Held, "h", None, 2).await.expect("held");
        messages::settle(&mut tx, ids[2], MessageState::Refused, "r", None, 2).await.expect("refused");
        messages::forget(&mut tx, ids[3]).await.expect("forgotten");
        parcels::set(&mut tx, ids[4], "{}").await.expect("set");
        told += &format!(" {:?}", parcels::read(&mut tx, &ids).await.expect("read").values().collect::<Vec<_>>());
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM parcel").fetch_one(&mut *tx).await.expect("counted");
        assert_eq!(left, 2, "one is held, one waits");
        told
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_copy_tells_the_same_on_whichever_database_and_goes_on_counting() {
    let stores = both().await;
    let source = &stores[0].0;
    with_facts(source).await;
    with_history(source).await;
    let expected = told(source).await;
    let journal = verify(source).await.expect("read");
    assert!(journal.rows > 1 && journal.first_bad.is_none(), "{journal:?}");
    let mut last = source.clone();
    let back = (Store::scratch().await.expect("a scratch store"), None);
    for (store, _database) in stores[1..].iter().chain([&back]) {
        copy_facts_and_history(&last, store).await.expect("copied");
        assert_eq!(told(store).await, expected);
        assert_eq!(verify(store).await.expect("read"), journal);
        last = store.clone();
    }
    for (store, _database) in stores[1..].iter().chain([&back]) {
        let mut tx = store.begin().await.expect("nobody else writes");
        tx.execute(UNIT).await.expect("a unit");
        let id: i64 = sqlx::query_scalar("SELECT id FROM unit WHERE code = 'p99'").fetch_one(&mut *tx).await.expect("it");
        assert_eq!(id, 4);
    }
}

/// A copy is read a thousand rows at a time; where such a part ends, the other attempts of its last message follow in the next.
#[tokio::test]
async fn a_copy_keeps_every_attempt_of_every_message() {
    async fn attempts(store: &Store) -> Vec<(i64, i64, String)> {
        let sql = "SELECT message_id, number, reason FROM attempt ORDER BY message_id, number";
        let rows = sqlx::query(sql).fetch_all(store.read()).await.expect("attempts");
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }
    async fn story(store: &Store) -> usize {
        with_facts(store).await;
        let rows = |row: &dyn Fn(usize) -> String| (1..=700).map(row).collect::<Vec<_>>().join(", ");
        let messages = rows(&|n| format!("({n}, 'k{n}', 1, 'email', 'action', 'p', 0, 'held', 'h', 's', 3, 1, 2, 'd')"));
        let attempts_of = rows(&|n| {
            let one = |number: usize| format!("({n}, {number}, {number}, {number}, 'deferred', 'busy {n}.{number}')");
            [1, 2, 3].map(one).join(", ")
        });
        let filled = format!(
            "INSERT INTO message (id, key, person_id, channel, kind, policy, ordinal, state, reason, subject, attempts, available_at_ms,
                packed_at_ms, config_digest) VALUES {messages};
             INSERT INTO attempt (message_id, number, started_at_ms, ended_at_ms, verdict, reason) VALUES {attempts_of}"
        );
        let mut tx = store.begin().await.expect("nobody else writes");
        sqlx::raw_sql(sqlx::AssertSqlSafe(filled)).execute(&mut *tx).await.expect("plain rows");
        tx.commit().await.expect("committed");
        let copy = Store::scratch().await.expect("a scratch store");
        copy_facts_and_history(store, &copy).await.expect("copied");
        let (held, copied) = (attempts(store).await, attempts(&copy).await);
        assert_eq!(held.len(), 2_100, "a thousand ends within the attempts of a message");
        assert!(copied == held, "{} of {}", copied.len(), held.len());
        copied.len()
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_copy_of_the_facts_alone_knows_nothing_of_what_happened() {
    async fn story(store: &Store) -> String {
        with_facts(store).await;
        with_history(store).await;
        let mut tx = store.begin().await.expect("nobody else writes");
        tx.execute("UPDATE assignment SET work = 'accepted', promised_until = '2024-01-01', assignee_id = 1")
            .await
            .expect("acts");
        tx.commit().await.expect("committed");
        let copy = Store::scratch().await.expect("a scratch store");
        copy_facts(store, &copy).await.expect("copied");
        let mut tx = copy.snapshot().await.expect("a reader");
        let timeline = timeline(&mut tx, 1).await.expect("read").expect("the first assignment");
        assert_eq!(timeline.row.work, Work::NotAcknowledged);
        assert_eq!((timeline.row.promised_until, timeline.row.assignee, timeline.row.done), (None, None, None));
        assert_eq!((timeline.figures.len(), timeline.extensions.len()), (1, 1));
        assert_eq!((timeline.replies.len(), timeline.reminders.len(), timeline.messages.len()), (0, 0, 0));
        assert_eq!(timeline.row.deadline, Some(Deadline::by(date(2024, 3, 31))));
        format!("{timeline:?}")
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_trial_that_ends_frees_its_keys_and_is_kept_to_be_shown() {
    async fn story(store: &Store) -> String {
        with_facts(store).await;
        with_history(store).await;
        let mut tx = store.begin().await.expect("a writer");
        let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM reminder WHERE assignment_id = 1 ORDER BY id")
            .fetch_all(&mut *tx)
            .await
            .expect("reminders");
        assert!(!ids.is_empty());
        trial::mark(&mut tx, &ids, 7).await.expect("marked");
        let open = trial::open_messages(&mut tx, &[1]).await.expect("messages").len();
        trial::end(&mut tx, &[1], 8).await.expect("ended");
        let sql = "SELECT anchor, state, trial_at_ms, trial_ended_at_ms FROM reminder WHERE assignment_id = 1 ORDER BY id";
        let mut told = format!("{open} open\n");
        for row in sqlx::query(sql).fetch_all(&mut *tx).await.expect("reminders") {
            let (anchor, state): (String, String) = (row.get(0), row.get(1));
            let (since, ended): (Option<i64>, Option<i64>) = (row.get(2), row.get(3));
            assert_eq!(ended.is_some(), anchor.starts_with("trial:7:"), "{anchor}");
            told += &format!("{anchor} ({}) {state} {since:?} {ended:?}\n", trial::plain_anchor(&anchor));
        }
        let live: Option<i64> =
            sqlx::query_scalar("SELECT live_at_ms FROM assignment WHERE id = 1").fetch_one(&mut *tx).await.expect("one");
        assert_eq!(live, Some(8), "nothing of it went out for real");
        tx.commit().await.expect("committed");
        told + &self::told(store).await
    }
    same_on_both!(story);
}

/// Whichever way a reminder ceases to wait, the plan of its assignment may go on: it is looked at at once.
#[tokio::test]
async fn whatever_ends_the_waiting_of_a_reminder_brings_the_next_look() {
    /// When the assignment is looked at next after that change, when it was to be at `before`.
    async fn after(tx: &mut AnyConnection, before: Option<i64>, change: impl FnOnce(&mut Batch)) -> Option<i64> {
        let set = "UPDATE assignment SET next_check_at_ms = $1 WHERE id = 1";
        sqlx::query(set).bind(before).execute(&mut *tx).await.expect("set");
        let mut batch = Batch::new(tx);
        change(&mut batch);
        batch.run(tx).await.expect("changed");
        sqlx::query_scalar("SELECT next_check_at_ms FROM assignment WHERE id = 1").fetch_one(tx).await.expect("one")
    }
    async fn story(store: &Store) -> String {
        with_facts(store).await;
        with_history(store).await;
        let mut tx = store.begin().await.expect("a writer");
        let sql = "SELECT i.reminder_id, i.message_id FROM message_item i JOIN reminder r ON r.id = i.reminder_id
                   WHERE r.assignment_id = 1 AND i.kind <> 'copy' AND i.message_id IS NOT NULL";
        let row = sqlx::query(sql).fetch_one(&mut *tx).await.expect("a message");
        let (reminder, message): (i64, i64) = (row.get(0), row.get(1));
        for state in ReminderState::ALL {
            let set = |batch: &mut Batch| outbox::set_reminders_with(batch, &[reminder], Turn::new(state, "why", 50));
            let seen =
                [after(&mut tx, Some(90), set).await, after(&mut tx, None, set).await, after(&mut tx, Some(40), set).await];
            let wanted = if state.is_unsettled() { [Some(90), None, Some(40)] } else { [Some(50), Some(50), Some(40)] };
            assert_eq!(seen, wanted, "{state:?}");
        }
        // Acceptance: of a message to act on, also while the reminder is to be routed anew for somebody else, and of copies alone.
        for state in [ReminderState::Carried, ReminderState::Queued] {
            outbox::set_reminder(&mut tx, reminder, Turn::new(state, "why", 50)).await.expect("set");
            let accept = |batch: &mut Batch| acceptance::deliver(batch, &[message], &[], "accepted", 50);
            assert_eq!(after(&mut tx, Some(90), accept).await, Some(50), "{state:?}");
            let sql = "SELECT state FROM reminder WHERE id = $1";
            let stands: String = sqlx::query_scalar(sql).bind(reminder).fetch_one(&mut *tx).await.expect("one");
            assert_eq!(stands, if state == ReminderState::Queued { "queued" } else { "delivered" });
        }
        let copied = |batch: &mut Batch| acceptance::deliver(batch, &[], &[reminder], "accepted", 50);
        assert_eq!(after(&mut tx, Some(90), copied).await, Some(50), "copies");
        let sql = "SELECT settled_at_ms, reason FROM reminder WHERE id = $1";
        let row = sqlx::query(sql).bind(reminder).fetch_one(&mut *tx).await.expect("one");
        format!("{:?} {:?}", row.get::<Option<i64>, _>(0), row.get::<String, _>(1))
    }
    same_on_both!(story);
}

#[tokio::test]
async fn a_claim_passes_over_what_another_session_holds() {
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    with_facts(&store).await;
    let claim = format!("SELECT id FROM assignment ORDER BY id LIMIT 2{}", store.dialect().for_update_skip_locked());
    // Somebody at a console of the database, in no turn.
    let mut console = store.own_connection().await.expect("a connection");
    sqlx::raw_sql("BEGIN").execute(&mut console).await.expect("begun");
    let one: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(claim.clone())).fetch_all(&mut console).await.expect("claimed");
    let mut tx = store.begin().await.expect("a transaction");
    let two: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(claim)).fetch_all(&mut *tx).await.expect("claimed");
    assert_eq!((one, two), (vec![1, 2], vec![3, 4]));
}

#[tokio::test]
async fn writers_of_two_replicas_take_turns_and_a_begin_that_is_given_up_holds_up_nobody() {
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    let other = Store::open(store.place()).await.expect("it exists");
    let mut first = store.begin().await.expect("a transaction");
    meta::set(&mut first, "x", "1").await.expect("written");
    for _ in 0..3 {
        let waits = tokio::time::timeout(std::time::Duration::from_millis(50), other.begin()).await;
        assert!(waits.is_err(), "the first has not ended");
    }
    first.commit().await.expect("committed");
    // Each that was given up has its turn, and ends it.
    let mut second = other.begin().await.expect("its turn");
    assert_eq!(meta::get(&mut second, "x").await.expect("read").as_deref(), Some("1"), "it sees what the first wrote");
    meta::set(&mut second, "x", "2").await.expect("written");
    second.commit().await.expect("committed");
    let mut reader = store.read().acquire().await.expect("a reader");
    assert_eq!(meta::get(&mut reader, "x").await.expect("read").as_deref(), Some("2"));
}

#[tokio::test]
async fn a_writer_that_stands_still_is_put_out_by_the_database() {
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    let other = Store::open(store.place()).await.expect("it exists");
    let mut still = store.begin().await.expect("a transaction");
    meta::set(&mut still, "x", "1").await.expect("written");
    let mut next = other.begin().await.expect("after five seconds it is its turn");
    assert_eq!(meta::get(&mut next, "x").await.expect("read"), None);
    let lost = meta::set(&mut still, "x", "2").await.expect_err("put out");
    assert!(lost.is_passing(), "{lost}");
    next.commit().await.expect("committed");
    drop(still);
    store.begin().await.expect("and works again").commit().await.expect("committed");
}

#[tokio::test]
async fn incarnations_and_leases_are_told_the_same() {
    async fn story(store: &Store) -> String {
        let mut tx = store.begin().await.expect("nobody else writes");
        for (id, at_ms) in [("a", 1_000), ("b", 2_000)] {
            let new = NewIncarnation { id, host: "may-1", pid: 7, config_digest: "c", now_ms: at_ms };
            incarnations::register(&mut tx, &new).await.expect("registered");
        }
        let others = incarnations::others(&mut tx, "a").await.expect("seen");
        assert_eq!(
            incarnations::beat(&mut tx, "a", "c", 3_000).await.expect("beaten"),
            Some(others),
            "one statement shows the same"
        );
        assert_eq!(incarnations::beat(&mut tx, "z", "c", 3_000).await.expect("nobody"), None);
        assert_eq!(lease::take(&mut tx, lease::TELEGRAM, "a", 4_000).await.expect("taken"), Some(1));
        assert_eq!(lease::take(&mut tx, lease::TELEGRAM, "a", 4_500).await.expect("kept"), Some(1), "no new term");
        assert_eq!(lease::take(&mut tx, lease::TELEGRAM, "b", 5_000).await.expect("held"), None, "a lives");
        let seen = incarnations::others(&mut tx, "b").await.expect("seen");
        let told = format!("{seen:?} {:?}", incarnations::replicas(&mut tx).await.expect("read"));
        let before = Seen { beats: 0, ..seen[0].clone() };
        let moved = incarnations::fence(&mut tx, &before, 6_000).await.expect("looked");
        assert_eq!(moved, Standing::Living, "it has moved since");
        assert_eq!(incarnations::fence(&mut tx, &seen[0], 6_000).await.expect("fenced"), Standing::Fenced);
        assert_eq!(incarnations::beat(&mut tx, "a", "c", 6_000).await.expect("beaten"), None);
        assert_eq!(incarnations::others(&mut tx, "b").await.expect("seen"), [], "nothing of it is on the wire");
        assert_eq!(lease::take(&mut tx, lease::TELEGRAM, "b", 7_000).await.expect("taken"), Some(2));
        assert_eq!(lease::term(&mut tx, lease::TELEGRAM).await.expect("read"), 2);
        assert!(!incarnations::another_works_by(&mut tx, "b", "c").await.expect("read"));
        incarnations::end(&mut tx, "b", 8_000).await.expect("ended");
        assert_eq!(incarnations::replicas(&mut tx).await.expect("read"), []);
        told
    }
    same_on_both!(story);
}

#[tokio::test]
async fn postgres_is_refused_as_a_file_is_and_without_its_password() {
    let Some(database) = postgres::database() else { return };
    let place = Where::Postgres(database.url.clone());
    let missing = Store::open(&place).await.expect_err("an empty database is no store");
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    let store = Store::create(&place).await.expect("a fresh database");
    let refused = sqlx::query("DELETE FROM meta").execute(store.read()).await.map_err(StoreError::from);
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    let mut tx = store.begin().await.expect("a transaction");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 99, 'later', success, checksum, 1 FROM _sqlx_migrations WHERE version = 1";
    tx.execute(newer).await.expect("a row of a later migration");
    tx.commit().await.expect("committed");
    for refused in [Store::create(&place).await, Store::open(&place).await] {
        assert!(matches!(refused, Err(StoreError::NewerSchema { found: 99, .. })), "{refused:?}");
    }
    let nowhere = database.url.replacen("dondoc@", "dondoc:geheim@", 1).replacen("/test", "/none", 1);
    let refused = Store::open(&Where::Postgres(nowhere)).await.expect_err("no such database");
    assert!(!format!("{refused} {refused:?}").contains("geheim"), "{refused:?}");
    assert!(refused.to_string().contains("the database must exist"), "{refused}");
    let refused = Store::open(&Where::Postgres("postgres://u:geheim@127.0.0.1:1/x".into())).await.expect_err("nobody listens");
    assert!(refused.to_string().contains("is the database running"), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("geheim"), "{refused:?}");
}

#[tokio::test]
async fn what_an_extension_brought_into_a_database_is_nobodys_store() {
    let Some(database) = postgres::database() else { return };
    let mut by_hand = sqlx::PgConnection::connect(&database.url).await.expect("a fresh database");
    by_hand.execute("CREATE EXTENSION pg_stat_statements").await.expect("it comes with PostgreSQL");
    let place = Where::Postgres(database.url.clone());
    let missing = Store::open(&place).await.expect_err("its view is no store");
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    by_hand.execute("CREATE VIEW somebodys AS SELECT 1 AS one").await.expect("a view of somebody");
    let foreign = Store::create(&place).await.expect_err("that view is somebody's");
    assert!(matches!(foreign, StoreError::NotAStore { .. }), "{foreign}");
    by_hand.execute("DROP VIEW somebodys").await.expect("gone");
    Store::create(&place).await.expect("nothing but the extension's view").close().await;
    Store::open(&place).await.expect("the store beside it");
}

#[tokio::test]
async fn two_replicas_may_create_one_store_at_once() {
    let Some(database) = postgres::database() else { return };
    let place = Where::Postgres(database.url.clone());
    let (first, second) = tokio::join!(Store::create(&place), Store::create(&place));
    let mut ids = Vec::new();
    for store in [first.expect("created or found"), second.expect("created or found")] {
        let mut reader = store.read().acquire().await.expect("a reader");
        ids.push(meta::store_id(&mut reader).await.expect("born with an id"));
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_poke_reaches_a_listener_on_postgres() {
    let Some(database) = postgres::database() else { return };
    let place = Where::Postgres(database.url.clone());
    let mut listener = PokeListener::bind(&place).expect("a good URL");
    // Once because it has begun to listen.
    listener.wait().await;
    let quiet = tokio::time::timeout(std::time::Duration::from_millis(50), listener.wait()).await;
    assert!(quiet.is_err(), "nobody poked");
    poke(&place).await;
    listener.wait().await;
    let store = Store::create(&place).await.expect("a fresh database");
    store.tell_replicas().await;
    listener.wait().await;
}

/// Writes as another process does: run by the test below, in a process of its own.
#[tokio::test]
async fn a_writer_in_a_process_of_its_own() {
    let Some(file) = std::env::var_os("DONDOC_TEST_WRITER") else { return };
    let store = Store::open(&Where::Sqlite(file.into())).await.expect("it exists");
    for n in 0..60 {
        let mut tx = store.begin().await.expect("it waits");
        meta::raise_org_revision(&mut tx).await.expect("raised");
        append(&mut tx, &[Entry::new(at(n), "x", serde_json::Value::Null)]).await.expect("appended");
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn three_processes_write_one_file_and_lose_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("dondoc.db");
    let store = Store::create(&Where::Sqlite(file.clone())).await.expect("a fresh folder");
    let child = || {
        let mut command = std::process::Command::new(std::env::current_exe().expect("this test"));
        command.args(["--exact", "a_writer_in_a_process_of_its_own"]).env("DONDOC_TEST_WRITER", &file);
        command.stdout(std::process::Stdio::null()).spawn().expect("a second process")
    };
    for mut child in [child(), child(), child()] {
        assert!(child.wait().expect("it ends").success());
    }
    let mut reader = store.read().acquire().await.expect("a reader");
    assert_eq!(meta::org_revision(&mut reader).await.expect("read"), 180);
    let report = verify(&store).await.expect("read");
    assert_eq!((report.rows, report.first_bad), (180, None));
}

/// Everything other tables hold of some of six assignments, two of which nothing is known of.
const HELD: [&str; 8] = [
    "INSERT INTO reply (id, assignment_id, person_id, kind, at_ms) VALUES (1, 2, 1, 'acknowledge', 9), (2, 4, 2, 'progress', 5)",
    "INSERT INTO reply (id, assignment_id, person_id, kind, at_ms, note) VALUES (3, 2, 1, 'blocked', 8, 'chờ số liệu')",
    "INSERT INTO reminder (id, assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason, settled_at_ms)
     VALUES (1, 2, 'nhac-3', 'a', 1, 'p', 0, 0, 'delivered', 'moment-came', 'accepted', 1),
            (2, 5, 'nhac-3', 'a', 1, 'p', 0, 0, 'queued', 'moment-came', 'moment-came', NULL)",
    "INSERT INTO message (id, key, person_id, channel, kind, policy, ordinal, state, reason, subject, attempts, available_at_ms,
                          packed_at_ms, config_digest)
     VALUES (1, 'k', 1, 'email', 'action', 'p', 0, 'accepted', 'accepted', 's', 1, 0, 0, 'd')",
    "INSERT INTO message_item (id, reminder_id, person_id, channel, kind, message_id, roles, assignment_revision, org_revision, state)
     VALUES (1, 1, 1, 'email', 'action', 1, '[]', 0, 1, 'accepted')",
    "INSERT INTO figure (id, directive_id, unit_id, as_of, value, recorded_at_ms)
     SELECT a.id, a.directive_id, a.unit_id, '2026-10-31', '12.5', 7 FROM assignment a WHERE a.id IN (3, 4)",
    "INSERT INTO directive_unit (directive_id, unit_id)
     SELECT a.directive_id, u.id FROM assignment a CROSS JOIN unit u WHERE a.id IN (2, 3) AND u.id IN (1, 3, 4)",
    "INSERT INTO extension (id, assignment_id, revision, new_last_day, new_named_day, new_kind, basis, recorded_at_ms)
     VALUES (1, 5, 1, '2029-01-01', '2029-01-01', 'by', 'CV 1', 3), (2, 5, 2, '2029-02-01', '2029-02-01', 'by', 'CV 2', 4)",
];

#[tokio::test]
async fn what_is_loaded_of_a_stretch_is_what_is_loaded_one_by_one() {
    async fn loaded(store: &Store) -> String {
        let stock = Stock { people: 5, chats: 0, open: 6, due: 0, due_from_ms: 0, due_gap_ms: 0 };
        stock::fill(store, &stock).await.expect("filled");
        let mut tx = store.begin().await.expect("a writer");
        for sql in HELD {
            tx.execute(sql).await.expect(sql);
        }
        let (rules, now) = (office::rules(), at(1_000));
        let ids = [1, 2, 3, 4, 5, 6];
        let stretch = assignments::load(&mut tx, &ids, &rules.office, now).await.expect("a stretch");
        let gaps = assignments::load(&mut tx, &[6, 1, 9, 3], &rules.office, now).await.expect("some, not in order");
        assert_eq!(gaps.iter().map(|one| one.id).collect::<Vec<_>>(), [6, 1, 3]);
        let mut single = Vec::new();
        for id in ids {
            single.extend(assignments::load(&mut tx, &[id], &rules.office, now).await.expect("one"));
        }
        let bare =
            gathered::gather(&mut tx, &ids, Depth::Bare).await.expect("a walk's").build(&rules.office, now).expect("built");
        for (bare, whole) in bare.iter().zip(&stretch) {
            assert_eq!(format!("{:?}", bare.view), format!("{:?}", whole.view), "a walk plans what everybody plans");
            assert_eq!((bare.id, bare.waits(), bare.about.unit), (whole.id, whole.waits(), whole.about.unit));
        }
        assert_eq!(bare.len(), stretch.len());
        let told = format!("{stretch:#?}");
        assert_eq!(told, format!("{single:#?}"));
        for held in ["chờ số liệu", "Progress", "Queued", "nhac-3", "12.5", "CV 2"] {
            assert!(told.contains(held), "{held}: {told}");
        }
        told
    }
    same_on_both!(loaded);
}

/// The migrations up to that one, as a binary of then had them.
fn migrations_to(folder: &str, last: i64) -> sqlx::migrate::Migrator {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("migrations").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a plain name");
        let (version, name) = name.split_once('_').expect("NUMBER_NAME");
        let sql = sqlx::AssertSqlSafe(std::fs::read_to_string(path).expect("readable")).into_sql_str();
        let kind = sqlx::migrate::MigrationType::Simple;
        sqlx::migrate::Migration::new(version.parse().expect("a number"), name.to_owned().into(), kind, sql, false)
    };
    let mut migrator =
        sqlx::migrate::Migrator::with_migrations(files.iter().map(read).filter(|migration| migration.version <= last).collect());
    migrator.set_locking(false);
    migrator
}

/// Every row of a table, column by column; those of an older table may have more columns.
async fn put_rows(from: &Store, into: &mut AnyConnection, table: &str) {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(from.read()).await.expect(table);
    for row in rows {
        let names: Vec<&str> = row.columns().iter().map(sqlx::Column::name).collect();
        let places: Vec<String> = (1..=names.len()).map(|at| format!("${at}")).collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for at in 0..names.len() {
            query = match row.try_get::<Option<String>, _>(at) {
                Ok(text) if row.column(at).type_info().kind() == sqlx::any::AnyTypeInfoKind::Text => query.bind(text),
                _ => query.bind(row.try_get::<Option<i64>, _>(at).expect("a text or a number")),
            };
        }
        query.execute(&mut *into).await.expect(table);
    }
}

/// A store of version 27 with everything that happened in one, opened by this binary: nothing of it is lost or changed.
#[tokio::test]
async fn a_filled_store_of_before_the_fewer_trees_is_the_same_afterwards() {
    const TABLES: [&str; 19] = [
        "unit",
        "person",
        "appointment",
        "substitution",
        "dispatch",
        "directive",
        "directive_unit",
        "assignment",
        "extension",
        "figure",
        "reply",
        "step_since",
        "reminder",
        "message",
        "message_item",
        "attempt",
        "telegram_update",
        "journal",
        "meta",
    ];
    async fn attempts(store: &Store) -> Vec<String> {
        let sql = "SELECT m.key, a.number, a.started_at_ms, a.ended_at_ms, a.verdict, a.reason FROM attempt a
                   JOIN message m ON m.id = a.message_id ORDER BY a.message_id, a.number";
        let rows = sqlx::query(sql).fetch_all(store.read()).await.expect("attempts");
        let text = |row: &sqlx::any::AnyRow, at: usize| format!("{:?}", row.get::<Option<String>, _>(at));
        let number = |row: &sqlx::any::AnyRow, at: usize| format!("{:?}", row.get::<Option<i64>, _>(at));
        rows.iter()
            .map(|row| [text(row, 0), number(row, 1), number(row, 2), number(row, 3), text(row, 4), text(row, 5)].join(" "))
            .collect()
    }
    /// What points to an entry: its assignment and its message.
    async fn entries(store: &Store) -> Vec<String> {
        let sql = "SELECT seq, kind, assignment_id, message_key FROM journal ORDER BY seq";
        let rows = sqlx::query(sql).fetch_all(store.read()).await.expect("entries");
        let line = |row: &sqlx::any::AnyRow| {
            let (seq, kind): (i64, String) = (row.get(0), row.get(1));
            format!("{seq} {kind} {:?} {:?}", row.get::<Option<i64>, _>(2), row.get::<Option<String>, _>(3))
        };
        rows.iter().map(line).collect()
    }
    async fn now(store: &Store) -> (String, Vec<String>, Vec<String>, String) {
        let chain = verify(store).await.expect("a journal");
        assert_eq!(chain.first_bad, None);
        (format!("{chain:?}"), entries(store).await, attempts(store).await, told(store).await)
    }
    let fresh = Store::scratch().await.expect("a scratch store");
    with_facts(&fresh).await;
    with_history(&fresh).await;
    let mut tx = fresh.begin().await.expect("a writer");
    let more: Vec<Entry> =
        (0..40).map(|n| Entry::new(at(n), "message-accepted", serde_json::json!({ "v": 1, "n": n }))).collect();
    let more: Vec<Entry> = more.into_iter().map(|entry| entry.message("k1").actor("daemon").config("c0ffee")).collect();
    append(&mut tx, &more).await.expect("appended");
    tx.commit().await.expect("committed");
    let wanted = now(&fresh).await;
    assert!(wanted.1.len() > 40 && wanted.2.len() == 2, "{wanted:?}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("dondoc.db");
    let database = postgres::database();
    let mut places = vec![(format!("sqlite://{}?mode=rwc", file.display()), Where::Sqlite(file), "sqlite")];
    places.extend(database.as_ref().map(|database| (database.url.clone(), Where::Postgres(database.url.clone()), "postgres")));
    for (url, place, texts) in places {
        sqlx::any::install_default_drivers();
        let mut older = AnyConnection::connect(&url).await.expect("an empty database");
        migrations_to(texts, 27).run_direct(None, &mut older, false).await.expect("version 27");
        older.execute("DELETE FROM meta").await.expect("what a migration left there is of the other store as well");
        for table in TABLES {
            put_rows(&fresh, &mut older, table).await;
        }
        older.close().await.expect("closed");
        let store = Store::create(&place).await.expect("an older store is migrated");
        assert!(now(&store).await == wanted, "{texts}: {:#?}", now(&store).await);
        // It goes on counting where it was, and an attempt is there once.
        let mut tx = store.begin().await.expect("a writer");
        append(&mut tx, &[Entry::new(at(900), "later", serde_json::json!({ "v": 1 }))]).await.expect("appended");
        let again = "INSERT INTO attempt (message_id, number, started_at_ms) VALUES (1, 2, 1)";
        assert!(sqlx::query(again).execute(&mut *tx).await.is_err(), "{texts}");
        drop(tx);
        let mut tx = store.begin().await.expect("a writer");
        append(&mut tx, &[Entry::new(at(900), "later", serde_json::json!({ "v": 1 }))]).await.expect("appended");
        tx.commit().await.expect("committed");
        let chain = verify(&store).await.expect("a journal");
        assert_eq!((chain.rows, chain.first_bad), (i64::try_from(wanted.1.len()).expect("few") + 1, None), "{texts}");
        store.close().await;
    }
}

/// What the change log says of version 28: whoever had rights on the two tables that it makes anew has them no more, and is told so.
#[tokio::test]
async fn rights_on_tables_that_are_made_anew_are_to_be_granted_again() {
    const READS: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM";
    let Some(database) = postgres::database() else { return };
    let place = Where::Postgres(database.url.clone());
    sqlx::any::install_default_drivers();
    let mut owner = AnyConnection::connect(&database.url).await.expect("an empty database");
    migrations_to("postgres", 27).run_direct(None, &mut owner, false).await.expect("version 27");
    // A role belongs to the server, and other stories may use the same one.
    let role = format!("reader{}", std::process::id());
    let grants = format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(grants)).execute(&mut owner).await.expect("granted");
    let mut reader =
        AnyConnection::connect(&database.url.replacen("dondoc@", &format!("{role}@"), 1)).await.expect("it may log in");
    for table in ["journal", "attempt", "message"] {
        let sql = sqlx::AssertSqlSafe(format!("{READS} {table}"));
        assert_eq!(sqlx::query_scalar::<_, String>(sql).fetch_one(&mut reader).await.expect("granted"), "0", "{table}");
    }
    Store::create(&place).await.expect("an older store is migrated").close().await;
    let mut denied = Vec::new();
    for table in ["journal", "attempt", "message"] {
        let sql = sqlx::AssertSqlSafe(format!("{READS} {table}"));
        if let Err(error) = sqlx::query_scalar::<_, String>(sql).fetch_one(&mut reader).await {
            denied.push(StoreError::from(error).to_string());
        }
    }
    assert_eq!(denied.len(), 2, "{denied:?}");
    for (said, table) in denied.iter().zip(["journal", "attempt"]) {
        assert!(
            said.contains(&format!("permission denied for table {table}")) && said.contains("grant it every right"),
            "{said}"
        );
    }
    let again = format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}; REVOKE INSERT ON journal FROM {role}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(again)).execute(&mut owner).await.expect("granted again");
    for table in ["journal", "attempt"] {
        let sql = sqlx::AssertSqlSafe(format!("{READS} {table}"));
        sqlx::query_scalar::<_, String>(sql).fetch_one(&mut reader).await.expect("granted again");
    }
    // Whoever may do everything but write the journal records nothing, and hears which table it is.
    let store =
        Store::open(&Where::Postgres(database.url.replacen("dondoc@", &format!("{role}@"), 1))).await.expect("it may read");
    let mut tx = store.begin().await.expect("a writer");
    let refused =
        append(&mut tx, &[Entry::new(at(1), "later", serde_json::json!({ "v": 1 }))]).await.expect_err("no right to it");
    assert!(matches!(refused, StoreError::Denied { .. }), "{refused}");
    assert!(refused.to_string().contains("permission denied for table journal"), "{refused}");
    drop(tx);
    store.close().await;
    let gone = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(gone)).execute(&mut owner).await.expect("gone");
}
