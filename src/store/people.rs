//! Rows of `person`, `appointment` and `substitution`.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::directory::standing_word;
use super::error::StoreError;
use super::rows::{Cell, Upserted, date_at, insert, list_text, update_if_different, upsert};
use crate::domain::organisation::{Span, Standing};
use crate::domain::policy::ChannelKind;

/// A person as facts give them.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonRow {
    /// Text id.
    pub code: String,
    /// Họ và tên.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// For people to ring.
    pub phone: Option<String>,
    /// Chat id; `None` keeps what the bot linked.
    pub telegram: Option<i64>,
    /// In order of preference.
    pub prefer: Vec<ChannelKind>,
    /// "đồng chí", "Ông", "Bà".
    pub salutation: Option<String>,
    /// `Some` since when they are inactive. A person who is inactive already keeps the older instant.
    pub inactive_at: Option<Timestamp>,
}

/// Adds them or changes the row of that text id. The caller raises the revision of the organisation.
pub async fn upsert_person(connection: &mut AnyConnection, person: &PersonRow) -> Result<Upserted, StoreError> {
    let sql = "SELECT telegram_chat, telegram_dead_at_ms, inactive_at_ms FROM person WHERE code = $1";
    let held = sqlx::query(sql).bind(&person.code).fetch_optional(&mut *connection).await?;
    let held = held.as_ref().map(Held::of).transpose()?.unwrap_or_default();
    let chat = person.telegram.or(held.chat);
    // An address named anew is alive until the channel says otherwise.
    let dead_at_ms = if chat == held.chat { held.dead_at_ms } else { None };
    let inactive_at_ms = person.inactive_at.map(|at| held.inactive_at_ms.unwrap_or_else(|| at.as_millisecond()));
    let prefer: Vec<&str> = person.prefer.iter().map(|channel| channel.as_str()).collect();
    let values = vec![
        ("name", person.name.as_str().into()),
        ("email", person.email.clone().into()),
        ("phone", person.phone.clone().into()),
        ("telegram_chat", chat.into()),
        ("telegram_dead_at_ms", dead_at_ms.into()),
        ("prefer", list_text(&prefer).into()),
        ("salutation", person.salutation.clone().into()),
        ("inactive_at_ms", inactive_at_ms.into()),
    ];
    upsert(connection, "person", vec![("code", person.code.as_str().into())], values).await
}

#[derive(Default)]
struct Held {
    chat: Option<i64>,
    dead_at_ms: Option<i64>,
    inactive_at_ms: Option<i64>,
}

impl Held {
    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self { chat: row.try_get(0)?, dead_at_ms: row.try_get(1)?, inactive_at_ms: row.try_get(2)? })
    }
}

/// The key of a person by their text id.
pub async fn person_id(connection: &mut AnyConnection, code: &str) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar("SELECT id FROM person WHERE code = $1").bind(code).fetch_optional(connection).await?)
}

/// An appointment as facts give it.
#[derive(Clone, Debug, PartialEq)]
pub struct AppointmentRow {
    /// Key of the holder.
    pub person_id: i64,
    /// Key of the unit.
    pub unit_id: i64,
    /// `head`, `deputy`, `officer` or any id.
    pub position: String,
    /// As written in messages.
    pub title: Option<String>,
    /// First and last day.
    pub span: Span,
    /// Full or acting.
    pub standing: Standing,
}

/// Adds it, or changes the one it stands for: the same person, unit and position with the same first day, else one whose
/// days overlap (nobody holds one position twice at once, so a corrected date is no second appointment).
pub async fn upsert_appointment(connection: &mut AnyConnection, row: &AppointmentRow) -> Result<Upserted, StoreError> {
    let sql = "SELECT id, title, from_date, to_date, standing FROM appointment
               WHERE person_id = $1 AND unit_id = $2 AND position = $3 ORDER BY id";
    let query = sqlx::query(sql).bind(row.person_id).bind(row.unit_id).bind(&row.position);
    let held = query.fetch_all(&mut *connection).await?;
    let values = vec![
        ("title", row.title.clone().into()),
        ("from_date", row.span.from.into()),
        ("to_date", row.span.to.into()),
        ("standing", standing_word(row.standing).into()),
    ];
    if let Some(same) = same_row(&held, row.span)? {
        return update_if_different(connection, "appointment", same, values).await;
    }
    let mut all: Vec<(&'static str, Cell)> =
        vec![("person_id", row.person_id.into()), ("unit_id", row.unit_id.into()), ("position", row.position.as_str().into())];
    all.extend(values);
    insert(connection, "appointment", all).await
}

/// A substitution as facts give it.
#[derive(Clone, Debug, PartialEq)]
pub struct SubstitutionRow {
    /// Key of who is away.
    pub person_id: i64,
    /// Key of who stands in; `None` is only away.
    pub by_id: Option<i64>,
    /// First and last day.
    pub span: Span,
}

/// Adds it, or changes the one of that person with the same first day, else one whose days overlap.
pub async fn upsert_substitution(connection: &mut AnyConnection, row: &SubstitutionRow) -> Result<Upserted, StoreError> {
    let sql = "SELECT id, by_id, from_date, to_date FROM substitution WHERE person_id = $1 ORDER BY id";
    let held = sqlx::query(sql).bind(row.person_id).fetch_all(&mut *connection).await?;
    let values = vec![("by_id", row.by_id.into()), ("from_date", row.span.from.into()), ("to_date", row.span.to.into())];
    if let Some(same) = same_row(&held, row.span)? {
        return update_if_different(connection, "substitution", same, values).await;
    }
    let mut all: Vec<(&'static str, Cell)> = vec![("person_id", row.person_id.into())];
    all.extend(values);
    insert(connection, "substitution", all).await
}

/// The row of the same first day, else the first that overlaps.
fn same_row(held: &[AnyRow], span: Span) -> Result<Option<&AnyRow>, StoreError> {
    let mut overlapping = None;
    for row in held {
        let theirs = Span { from: date_at(row, "from_date")?, to: date_at(row, "to_date")? };
        if theirs.from == span.from {
            return Ok(Some(row));
        }
        if overlapping.is_none() && overlap(theirs, span) {
            overlapping = Some(row);
        }
    }
    Ok(overlapping)
}

fn overlap(left: Span, right: Span) -> bool {
    let starts_in_time = |from: Option<Date>, to: Option<Date>| from.is_none_or(|from| to.is_none_or(|to| from <= to));
    starts_in_time(left.from, right.to) && starts_in_time(right.from, left.to)
}
