//! The same facts say the same on SQLite and on PostgreSQL.

use dondoc::engine::import::Outcome;
use dondoc::store::verify::verify;
use dondoc::store::{Store, Where};

use super::office::{SMALL, Tested, differences};
use super::{DISPATCH, FIGURES, ORGANISATION, postgres};

async fn story(store: &Store) -> String {
    let mut office = Tested::of(store.clone());
    let told =
        "INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason)
        SELECT id, 'giao', 'assignment', 1, 'p', 0, 0, 'delivered', 'moment-came', 'moment-came' FROM assignment";
    let waiting = SMALL.replace("clause = \"2\"", "clause = \"2\"\ndeadline = \"05 ngày làm việc kể từ ngày nhận được\"");
    let changed = waiting
        .replace("date = 2023-10-02", "date = 2023-10-02\nreceived = 2023-10-03")
        .replace("lead = [\"vp\"]", "lead = [\"vp\", \"ubnd\"]\ncoordinating = [\"ubnd\"]\nassignee = \"binh\"")
        .replace(
            "clause = \"1\"",
            "clause = \"1\"\nsupervisor = \"person:binh\"\nstate = { work = \"in_progress\", percent = 40, note = \"đã có dự thảo\" }",
        );
    let later = changed.replace("deadline = 2023-12-29", "deadline = 2024-01-15");
    let extension = "[[extension]]\ndirective = \"12/UBND-VP#1\"\ndeadline = 2024-01-31\nbasis = \"20/UBND\"\n";
    let secret = "[[dispatch]]\nnumber = \"12/UBND-VP\"\nissuer = \"UBND phường\"\ndate = 2023-10-02\nreceived = 2023-10-03\nsecrecy = \"mat\"\n";
    let mut out = String::new();
    let texts: [&[&str]; 8] = [
        &[ORGANISATION, DISPATCH, FIGURES],
        &[ORGANISATION, DISPATCH, FIGURES],
        &[&waiting],
        &[&changed],
        &[&later],
        &[extension],
        &[extension],
        &[secret],
    ];
    for (step, texts) in texts.into_iter().enumerate() {
        let report = office.import(texts).await.report;
        assert_eq!(report.outcome == Outcome::Refused, step == 4, "{step}: {:?}", report.problems);
        out.push_str(&format!("{step} {:?} {:?}\n{}", report.added, report.unchanged, differences(&report)));
        if step == 3 {
            office.sql(told).await;
        }
    }
    let report = verify(store).await.expect("a readable journal");
    assert_eq!(report.first_bad, None);
    out
}

#[tokio::test]
async fn both_databases_tell_the_same_story() {
    let on_sqlite = story(&Store::scratch().await.expect("a scratch store")).await;
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    assert_eq!(story(&store).await, on_sqlite);
    store.close().await;
}
