//! What was seen of a run: everything transmitted, said and lost, in order; and what of it breaks an invariant.

use std::collections::{BTreeMap, BTreeSet};

use dondoc::domain::delivery::Verdict;
use dondoc::engine::{Engine, plan as planning};
use dondoc::store::verify::verify;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use crate::oracle::witness;
use crate::plan::Plan;
use crate::run::local;
use crate::world::{Assignment, Channel, Member, Verdict as Seen};
use crate::{agrees, invariant};

/// A transmission.
#[derive(Clone, Debug)]
pub struct Wire {
    pub message: i64,
    pub key: String,
    pub attempt: i64,
    pub channel: Channel,
    pub address: String,
    pub subject: String,
    pub text: String,
    pub answer: Seen,
    /// The daemon lived to hear the answer.
    pub is_known: bool,
    pub person: String,
    pub members: Vec<Member>,
    /// For each member the moment it is meant for, and whether a lower rung was neither told nor given up.
    pub moments: Vec<(i64, bool)>,
    /// What the clock on the wall showed.
    pub wall: Timestamp,
    /// When its claim was committed.
    pub claimed: Timestamp,
}

#[derive(Clone, Debug)]
pub enum Said {
    /// An event of the world, and whether it changed anything.
    Event {
        place: usize,
        took: bool,
    },
    Sent(Box<Wire>),
    /// The verdict of a transmission is committed.
    Marked {
        message: i64,
        attempt: i64,
        verdict: Verdict,
        wall: Timestamp,
    },
    /// Nobody will hear the answer to a transmission, or it could not be recorded.
    Lost {
        message: i64,
        attempt: i64,
    },
    /// Whoever had claimed it ended, or was shut out, before transmitting it.
    Unsent {
        message: i64,
        channel: Channel,
        person: String,
        members: Vec<Member>,
    },
    Up {
        replica: usize,
    },
    Ended {
        replica: usize,
        point: Option<String>,
    },
    /// From now on no daemon runs: all are down or stand still.
    Idle,
    /// At least one runs again.
    Busy,
    /// From now on the clock on the wall shows so many seconds more.
    Clock {
        secs: i64,
    },
}

/// A reminder as it stands at the end.
#[derive(Clone, Debug)]
pub struct Reminder {
    pub id: i64,
    pub assignment: Assignment,
    pub step: String,
    pub anchor: String,
    pub occurrence: i64,
    pub state: String,
    pub why: String,
    pub reason: String,
    pub due: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: String,
    pub assignment: Option<i64>,
    pub message: Option<String>,
    pub digest: Option<String>,
    pub detail: String,
    pub at: i64,
    pub actor: Option<String>,
}

/// The number under which the oracle speaks; the invariants have those below.
pub const ORACLE: u8 = 27;

/// A broken invariant, by its number in the list of the promises; 0 is a failure of the engine itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub invariant: u8,
    pub what: String,
}

#[derive(Default)]
pub struct Record {
    pub said: Vec<(Timestamp, Said)>,
    pub violations: Vec<Violation>,
    /// How often each trouble really came about.
    pub fired: BTreeMap<&'static str, u64>,
    /// Where a daemon ended.
    pub points: BTreeSet<String>,
    /// Where the work of each assignment stands after the last reply that changed it.
    pub works: BTreeMap<Assignment, &'static str>,
    pub reminders: Vec<Reminder>,
    /// `(id, key, state, reason, attempts)`.
    pub messages: Vec<(i64, String, String, String, i64)>,
    /// Reminders with a part that is to be packed, or is in a message that is not final.
    pub on_their_way: BTreeSet<i64>,
    pub journal: Vec<Entry>,
    pub hash: String,
    /// Messages whose answer is still to come at the end.
    pub on_the_wire: BTreeSet<i64>,
    /// At the end every daemon runs.
    pub is_up: bool,
}

impl Record {
    pub fn say(&mut self, at: Timestamp, said: Said) {
        self.said.push((at, said));
    }

    pub fn fired(&mut self, name: &'static str) {
        *self.fired.entry(name).or_default() += 1;
    }

    pub fn violation(&mut self, invariant: u8, what: String) {
        self.violations.push(Violation { invariant, what });
    }

    pub fn is_broken(&self) -> bool {
        !self.violations.is_empty()
    }

