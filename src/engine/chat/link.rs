//! Linking an account: a code made by the office, shown once by its account, confirmed by who owns it.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::super::{Engine, EngineError};
use super::press::{Press, Refused};
use super::{Act, Heeded, Outcome, Say, Talk};
use crate::channel::wording::{self, Choice, Refusal};
use crate::domain::delivery::{Button, Target};
use crate::domain::organisation::{Dead, Directory, Person, PersonId};
use crate::store::journal::{self, Entry};
use crate::store::link::{self, CodeRow};
use crate::store::telegram::Token;
use crate::store::{Tx, dialogue};

/// How long a code holds.
pub const CODE_HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// A chat that was refused so often within the hour gets no answer any more.
const REFUSALS_MAX: i64 = 5;

const REFUSALS_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// Makes a code for a person: 128 random bits, of which only the SHA-256 is kept. Earlier ones of theirs hold no longer.
pub async fn make_code(engine: &Engine, person: PersonId, os_user: &str, now: Timestamp) -> Result<String, EngineError> {
    // Two identifiers of 122 random bits each make sure of 128.
    let (one, two) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let digest = Sha256::digest([one.as_bytes().as_slice(), two.as_bytes().as_slice()].concat());
    let code = data_encoding::BASE64URL_NOPAD.encode(&digest[..16]);
    let row = CodeRow {
        code_hash: hash(&code),
        person,
        made_by: os_user.to_owned(),
        expires_at: now + CODE_HOLDS,
        account: None,
        used_at: None,
    };
    let mut tx = engine.store.begin().await?;
    link::insert_code(&mut tx, &row, now).await?;
    let (_, directory) = engine.organisation.get(&mut tx).await?;
    let code_of = directory.people.get(&person).map_or("", |person| person.code.as_str());
    journal_link(engine, &mut tx, "link-code-made", code_of, &format!("cli:{os_user}"), "asked", now).await?;
    tx.commit().await?;
    Ok(code)
}

/// Ends the link of a person; `false` when there was none.
pub async fn revoke(engine: &Engine, person: PersonId, os_user: &str, now: Timestamp) -> Result<bool, EngineError> {
    let mut tx = engine.store.begin().await?;
    let (_, directory) = engine.organisation.get(&mut tx).await?;
    let Some(known) = directory.people.get(&person).filter(|person| person.telegram.is_some()) else { return Ok(false) };
    unlink(engine, &mut tx, person, &known.code, &format!("cli:{os_user}"), "asked", now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether there is a link of somebody whose last appointment has ended; asks nothing of the store whose people are known.
pub(crate) async fn has_anybody_left(
    engine: &Engine,
    store_id: &str,
    org_revision: i64,
    now: Timestamp,
) -> Result<bool, EngineError> {
    let directory = match engine.organisation.at(store_id, org_revision) {
        Some(directory) => directory,
        None => engine.organisation.look(&mut *engine.store.read().acquire().await?).await?.1,
    };
    Ok(!departed(engine, &directory, now).is_empty())
}

fn departed<'a>(engine: &Engine, directory: &'a Directory, now: Timestamp) -> Vec<&'a Person> {
    let today = engine.rules.calendar.date_of(now);
    let gone = |person: &&Person| person.telegram.is_some() && directory.has_left(person.id, today);
    directory.people.values().filter(gone).collect()
}

/// Ends the links of everybody whose last appointment has ended, or who is not active any more; returns how many. They
/// are linked anew when they come back.
pub async fn revoke_departed(engine: &Engine, tx: &mut Tx, now: Timestamp) -> Result<usize, EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let gone = departed(engine, &directory, now);
    for person in &gone {
        unlink(engine, tx, person.id, &person.code, "daemon", "left-office", now).await?;
    }
    Ok(gone.len())
}

async fn unlink(
    engine: &Engine,
    tx: &mut Tx,
    person: PersonId,
    code: &str,
    actor: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), EngineError> {
    link::set_chat(tx, person, None).await?;
    dialogue::end(tx, person).await?;
    journal_link(engine, tx, "chat-unlinked", code, actor, reason, now).await
}

async fn journal_link(
    engine: &Engine,
    tx: &mut Tx,
    kind: &'static str,
    person: &str,
    actor: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), EngineError> {
    let detail = serde_json::json!({ "v": 1, "person": person, "via": "telegram", "reason": reason });
    journal::append(tx, &[Entry::new(now, kind, detail).actor(actor).config(engine.rules.digest.clone())]).await?;
    Ok(())
}

fn hash(code: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(code.as_bytes()))
}

