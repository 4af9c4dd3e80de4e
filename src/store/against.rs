//! What the tables say of one assignment, held against the journal. A row of a table can be edited and nothing shows; the journal cannot.

mod extensions;
mod figures;
mod heading;
mod lost;
mod messages;
mod reminders;
mod replies;
mod standing;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use sqlx::AnyConnection;

use super::entries::{self, EntryLine};
use super::error::StoreError;
use super::timeline::Timeline;
use crate::domain::directive::Secrecy;
use crate::domain::reminder::StepRef;
use standing::Standing;

/// A fact of which a table says other than the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What it is about.
    pub about: About,
    /// Which part of it: a column of the table, or `row` for the whole.
    pub field: &'static str,
    /// What the table says; `None` for nothing.
    pub table: Option<String>,
    /// What the journal says; `None` for nothing.
    pub journal: Option<String>,
}

/// What two records say different things about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The assignment itself: what stands at the head of the record.
    Assignment,
    /// The message with that key.
    Message(String),
    /// The transmission of that number, from 1, of the message with that key.
    Attempt(String, i64),
    /// The reminder of that step, for that time.
    Reminder(StepRef, i64),
    /// The reply that arrived then.
    Reply(Timestamp),
    /// The extension recorded then.
    Extension(Timestamp),
    /// The figure of that day.
    Figure(Date),
}

/// Where the tables say other than the journal: of the assignment since when it is known, how its work stands and when it is due; of every
/// message what became of it, when, why, over which channel and for whom, what it carries, and of its transmissions; of every reminder
/// whether it was sent; of every reply who gave it, by which way and what it says; of every extension its days and its document; of every
/// figure its value; all that where the journal holds it, and in both directions. Asks the store the same few questions however many
/// messages there are.
pub async fn contradictions(connection: &mut AnyConnection, found: &Timeline) -> Result<Vec<Contradiction>, StoreError> {
    let mut all = Vec::new();
    let entries = entries::of_assignment(connection, found.row.id).await?;
    let told = messages::read(connection, found, &entries).await?;
    messages::compare_all(&found.messages, &told, &mut all);
    let origins = standing::origins(connection, found.row.id, &entries).await?;
    let is_period = found.row.name.period.is_some();
    let standing = Standing::of(&entries, is_period);
    heading::compare_all(connection, &found.row, &standing, &mut all).await?;
    reminders::compare_all(&found.reminders, &entries, &told.carried(), &mut all);
    // Of a secret duty the texts are taken out of the tables; the journal forgets nothing.
    let is_secret = found.row.secrecy >= Secrecy::Mat;
    replies::compare_all(&found.replies, (&entries, &origins), is_secret, &mut all);
    let origins: Vec<Standing> = origins.iter().map(|entries| Standing::of(entries, is_period)).collect();
    extensions::compare_all(&found.extensions, &standing, &origins, &mut all);
    figures::compare_all(connection, found, is_secret, &mut all).await?;
    lost::compare_all(connection, found, &mut all).await?;
    Ok(all)
}

fn text(entry: &EntryLine, name: &str) -> Option<String> {
    entry.detail.get(name).and_then(Value::as_str).map(ToOwned::to_owned)
}

fn integer(entry: &EntryLine, name: &str) -> Option<i64> {
    entry.detail.get(name).and_then(Value::as_i64)
}

fn number(entry: &EntryLine, name: &str) -> Option<String> {
    integer(entry, name).map(|number| number.to_string())
}

/// The numbers of the reminders an entry is about.
fn reminders_of(entry: &EntryLine) -> impl Iterator<Item = i64> {
    entry.detail.get("reminders").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64)
}

/// Notes each of these in which the two differ.
fn compare(about: &About, parts: Vec<(&'static str, Option<String>, Option<String>)>, all: &mut Vec<Contradiction>) {
    let differ = parts.into_iter().filter(|(_, table, journal)| table != journal);
    all.extend(differ.map(|(field, table, journal)| Contradiction { about: about.clone(), field, table, journal }));
}
