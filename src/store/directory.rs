//! Units and people, loaded whole: they are few, and every role is looked up among them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::Tx;
use super::error::StoreError;
use super::meta;
use super::rows::{damaged, date_at, list_at, role_at, word_at};
use crate::domain::organisation::{
    Active, Appointment, Dead, Directory, Person, PersonId, Span, Standing, Substitution, Unit, UnitId,
};
use crate::domain::policy::ChannelKind;
use crate::fault::{self, Mutant};

fn parse_standing(word: &str) -> Option<Standing> {
    match word {
        "full" => Some(Standing::Full),
        "acting" => Some(Standing::Acting),
        _ => None,
    }
}

/// Loads units, people, appointments and substitutions as they stand.
pub async fn load(connection: &mut AnyConnection) -> Result<Directory, StoreError> {
    let mut directory = Directory { units: units(connection).await?, people: people(connection).await?, ..Directory::default() };
    for row in appointments(connection).await? {
        let appointment = appointment(&row)?;
        if appointment.standing == Standing::Acting && fault::is_broken(Mutant::ActingPassedOver) {
            continue;
        }
        directory.appointments.entry(appointment.unit).or_default().push(appointment);
    }
    let sql = "SELECT person_id, by_id, from_date, to_date FROM substitution ORDER BY id";
    for row in sqlx::query(sql).fetch_all(connection).await? {
        let person = PersonId(row.try_get("person_id")?);
        let by = row.try_get::<Option<i64>, _>("by_id")?.map(PersonId);
        let substitution = Substitution { person, by, span: span(&row)? };
        directory.substitutions.entry(person).or_default().push(substitution);
    }
    Ok(directory)
}

async fn units(connection: &mut AnyConnection) -> Result<BTreeMap<UnitId, Unit>, StoreError> {
    let sql = "SELECT u.id, u.code, u.name, above.id AS parent_id, u.supervisor, u.aliases, u.from_date, u.to_date, u.successors
               FROM unit u LEFT JOIN unit above ON above.code = u.parent";
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    rows.iter().map(unit).map(|unit| unit.map(|unit| (unit.id, unit))).collect()
}

fn unit(row: &AnyRow) -> Result<Unit, StoreError> {
    Ok(Unit {
        id: UnitId(row.try_get("id")?),
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        parent: row.try_get::<Option<i64>, _>("parent_id")?.map(UnitId),
        supervisor: role_at(row, "supervisor")?,
        aliases: list_at(row, "aliases")?,
        span: span(row)?,
        successors: list_at(row, "successors")?,
    })
}

async fn people(connection: &mut AnyConnection) -> Result<BTreeMap<PersonId, Person>, StoreError> {
    let sql = "SELECT id, code, name, email, phone, telegram_chat, telegram_dead_at_ms, prefer, salutation, inactive_at_ms
               FROM person";
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    rows.iter().map(person).map(|person| person.map(|person| (person.id, person))).collect()
}

fn person(row: &AnyRow) -> Result<Person, StoreError> {
    let prefer = list_at(row, "prefer")?;
    let channel = |word: &String| ChannelKind::parse(word).ok_or_else(|| damaged("prefer", word));
    let dead = row.try_get::<Option<i64>, _>("telegram_dead_at_ms")?;
    let inactive = row.try_get::<Option<i64>, _>("inactive_at_ms")?;
    Ok(Person {
        id: PersonId(row.try_get("id")?),
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        phone: row.try_get("phone")?,
        telegram: row.try_get("telegram_chat")?,
        telegram_dead: dead.map_or(Dead::No, |_| Dead::Yes),
        prefer: prefer.iter().map(channel).collect::<Result<_, _>>()?,
        salutation: row.try_get("salutation")?,
        active: inactive.map_or(Active::Yes, |_| Active::No),
    })
}

async fn appointments(connection: &mut AnyConnection) -> Result<Vec<AnyRow>, StoreError> {
    let sql = "SELECT person_id, unit_id, position, title, from_date, to_date, standing FROM appointment ORDER BY id";
    Ok(sqlx::query(sql).fetch_all(connection).await?)
}

fn appointment(row: &AnyRow) -> Result<Appointment, StoreError> {
    Ok(Appointment {
        person: PersonId(row.try_get("person_id")?),
        unit: UnitId(row.try_get("unit_id")?),
        position: row.try_get("position")?,
        title: row.try_get("title")?,
        span: span(row)?,
        standing: word_at(row, "standing", parse_standing)?,
    })
}

fn span(row: &AnyRow) -> Result<Span, StoreError> {
    Ok(Span { from: date_at(row, "from_date")?, to: date_at(row, "to_date")? })
}

/// The directory of the last revision asked for; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct DirectoryCache(Arc<Mutex<Option<Held>>>);

#[derive(Clone, Debug)]
struct Held {
    store_id: String,
    revision: i64,
    directory: Arc<Directory>,
}

impl DirectoryCache {
    /// The directory and its revision as that transaction sees them, loaded anew when units or people have changed since.
    pub async fn get(&self, tx: &mut Tx) -> Result<(i64, Arc<Directory>), StoreError> {
        let bearings = tx.bearings().await?;
        self.load_unless_held(tx, bearings.store_id.clone(), bearings.org_revision).await
    }

    /// The same beside every transaction.
    pub async fn look(&self, connection: &mut AnyConnection) -> Result<(i64, Arc<Directory>), StoreError> {
        let (store_id, revision) = meta::identity(connection).await?;
        self.load_unless_held(connection, store_id, revision).await
    }

    async fn load_unless_held(
        &self,
        connection: &mut AnyConnection,
        store_id: String,
        revision: i64,
    ) -> Result<(i64, Arc<Directory>), StoreError> {
        if let Some(held) = self.at(&store_id, revision) {
            return Ok((revision, held));
        }
        // Two that ask at once may both load; no lock is held while the store answers.
        let directory = Arc::new(load(connection).await?);
        *self.held() = Some(Held { store_id, revision, directory: Arc::clone(&directory) });
        Ok((revision, directory))
    }

    /// The directory of that store and revision, when it is the one that was asked for last.
    pub fn at(&self, store_id: &str, revision: i64) -> Option<Arc<Directory>> {
        let held = self.held();
        let held = held.as_ref().filter(|held| held.revision == revision || fault::is_broken(Mutant::PeopleOfYesterday));
        held.filter(|held| held.store_id == store_id).map(|held| Arc::clone(&held.directory))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
