//! `check --send PERSON`: one marked test message over each channel of that person, and what came of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::common::Ground;
use super::failure::Failure;
use super::list::find_person;
use super::{mend, os_user, print};
use crate::channel::Channel as _;
use crate::channel::letter::Addressee;
use crate::channel::wording;
use crate::daemon::doors;
use crate::domain::delivery::{Parcel, Verdict};
use crate::domain::organisation::Person;
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;
use crate::store::Store;
use crate::store::directory;
use crate::store::journal::{self, Entry};
use crate::tree::say;

/// How long one test message may take. A daemon waits longer; a person at a terminal does not.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    channel: ChannelKind,
    to: Whither,
    outcome: Outcome,
}

/// Where a test message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whither {
    Person,
    Trial,
    Folder,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Accepted,
    /// The rules open no such channel: nothing was tried.
    NotOpen,
    /// Result word, and what the channel said.
    Failed(&'static str, String),
}

impl Sent {
    /// Whether the channel was tried and did not take the message.
    pub const fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(..))
    }

    /// For `sent` of the JSON.
    pub fn to_json(&self, language: Language) -> Value {
        let (result, reason) = match &self.outcome {
            Outcome::Accepted => ("accepted", None),
            Outcome::NotOpen => ("not-open", None),
            Outcome::Failed(result, reason) => (*result, Some(reason)),
        };
        json!({
            "channel": self.channel.as_str(),
            "to": match self.to { Whither::Person => "person", Whither::Trial => "trial", Whither::Folder => "outbox" },
            "result": result,
            "reason": reason,
            "help": reason.map(|reason| mend::of(reason, language)),
        })
    }

    fn line(&self, language: Language) -> String {
        let channel = self.channel.as_str();
        let whither = match self.to {
            Whither::Person => String::new(),
            Whither::Trial => say!(language, " (đến hộp thư chạy thử)", " (to the trial mailbox)"),
            Whither::Folder => say!(language, " (ghi vào thư mục [outbox])", " (written into the [outbox] folder)"),
        };
        match &self.outcome {
            Outcome::Accepted => say!(language, "{channel}: đã nhận{whither}\n", "{channel}: accepted{whither}\n"),
            Outcome::NotOpen => {
                say!(language, "{channel}: chưa mở, không có mục [{channel}]\n", "{channel}: not open, there is no [{channel}]\n")
            }
            Outcome::Failed(result, reason) => {
                let (said, help) = (mend::said(reason, language), mend::of(reason, language));
                let result = match (*result, language) {
                    ("refused", Language::Vi) => "bị từ chối",
                    ("deferred", Language::Vi) => "chưa gửi được",
                    ("uncertain", Language::Vi) => "không rõ kết quả",
                    (word, _) => word,
                };
                say!(
                    language,
                    "{channel}: {result}{whither}: {said}\n  cách sửa: {help}\n",
                    "{channel}: {result}{whither}: {said}\n  mend: {help}\n"
                )
            }
        }
    }
}

/// Sends, records, and says in words what came of it unless JSON is wanted.
///
/// # Errors
/// When there is no store, nobody of that id, or that person has no address at all.
pub async fn send(ground: &Ground, code: &str) -> Result<Vec<Sent>, Failure> {
    let language = ground.language;
    let store = ground.open().await?;
    let mut connection = store.read().acquire().await?;
    let directory = directory::load(&mut connection).await?;
    drop(connection);
    let person = find_person(&directory, code, language)?;
    let addresses = addresses(person);
    if addresses.is_empty() {
        let message =
            say!(language, "\"{code}\" không có email và chưa liên kết Telegram", "\"{code}\" has neither email nor Telegram");
        let help = say!(language, "ghi email cho [[person]] rồi nhập lại", "give the [[person]] an email and import again");
        return Err(Failure::refused(message, help));
    }
    let mut all = Vec::new();
    for (channel, address) in addresses {
        let sent = one(ground, person, channel, address).await;
        record(ground, &store, person, &sent).await?;
        all.push(sent);
    }
    Ok(all)
}

