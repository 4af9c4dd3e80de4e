//! Four months on a virtual clock, through the whole engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};

use super::Stop;
use super::screen::Screen;
use super::script::{self, Answer, DISPATCH, Scope};
use crate::channel::Door;
use crate::channel::folder::Folder as FolderDoor;
use crate::channel::mime::Sender;
use crate::clock::Clock;
use crate::config::{Config, Credentials, Surroundings};
use crate::diagnostic::Source;
use crate::domain::delivery::Parcel;
use crate::domain::directive::AssignmentName;
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;
use crate::engine::deliver::Claimed;
use crate::engine::drive::{self, Witness};
use crate::engine::import::{self, Mode};
use crate::engine::reply::{self, Replied, Request};
use crate::engine::{Engine, rules};
use crate::facts::{self, Facts};
use crate::store::queries::{self, ListFilter, ListRow};
use crate::store::{Store, directory, meta, naming};
use crate::tree::say;

/// The rules of the example.
pub const CONFIG: &str = include_str!("rules.toml");
const FACTS: [(&str, &str); 3] = [
    ("to-chuc.toml", include_str!("../../../examples/go-vap-2023/to-chuc.toml")),
    ("cong-van-4988.toml", include_str!("../../../examples/go-vap-2023/cong-van-4988.toml")),
    ("so-lieu.toml", include_str!("../../../examples/go-vap-2023/so-lieu.toml")),
];

/// The day of the dispatch; the virtual clock starts at its opening.
pub const FIRST_DAY: Date = date(2023, 10, 5);
/// The clause of the first and third act.
pub const DISPATCH_CLAUSE: &str = "1.e";
/// The last day that is played.
pub const LAST_DAY: Date = date(2024, 1, 31);

/// A message as it left.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// What left.
    pub parcel: Parcel,
}

/// What a replay leaves: the store, and every message in the order they left.
#[derive(Debug)]
pub struct Played {
    /// The engine, with its store and rules.
    pub engine: Engine,
    /// Every message.
    pub sent: Vec<Sent>,
    /// How many answers came in.
    pub answers: usize,
    /// The end of the last day.
    pub end: Timestamp,
}

#[derive(Default)]
struct Seen(Vec<Sent>);

impl Witness for Seen {
    fn leaves(&mut self, claimed: &Claimed, now: Timestamp) {
        self.0.push(Sent { at: now, parcel: claimed.parcel.clone() });
    }
}

/// Something that comes in from outside.
enum Incoming {
    Figure(Box<Facts>),
    Answer(Box<Answer>),
}

/// Plays the example; every message is written to `outbox`.
pub async fn play(folder: &Path, language: Language, screen: &Screen) -> Result<Played, Stop> {
    let config = config(folder, language)?;
    let outbox = config.outbox.clone().ok_or_else(|| Stop::embedded("no outbox"))?;
    let rules = Arc::new(config.rules);
    let calendar = rules.calendar.clone();
    let local = |at: DateTime| calendar.time_zone().to_timestamp(at).map_err(Stop::embedded);
    let opening = local(FIRST_DAY.at(7, 30, 0, 0))?;
    let store = Store::scratch().await?;
    name_the_store(&store).await?;
    let engine = Engine::new(store, Arc::clone(&rules), vec![ChannelKind::Email, ChannelKind::Telegram]);
    rules::apply(&engine, opening).await?;
    let mut coming = Vec::new();
    let mut all = read(&rules, language)?;
    for figure in std::mem::take(&mut all.figures) {
        let known = calendar.nth_working_day_after(figure.value.as_of, 1);
        let at = local(known.at(7, 30, 0, 0))?.max(opening);
        coming.push((at, Incoming::Figure(Box::new(Facts { figures: vec![figure], ..Facts::default() }))));
    }
    import_facts(&engine, &all, opening).await?;
    for answer in script::answers() {
        coming.push((local(answer.at)?, Incoming::Answer(Box::new(answer))));
    }
    coming.sort_by_key(|(at, _)| *at);
    let sender = Sender::new(Some("Theo dõi nhiệm vụ"), "dondoc@example.org").map_err(Stop::embedded)?;
    let door = || Door::Folder(FolderDoor::new(outbox.clone(), sender.clone()));
    let mut doors: BTreeMap<ChannelKind, Door> = engine.channels.iter().map(|channel| (*channel, door())).collect();
    let clock = Clock::virtual_at(opening);
    let mut seen = Seen::default();
    let mut answers = 0;
    let mut coming = coming.into_iter().peekable();
    let mut day = FIRST_DAY;
    while day <= LAST_DAY {
        let end = local(day.at(23, 59, 59, 0))?;
        while let Some((at, incoming)) = coming.next_if(|(at, _)| *at <= end) {
            // Figures of before the first day are known with the facts, before anything leaves.
            if at > opening {
                drive::run_until(&engine, &mut doors, &clock, at, &mut seen).await?;
            }
            match incoming {
                Incoming::Figure(facts) => import_facts(&engine, &facts, at).await?,
                Incoming::Answer(answer) => {
                    give(&engine, &answer, at).await?;
                    answers += 1;
                }
            }
        }
        drive::run_until(&engine, &mut doors, &clock, end, &mut seen).await?;
        screen.day(&counter(day, seen.0.len(), answers, language)).await?;
        day = day.tomorrow().map_err(Stop::embedded)?;
    }
    screen.end_days()?;
    let end = local(LAST_DAY.at(23, 59, 59, 0))?;
    Ok(Played { engine, sent: seen.0, answers, end })
}