/// An account shows a code: it is asked whether the person of the code is its own.
pub(super) async fn show_code(talk: &Talk<'_>, tx: &mut Tx, account: i64, code: &str) -> Result<Heeded, EngineError> {
    if link::refusals(tx, account, link::Refused::Code, talk.now - REFUSALS_WITHIN).await? >= REFUSALS_MAX {
        return Ok(Heeded::ignored());
    }
    let known = link::code(tx, &hash(code)).await?.filter(|known| holds(talk, known, account));
    let Some(known) = known else { return refuse(talk, tx, account).await };
    let Some(person) = talk.person(known.person) else { return refuse(talk, tx, account).await };
    link::claim_code(tx, &known.code_hash, account).await?;
    let held = talk.directory.title_of(person.id, None, talk.today());
    let title = held.and_then(|(held, _)| held.title.as_deref());
    let speech = wording::link_question(talk.language(), &person.name, title, held.map(|(_, unit)| unit.name.as_str()));
    let answer = |act: Act| Token {
        token: super::keyboard::fresh_token(),
        message_key: String::new(),
        act: act.as_str().to_owned(),
        person_id: Some(person.id.0),
        assignments: None,
        argument: Some(known.code_hash.clone()),
        expires_at_ms: Some(known.expires_at.as_millisecond()),
    };
    let (yes, no) = (answer(Act::LinkYes), answer(Act::LinkNo));
    talk.keep(tx, &[yes.clone(), no.clone()]).await?;
    let button = |choice, token: Token| Button { label: talk.choice(choice).to_owned(), target: Target::Token(token.token) };
    let buttons = vec![vec![button(Choice::Yes, yes), button(Choice::No, no)]];
    Ok(Heeded::told(vec![Say { chat: account, speech, buttons }]))
}

/// Whether a code still holds, for that account.
fn holds(talk: &Talk<'_>, known: &CodeRow, account: i64) -> bool {
    let fresh = known.used_at.is_none() && known.expires_at >= talk.now;
    let theirs = known.account.is_none_or(|first| first == account);
    fresh && theirs && !talk.directory.has_left(known.person, talk.today())
}

/// A code that is not valid, whatever the reason: always the same words, and silence after a few.
async fn refuse(talk: &Talk<'_>, tx: &mut Tx, account: i64) -> Result<Heeded, EngineError> {
    let refused = link::count_refusal(tx, account, link::Refused::Code, talk.now - REFUSALS_WITHIN, talk.now).await?;
    journal_link(talk.engine, tx, "link-refused", "", "telegram", "code-not-valid", talk.now).await?;
    if refused > REFUSALS_MAX {
        return Ok(Heeded::ignored());
    }
    let say = Say { chat: account, speech: wording::code_refused(talk.language()), buttons: Vec::new() };
    Ok(Heeded { outcome: Outcome::Refused(Refusal::UnknownToken), ..Heeded::told(vec![say]) })
}

/// An account that is not linked is told how to link, a few times an hour, and nothing else.
pub(super) async fn stranger(talk: &Talk<'_>, tx: &mut Tx, account: i64) -> Result<Heeded, EngineError> {
    let told = link::count_refusal(tx, account, link::Refused::Stranger, talk.now - REFUSALS_WITHIN, talk.now).await?;
    if told > REFUSALS_MAX {
        return Ok(Heeded::ignored());
    }
    let say = Say { chat: account, speech: wording::how_to_link(talk.language()), buttons: Vec::new() };
    Ok(Heeded::told(vec![say]))
}

/// The account says whether it is the person of the code.
pub(super) async fn decide(
    talk: &Talk<'_>,
    tx: &mut Tx,
    act: Act,
    code_hash: &str,
    press: &Press,
) -> Result<Heeded, EngineError> {
    let account = press.from_id;
    let known = link::code(tx, code_hash)
        .await?
        .filter(|known| known.account == Some(account) && press.chat_id == Some(account) && holds(talk, known, account));
    let Some((known, person)) = known.and_then(|known| talk.person(known.person).map(|person| (known, person))) else {
        return talk.refuse(tx, Refused::of(Refusal::UnknownToken)).await;
    };
    link::use_code(tx, &known.code_hash, talk.now).await?;
    let instead = |speech| vec![super::Edit::Instead { speech, buttons: Vec::new() }];
    if act == Act::LinkNo {
        journal_link(talk.engine, tx, "link-declined", &person.code, &person.code, "asked", talk.now).await?;
        let edits = instead(wording::not_linked(talk.language()));
        return Ok(Heeded { edits, ..Heeded::told(Vec::new()) });
    }
    let mut says = Vec::new();
    // One account stands for one person.
    for other in talk.directory.people.values().filter(|other| other.id != person.id && other.telegram == Some(account)) {
        unlink(talk.engine, tx, other.id, &other.code, "telegram", "linked-elsewhere", talk.now).await?;
    }
    if let Some(old) = person.telegram.filter(|old| *old != account && person.telegram_dead == Dead::No) {
        says.push(Say { chat: old, speech: wording::unlinked(talk.language()), buttons: Vec::new() });
    }
    let reason = if person.telegram.is_some() { "relinked" } else { "linked" };
    link::set_chat(tx, person.id, Some(account)).await?;
    dialogue::end(tx, person.id).await?;
    let detail = serde_json::json!({ "v": 1, "person": person.code, "via": "telegram", "reason": reason,
        "code_made_by": format!("cli:{}", known.made_by) });
    let entry = Entry::new(talk.now, "chat-linked", detail).actor(person.code.clone());
    journal::append(tx, &[entry.config(talk.engine.rules.digest.clone())]).await?;
    let edits = instead(wording::linked(talk.language(), &person.name));
    Ok(Heeded { outcome: Outcome::Linked, toast: String::new(), edits, says })
}