/// For people.
pub fn tell(sent: &[Sent], name: &str, language: Language) {
    let mut out = say!(language, "Tin thử cho {name}:\n", "Test messages for {name}:\n");
    out.extend(sent.iter().map(|sent| sent.line(language)));
    print::data(&out);
}

fn addresses(person: &Person) -> Vec<(ChannelKind, String)> {
    let email = person.email.clone().map(|address| (ChannelKind::Email, address));
    let telegram = person.telegram.map(|chat| (ChannelKind::Telegram, chat.to_string()));
    email.into_iter().chain(telegram).collect()
}

async fn one(ground: &Ground, person: &Person, channel: ChannelKind, address: String) -> Sent {
    let (config, rules) = (&ground.config, &ground.config.rules);
    let to = match (&config.outbox, &rules.trial) {
        (Some(_), _) => Whither::Folder,
        (None, Some(_)) => Whither::Trial,
        (None, None) => Whither::Person,
    };
    let sent = |outcome| Sent { channel, to, outcome };
    if !config.channels().contains(&channel) {
        return sent(Outcome::NotOpen);
    }
    let addressee = Addressee {
        name: person.name.clone(),
        salutation: person.salutation.clone().unwrap_or_else(|| rules.office.salutation.clone()),
        title: None,
        unit: None,
    };
    // In trial everything is a mail.
    let by = if rules.trial.is_some() { ChannelKind::Email } else { channel };
    let mut worded = wording::probe(rules.language, &rules.office.name, &addressee, by);
    if rules.trial.is_some() {
        worded = wording::in_trial(rules.language, &addressee, channel, worded);
    }
    let parcel = Parcel {
        key: format!("check-{}", &uuid::Uuid::new_v4().simple().to_string()[..20]),
        channel: by,
        address: rules.trial.as_ref().map_or(address, |trial| trial.to.clone()),
        name: if rules.trial.is_some() { String::new() } else { person.name.clone() },
        subject: worded.subject,
        text: worded.text,
        html: worded.html,
        bold: worded.bold,
        buttons: worded.buttons,
        packed_at_ms: ground.now.as_millisecond(),
        attempt: 1,
    };
    let mut door = match doors::door(config, by) {
        Ok(door) => door,
        Err(error) => return sent(Outcome::Failed("refused", error.to_string())),
    };
    let verdict = tokio::time::timeout(PATIENCE, door.send(&parcel)).await;
    door.close().await;
    sent(match verdict {
        Ok(Verdict::Accepted { .. }) => Outcome::Accepted,
        Ok(Verdict::Refused { reason, .. }) => Outcome::Failed("refused", reason),
        Ok(Verdict::Deferred { reason, .. }) => Outcome::Failed("deferred", reason),
        Ok(Verdict::Uncertain { reason }) => Outcome::Failed("uncertain", reason),
        Err(_) => Outcome::Failed("uncertain", "there was no answer within 60 seconds".to_owned()),
    })
}

/// Neither address nor text goes into the journal.
async fn record(ground: &Ground, store: &Store, person: &Person, sent: &Sent) -> Result<(), Failure> {
    let (result, reason) = match &sent.outcome {
        Outcome::Accepted => ("accepted", None),
        Outcome::NotOpen => return Ok(()),
        Outcome::Failed(result, reason) => (*result, Some(reason)),
    };
    let detail = json!({ "v": 1, "person": person.id.0, "channel": sent.channel.as_str(), "result": result, "reason": reason,
        "trial": sent.to == Whither::Trial });
    let entry = Entry::new(ground.now, "test-sent", detail).actor(os_user::actor());
    let mut tx = store.begin().await?;
    journal::append(&mut tx, &[entry.config(ground.config.rules.digest.clone())]).await?;
    tx.commit().await?;
    Ok(())
}
