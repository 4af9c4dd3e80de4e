//! Secret dispatches: a code, a deadline, people, and nothing else.

use dondoc::diagnostic::{self, Labels, Paint, Source};
use dondoc::engine::import::Outcome;

use super::office::{SMALL, Tested, codes, differences};

const SECRET: &str = r#"
[[dispatch]]
number = "7/MAT"
issuer = "UBND phường"
date = 2023-10-02
secrecy = "mat"
subject = "CANARY trích yếu"

[[directive]]
dispatch = "7/MAT"
clause = "1"
title = "CANARY nội dung"
text = "CANARY nguyên văn"
lead = ["vp"]
deadline = 2023-12-29
"#;

#[tokio::test]
async fn the_text_of_a_secret_dispatch_reaches_neither_store_nor_screen() {
    let mut office = Tested::with(SMALL).await;
    for broken in [
        "",
        "\ntitle = CANARY không có dấu nháy\n",
        "\n[[directive]]\ndispatch = \"7/MAT\"\nclause = \"1\"\ntilte = \"CANARY\"\nlead = [\"vp\"]\n",
    ] {
        let text = format!("{SECRET}{broken}");
        let told = office.import(&[&text]).await;
        assert!(told.reading.iter().filter(|problem| problem.code == "secret-text").count() >= 3, "{:?}", told.reading);
        let sources = [Source::of_text("mat.toml", &text)];
        let shown = diagnostic::render(&told.reading, &sources, Paint::Plain, Labels::VI);
        assert!(!shown.contains("CANARY") && shown.contains("dòng 7: "), "{shown}");
        assert!(!format!("{:?}{:?}", told.reading, told.report).contains("CANARY"));
        assert!(!office.dump().await.contains("CANARY"));
    }
    let clean: String = SECRET.lines().filter(|line| !line.contains("CANARY")).map(|line| format!("{line}\n")).collect();
    let told = office.import(&[&clean]).await;
    assert_eq!((told.report.outcome, told.report.added.assignments), (Outcome::Stored, 1), "{:?}", told.reading);
    assert_eq!(office.rows("SELECT title, text FROM directive WHERE title LIKE '7/%'").await, ["7/MAT#1 | ∅"]);
    // The dispatch is known by now: a directive that comes in another file is held to it.
    let told =
        office.import(&["[[directive]]\ndispatch = \"7/MAT\"\nclause = \"2\"\ntitle = \"CANARY\"\nlead = [\"vp\"]\n"]).await;
    assert_eq!(codes(&told.reading), ["secret-text"]);
    assert!(told.reading[0].is_covered);
    assert!(!office.dump().await.contains("CANARY"));
}

#[tokio::test]
async fn a_dispatch_that_becomes_secret_loses_its_texts_but_keeps_its_deadlines() {
    let canary = SMALL.replace("Báo cáo quý", "CANARY").replace("date = 2023-10-02", "date = 2023-10-02\nsubject = \"CANARY\"");
    let mut office = Tested::with(&canary).await;
    assert!(office.dump().await.contains("CANARY"));
    let told = office
        .import(&["[[dispatch]]\nnumber = \"12/UBND-VP\"\nissuer = \"UBND phường\"\ndate = 2023-10-02\nsecrecy = \"mat\"\n"])
        .await;
    assert_eq!(told.report.changed.dispatches, 1);
    assert!(!differences(&told.report).contains("CANARY"));
    assert!(!office.dump().await.contains("CANARY"));
    assert_eq!(
        office.rows("SELECT title, deadline_last_day FROM directive WHERE clause = '1'").await,
        ["12/UBND-VP#1 | 2023-12-29"]
    );
}