fn counter(day: Date, sent: usize, answers: usize, language: Language) -> String {
    let day = super::words::day(day);
    say!(language, "  {day}  {sent:>4} tin đã gửi  {answers:>4} phản hồi", "  {day}  {sent:>4} messages  {answers:>4} replies")
}

/// The same id each time, so that two demos give their messages the same keys.
async fn name_the_store(store: &Store) -> Result<(), Stop> {
    let mut tx = store.begin().await?;
    meta::set(&mut tx, meta::STORE_ID, "dondoc-demo").await?;
    tx.commit().await?;
    Ok(())
}

fn config(folder: &Path, language: Language) -> Result<Config, Stop> {
    let around = Surroundings {
        folder: folder.to_owned(),
        credentials: Credentials::default(),
        today: FIRST_DAY,
        language: Some(language),
    };
    let (config, problems) = Config::parse(CONFIG, &around);
    config.ok_or_else(|| Stop::embedded(format!("{problems:?}")))
}

fn read(rules: &crate::domain::rules::Rules, language: Language) -> Result<Facts, Stop> {
    let sources = FACTS.map(|(name, text)| Source::of_text(name, text));
    let (facts, problems) = facts::read(&sources, language, &rules.calendar, &facts::Known::default());
    if problems.iter().any(crate::diagnostic::Diagnostic::is_error) {
        return Err(Stop::embedded(format!("{problems:?}")));
    }
    Ok(facts)
}

async fn import_facts(engine: &Engine, facts: &Facts, now: Timestamp) -> Result<(), Stop> {
    let report = import::import(&engine.store, facts, &engine.rules, now, "demo", Mode::Apply).await?;
    if report.outcome == import::Outcome::Stored { Ok(()) } else { Err(Stop::embedded(format!("{:?}", report.problems))) }
}

/// Gives an answer through the one door, to one assignment or to all of a unit's.
async fn give(engine: &Engine, answer: &Answer, now: Timestamp) -> Result<(), Stop> {
    let mut connection = engine.store.read().acquire().await?;
    let directory = directory::load(&mut connection).await?;
    let person = |code: &str| directory.person_by_code(code).ok_or_else(|| Stop::embedded(format!("no person {code}")));
    let by = person(answer.by)?;
    let assignments: Vec<i64> = match answer.to {
        Scope::Clause(clause, unit) => vec![find(&mut connection, clause, unit).await?.id],
        Scope::Everything(unit) => {
            let unit = directory.unit_by_code(unit).ok_or_else(|| Stop::embedded(format!("no unit {unit}")))?;
            let filter = ListFilter { units: vec![unit.id], ..ListFilter::default() };
            queries::list(&mut connection, &filter).await?.into_iter().map(|row| row.id).collect()
        }
    };
    drop(connection);
    let with = &answer.with;
    let by_button = by.telegram.is_some() && with.heard_by.is_none_or(|heard| heard == "phone");
    let mut request = Request::new(answer.kind, by.id, if by_button { "telegram" } else { "cli" });
    request.on = with.on;
    request.until = with.until;
    request.percent = with.percent;
    request.document = with.document.map(str::to_owned);
    request.note = with.note.map(str::to_owned);
    request.basis = with.basis.map(str::to_owned);
    request.heard_by = with.heard_by.filter(|_| !by_button).map(str::to_owned);
    request.to = with.to.map(person).transpose()?.map(|person| person.id);
    for id in &assignments {
        match reply::reply(engine, *id, &request, now).await? {
            Replied::Changed(_) | Replied::Unchanged(_) | Replied::Waits(_) => {}
            Replied::Refused(why) => return Err(Stop::embedded(format!("{answer:?}: {why}"))),
            Replied::NoTarget => return Err(Stop::embedded(format!("{answer:?}: no target"))),
        }
    }
    Ok(())
}

/// The assignment of that clause and unit.
pub async fn find(connection: &mut sqlx::AnyConnection, clause: &str, unit: &str) -> Result<ListRow, Stop> {
    let name = format!("{DISPATCH}#{clause}@{unit}");
    let parsed = AssignmentName::parse(&name).ok_or_else(|| Stop::embedded(&name))?;
    let id = naming::find_assignment(connection, &parsed).await?;
    queries::list_one(connection, id).await?.ok_or_else(|| Stop::embedded(&name))
}
