//! The engine itself, on both databases: scenarios on a clock that is set by hand, through the verbs the daemon calls.

mod chaos;
mod clock;
mod delivery;
mod explain;
mod foretold;
mod holidays;
#[path = "../support/house.rs"]
mod house;
mod people;
mod poison;
#[path = "../support/postgres.rs"]
mod postgres;
mod replay;
mod replicas;
mod replies;
mod sent;
mod silences;
mod steps;
mod storm;
mod templates;
mod vouched;

use dondoc::engine::import::Mode;
use dondoc::engine::succeed::{Change, succeed};
use dondoc::store::{Store, Where};
use house::House;

/// Six people of three units, and one directive of one of them, due on Friday 20/10/2023.
pub const OFFICE: &str = r#"
[[unit]]
id = "ubnd"
name = "UBND phường"
[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
parent = "ubnd"
supervisor = "position:pct-vx@ubnd"
[[unit]]
id = "tckh"
name = "Phòng Tài chính"
parent = "ubnd"
supervisor = "position:pct-vx@ubnd"
[[person]]
id = "an"
name = "Nguyễn Văn An"
email = "an@example.org"
telegram = 1001
prefer = ["telegram", "email"]
[[person]]
id = "binh"
name = "Trần Văn Bình"
email = "binh@example.org"
[[person]]
id = "chi"
name = "Lê Thị Chi"
email = "chi@example.org"
[[person]]
id = "lan"
name = "Phạm Thị Lan"
email = "lan@example.org"
[[person]]
id = "phuc"
name = "Hoàng Văn Phúc"
email = "phuc@example.org"
[[person]]
id = "mai"
name = "Vũ Thị Mai"
email = "mai@example.org"
[[person]]
id = "truc"
name = "Đỗ Thị Trực"
email = "truc@example.org"
[[appointment]]
person = "an"
unit = "pnv"
position = "head"
title = "Trưởng phòng Nội vụ"
from = 2020-01-01
[[appointment]]
person = "chi"
unit = "pnv"
position = "deputy"
from = 2020-01-01
[[appointment]]
person = "binh"
unit = "tckh"
position = "head"
from = 2020-01-01
[[appointment]]
person = "lan"
unit = "ubnd"
position = "head"
from = 2020-01-01
[[appointment]]
person = "phuc"
unit = "ubnd"
position = "pct-vx"
from = 2020-01-01
[[appointment]]
person = "mai"
unit = "ubnd"
position = "theo-doi"
from = 2020-01-01
[[dispatch]]
number = "4988/UBND"
issuer = "UBND quận"
date = 2023-10-02
"#;

/// A directive; `more` are further lines of it.
pub fn directive(clause: &str, title: &str, leads: &str, more: &str) -> String {
    format!("[[directive]]\ndispatch = \"4988/UBND\"\nclause = \"{clause}\"\ntitle = \"{title}\"\nlead = [{leads}]\n{more}\n")
}

/// The office and one directive of the unit An leads, due on Friday 20/10/2023.
pub fn one_duty() -> String {
    format!("{OFFICE}{}", directive("1", "Báo cáo quý", "\"pnv\"", "deadline = 2023-10-20"))
}

/// A config with one policy of these steps.
pub fn policy(steps: &str) -> String {
    format!("[[policy]]\nname = \"chung\"\n{steps}\n[[route]]\npolicy = \"chung\"\n")
}

/// A step: `name`, `when`, `to`, and further lines.
pub fn step(name: &str, when: &str, to: &str, more: &str) -> String {
    format!("[[policy.step]]\nname = \"{name}\"\nwhen = \"{when}\"\nto = [{to}]\n{more}\n")
}

/// One step: told when assigned.
pub fn told_when_assigned() -> String {
    policy(&step("giao", "on assignment", "\"assignee\"", ""))
}

/// Tells the same story on SQLite and, where it is installed, on PostgreSQL.
///
/// # Panics
/// When the story does.
pub async fn on_both(story: impl AsyncFn(Store)) {
    story(Store::scratch().await.expect("a folder for temporary files")).await;
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    story(store.clone()).await;
    store.close().await;
}

/// The state of every message, in order: channel, state, reason.
pub async fn messages(house: &House) -> Vec<String> {
    house.rows("SELECT channel, state, reason FROM message ORDER BY id").await
}

/// The state of every reminder of a step, in order.
pub async fn reminders(house: &House, step: &str) -> Vec<String> {
    house.rows(&format!("SELECT state FROM reminder WHERE step = '{step}' ORDER BY id")).await
}

/// One unit takes over everything of another, today.
///
/// # Panics
/// When that is refused, or nothing goes over.
pub async fn merge(house: &House, from: &str, into: &str) {
    let mut connection = house.engine.store.read().acquire().await.expect("a connection");
    let directory = dondoc::store::directory::load(&mut connection).await.expect("units");
    drop(connection);
    let unit = |code: &str| directory.unit_by_code(code).unwrap_or_else(|| panic!("no unit {code:?}")).id;
    let change = Change::Merge { from: vec![unit(from)], into: unit(into) };
    let now = house.clock.now();
    let today = house.engine.rules.calendar.date_of(now);
    let done = succeed(&house.engine, &change, today, "cli:test", Mode::Apply, now).await.expect("a store");
    assert!(done.is_ok_and(|done| !done.moved.is_empty()), "{from} into {into}");
}
