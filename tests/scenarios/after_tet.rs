//! F49: ten thousand duties that are due at one opening, the first after Tết.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use dondoc::store::Store;
use sqlx::Row as _;

use super::scenario::{Office, Scenario, accepted, assert_laws, local};

const UNITS: usize = 40;
const DUTIES: usize = 250;

/// Forty units, each with a head and 250 duties that are due on 15/02/2024; Tết was from 8 to 14 February.
fn text() -> String {
    let mut facts = String::new();
    let mut lead = Vec::new();
    for unit in 0..UNITS {
        let _ = write!(
            facts,
            "[[unit]]\nid = \"u{unit}\"\nname = \"Phòng {unit}\"\n[[person]]\nid = \"p{unit}\"\nname = \"Nguyễn Thử {unit}\"\n\
             email = \"p{unit}@example.org\"\n[[appointment]]\nperson = \"p{unit}\"\nunit = \"u{unit}\"\nposition = \"head\"\n"
        );
        lead.push(format!("\"u{unit}\""));
    }
    for duty in 1..=DUTIES {
        let _ = write!(
            facts,
            "[[directive]]\ndispatch = \"1/VP\"\nclause = \"{duty}\"\ntitle = \"Việc số {duty}\"\nlead = [{}]\ndeadline = 2024-02-15\n",
            lead.join(", ")
        );
    }
    format!(
        "=== config\n[[policy]]\nname = \"p\"\n[[policy.step]]\nname = \"den-han\"\nlabel = \"Đến hạn\"\nwhen = \"on deadline at 08:00\"\n\
         to = [\"assignee\"]\n[[route]]\npolicy = \"p\"\n=== facts\n{facts}=== timeline\n2024-02-01 07:30 import\n2024-02-15 12:00 end\n"
    )
}

#[tokio::test]
async fn ten_thousand_duties_due_after_tet_are_one_message_for_each_person() {
    let scenario = Scenario::parse(&text());
    let began = Instant::now();
    let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
    let lived = began.elapsed();
    assert_laws(&office.engine).await;
    let sent = accepted(&office.engine).await;
    let mut carried: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for said in &sent {
        assert_eq!(said.at, local("2024-02-15 08:00"), "nothing leaves at Tết, nothing late: {}", said.to);
        let (messages, duties) = carried.entry(&said.to).or_default();
        *messages += 1;
        *duties += said.reminders.len();
    }
    assert_eq!(carried.len(), UNITS);
    assert!(carried.values().all(|counts| *counts == (1, DUTIES)), "{carried:?}");
    let sql = "SELECT state, COUNT(*) AS many FROM reminder GROUP BY state";
    let row = sqlx::query(sql).fetch_all(office.engine.store.read()).await.expect("reminders").remove(0);
    let (state, many): (String, i64) = (row.get("state"), row.get("many"));
    assert_eq!((state.as_str(), many), ("delivered", 10_000));
    println!("{} duties of {UNITS} people: {} messages; import, planning and sending took {lived:?}", UNITS * DUTIES, sent.len());
}
