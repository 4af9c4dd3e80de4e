//! Drafts of a dispatch as facts: what nobody agreed to is no row, and what was agreed to keeps its words, on both databases.

use dondoc::engine::import::Outcome;
use dondoc::engine::propose::recorded;
use dondoc::store::{Store, Where};

use super::office::{SMALL, Tested, codes};
use super::postgres;

const DRAFT: &str = r#"
[[dispatch]]
number = "45/UBND-VX"
issuer = "UBND phường"
date = 2023-10-05

[[alias]]
name = "Phòng một cửa"
unit = "vp"

[[directive]]
agreed = true
clause = "1.a"
title = "Rà soát"
lead = ["vp"]
deadline = 2023-12-31
deadline_wording = "trong Quý IV/2023"
quote = { text = "Rà soát thủ tục trong Quý IV/2023", file = "cv.txt", digest = "ab12", line = 7, start = 100, end = 140 }

[[directive]]
agreed = false
clause = "1.b"
title = ""
lead = ["nobody"]
deadline = "hôm nào đó"
"#;

async fn told(store: &Store) {
    let mut office = Tested::of(store.clone());
    office.import(&[SMALL]).await;
    for turn in 0..2 {
        let done = office.import(&[DRAFT]).await;
        assert_eq!(done.report.outcome, Outcome::Stored, "{:?} {:?}", done.reading, done.report.problems);
        assert_eq!((done.report.added.directives, done.report.changed.units), if turn == 0 { (1, 1) } else { (0, 0) });
        assert_eq!((done.report.changed.directives, codes(&done.reading)), (0, vec![]));
    }
    let kept = "SELECT clause, deadline_text, deadline_kind, deadline_from, text, quote, quote_file, quote_digest, quote_line, quote_start, quote_end FROM directive WHERE clause = '1.a'";
    let words = "Rà soát thủ tục trong Quý IV/2023";
    assert_eq!(
        office.rows(kept).await,
        [format!("1.a | trong Quý IV/2023 | within | 2023-10-01 | {words} | {words} | cv.txt | ab12 | 7 | 100 | 140")]
    );
    // A file of units knows nothing of the name that was learned, and does not take it away.
    office.import(&[SMALL]).await;
    assert_eq!(office.rows("SELECT learned FROM unit WHERE code = 'vp'").await, ["[\"Phòng một cửa\"]"]);
    // A row without a quote keeps the recorded one; another day than the words say is the office's own.
    let plain = "[[directive]]\ndispatch = \"45/UBND-VX\"\nclause = \"1.a\"\ntitle = \"Rà soát lại\"\nlead = [\"vp\"]\ndeadline = 2023-12-20\ndeadline_wording = \"trong Quý IV/2023\"\n";
    assert_eq!(office.import(&[plain]).await.report.outcome, Outcome::Stored);
    let now = "SELECT title, deadline_text, deadline_kind, quote FROM directive WHERE clause = '1.a'";
    assert_eq!(office.rows(now).await, [format!("Rà soát lại | 2023-12-20 | by | {words}")]);
    let known = dondoc::engine::import::known_facts(store).await.expect("a readable store");
    let dispatch = known.dispatches.iter().find(|one| one.number == "45/UBND-VX").expect("recorded");
    let held = recorded(&mut store.read().acquire().await.expect("a connection"), dispatch).await.expect("a readable store");
    let one = &held["1.a"];
    assert_eq!((one.quote.as_deref(), one.lead.as_slice()), (Some(words), &["vp".to_owned()][..]));
    // A dispatch that has become secret loses the words and their place.
    let secret = "[[dispatch]]\nnumber = \"45/UBND-VX\"\nissuer = \"UBND phường\"\ndate = 2023-10-05\nsecrecy = \"mat\"\n";
    assert_eq!(office.import(&[secret]).await.report.outcome, Outcome::Stored);
    let left =
        "SELECT text, quote, quote_file, quote_digest, quote_line, quote_start, quote_end FROM directive WHERE clause = '1.a'";
    assert_eq!(office.rows(left).await, ["∅ | ∅ | ∅ | ∅ | ∅ | ∅ | ∅"]);
    assert!(office.rows("SELECT seq FROM journal WHERE detail LIKE '%Rà soát thủ tục%'").await.is_empty());
    let refused = office.import(&[&DRAFT.replace("date = 2023-10-05", "date = 2023-10-05\nsecrecy = \"mat\"")]).await;
    assert!(codes(&refused.reading).contains(&"secret-text"), "{:?}", refused.reading);
}

#[tokio::test]
async fn a_draft_is_taken_row_by_row_and_keeps_the_words_of_its_dispatch() {
    told(&Store::scratch().await.expect("a scratch store")).await;
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    told(&store).await;
    store.close().await;
}