    /// What stands in the store at the end.
    pub async fn look_at_the_store(&mut self, engine: &Engine, assignments: &BTreeMap<i64, Assignment>, wall: Timestamp) {
        let store = &engine.store;
        let sql = "SELECT id, assignment_id, step, anchor, occurrence, state, why, reason, due_at_ms FROM reminder ORDER BY id";
        for row in sqlx::query(sql).fetch_all(store.read()).await.expect("reminders") {
            self.reminders.push(Reminder {
                id: row.get(0),
                assignment: assignments[&row.get::<i64, _>(1)].clone(),
                step: row.get(2),
                anchor: row.get(3),
                occurrence: row.get(4),
                state: row.get(5),
                why: row.get(6),
                reason: row.get(7),
                due: Timestamp::from_millisecond(row.get(8)).expect("an instant"),
            });
        }
        let sql = "SELECT i.reminder_id FROM message_item i LEFT JOIN message m ON m.id = i.message_id
                   WHERE i.state = 'open' AND (m.id IS NULL OR m.state IN ('queued', 'deferred', 'uncertain', 'sending'))";
        for row in sqlx::query(sql).fetch_all(store.read()).await.expect("items") {
            self.on_their_way.insert(row.get(0));
        }
        let sql = "SELECT id, key, state, reason, attempts FROM message ORDER BY id";
        for row in sqlx::query(sql).fetch_all(store.read()).await.expect("messages") {
            self.messages.push((row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
        }
        let loose = "SELECT COUNT(*) FROM message_item WHERE state = 'open'";
        let loose: i64 = sqlx::query_scalar(loose).fetch_one(store.read()).await.expect("a count");
        if loose > 0 && self.is_all_settled() {
            self.violation(1, format!("{loose} items wait for nothing"));
        }
        match verify(store).await {
            Ok(verified) if verified.first_bad.is_none() => {}
            Ok(verified) => self.violation(19, format!("the journal does not verify: {:?}", verified.first_bad)),
            Err(error) => self.violation(19, format!("the journal does not verify: {error}")),
        }
        let sql = "SELECT kind, assignment_id, message_key, config_digest, detail, at_ms, seq, actor FROM journal ORDER BY seq";
        for (place, row) in sqlx::query(sql).fetch_all(store.read()).await.expect("a journal").iter().enumerate() {
            if row.get::<i64, _>(6) != i64::try_from(place).expect("few") + 1 {
                self.violation(19, format!("the journal has a gap before its row {}", row.get::<i64, _>(6)));
            }
            let (kind, assignment, message): (String, _, _) = (row.get(0), row.get(1), row.get(2));
            if kind.starts_with("guard-") {
                self.violation(1, format!("nobody paused and nothing was copied, and yet: {kind} {}", row.get::<String, _>(4)));
            }
            let (digest, detail, at, actor) = (row.get(3), row.get(4), row.get(5), row.get(7));
            self.journal.push(Entry { kind, assignment, message, digest, detail, at, actor });
        }
        self.look_at_next_checks(engine, wall).await;
    }

    /// Whether each assignment is looked at no later than a fresh plan says; asked while nothing is left to do.
    pub async fn look_at_next_checks(&mut self, engine: &Engine, wall: Timestamp) {
        match planning::audit_next_checks(engine, wall).await {
            Ok(0) => {}
            Ok(wrong) => self.violation(1, format!("{wrong} assignments would not have been looked at in time")),
            Err(error) => self.violation(0, format!("the engine failed: {error}")),
        }
    }

    fn is_all_settled(&self) -> bool {
        self.messages.iter().all(|(_, _, state, ..)| matches!(state.as_str(), "accepted" | "refused" | "cancelled" | "held"))
            && self.reminders.iter().all(|one| !matches!(one.state.as_str(), "queued" | "carried"))
    }

    /// Judges it, and names the whole run by one hash.
    pub fn finish(&mut self, plan: &Plan) {
        let found = invariant::check(plan, self);
        self.violations.extend(found);
        if std::env::var_os("DONDOC_WITNESS").is_some() {
            let wrong = witness::judge(&plan.world, &agrees::seen(self));
            self.violations.extend(wrong.into_iter().map(|what| Violation { invariant: ORACLE, what }));
        }
        let mut hasher = Sha256::new();
        for (at, said) in &self.said {
            if let Said::Sent(wire) = said {
                let line = format!("{at}|{}|{}|{:?}|{}|{}\n", wire.key, wire.attempt, wire.channel, wire.address, wire.text);
                hasher.update(line);
            }
        }
        for entry in &self.journal {
            // The ids of incarnations are drawn by the system.
            let detail = if entry.kind == "replica-fenced" { "" } else { entry.detail.as_str() };
            hasher.update(format!(
                "{}|{}|{:?}|{:?}|{:?}|{detail}\n",
                entry.at, entry.kind, entry.assignment, entry.message, entry.digest
            ));
        }
        self.hash = data_encoding::HEXLOWER.encode(&hasher.finalize());
        self.hash.truncate(16);
    }

    pub fn sent(&self) -> impl Iterator<Item = (Timestamp, &Wire)> {
        self.said.iter().filter_map(|(at, said)| if let Said::Sent(wire) = said { Some((*at, &**wire)) } else { None })
    }

    /// The whole run in lines, for people.
    pub fn trace(&self, plan: &Plan) -> String {
        let mut text = String::new();
        for (at, said) in &self.said {
            let line = match said {
                Said::Event { place, took } => {
                    let word = if *took { "" } else { " (changes nothing)" };
                    format!("{:?}{word}", plan.world.events[*place].act)
                }
                Said::Sent(wire) => {
                    let members: Vec<String> = wire
                        .members
                        .iter()
                        .map(|one| {
                            format!(
                                "{}@{} {} {} #{} {}",
                                one.assignment.duty + 1,
                                one.assignment.unit,
                                one.step,
                                one.anchor,
                                one.occurrence,
                                one.kind
                            )
                        })
                        .collect();
                    let heard = if wire.is_known { "" } else { ", unheard" };
                    format!(
                        "    sends {} #{} to {} by {:?}: {:?}{heard} [{}]",
                        &wire.key[..6],
                        wire.attempt,
                        wire.person,
                        wire.channel,
                        wire.answer,
                        members.join("; ")
                    )
                }
                Said::Marked { message, attempt, verdict, .. } => format!("    records {message} #{attempt}: {verdict:?}"),
                Said::Lost { message, attempt } => format!("    loses the answer of {message} #{attempt}"),
                Said::Unsent { message, .. } => format!("    never sent {message}"),
                Said::Up { replica } => format!("  daemon {replica} begins"),
                Said::Ended { replica, point } => format!("  daemon {replica} ends {}", point.clone().unwrap_or_default()),
                Said::Idle => "  nobody works".to_owned(),
                Said::Busy => "  somebody works".to_owned(),
                Said::Clock { secs } => format!("  the clock shows {secs} s more"),
            };
            text.push_str(&format!("{} {line}\n", local(*at).strftime("%m-%d %H:%M:%S")));
        }
        text
    }
}
