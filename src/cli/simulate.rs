//! `simulate`: what will be sent, to whom and when; with `--diff`, what other rules would change of it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::common::{self, Form, Ground};
use super::failure::Failure;
use super::progress::Progress;
use super::row::{moment, rfc3339};
use super::{Cli, argument, print, words};
use crate::domain::guard::Guard;
use crate::domain::rules::Language;
use crate::engine::compare::{Counts, Difference, compare};
use crate::engine::guard;
use crate::engine::simulate::{Range, Simulated, simulate_told};
use crate::store::guards::GuardRow;
use crate::store::storms;
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Show what will be sent to whom, on a scratch copy of the store and a virtual
clock. Nothing is sent or changed. Every message is taken as accepted at its
slot, and nobody answers.

With --from in the past nothing recorded counts: every open assignment becomes
known at the opening of the first working day on or after its dispatch date, with
the deadline that the facts give, their extensions included; what was granted
upon a request is such a record. Without it, or with today, real history counts.

While a guard keeps messages back (a pause, a clock in doubt, a storm), it shows
what leaves once that is lifted, and says so on standard error. With --diff what
one of the two sends in these days and the other up to ten days after them is
moved. It compares reminders: one that stays is not told, whatever else leaves
with it.

Examples:
  dondoc simulate                                  the next 30 days
  dondoc simulate --from 2023-10-01 --to 2024-01-31 --json
  dondoc simulate --diff new.toml                  what it adds, drops and moves";

/// `simulate`
#[derive(Debug, Args)]
pub struct Simulate {
    /// First day [default: now]
    #[arg(long, value_name = "DATE", value_parser = argument::date)]
    from: Option<Date>,
    /// Last day, included [default: 30 days on]
    #[arg(long, value_name = "DATE", value_parser = argument::date)]
    to: Option<Date>,
    /// Compare with these rules
    #[arg(long, value_name = "OTHER.toml")]
    diff: Option<PathBuf>,
}

/// Simulates.
///
/// # Errors
/// When there is no store, or the other config has mistakes.
pub async fn run(cli: &Cli, ground: &Ground, args: &Simulate) -> Result<(), Failure> {
    let today = ground.config.rules.calendar.date_of(ground.now);
    let first = args.from.unwrap_or(today);
    if args.to.is_some_and(|to| to < first) {
        let language = ground.language;
        let message = say!(language, "--to trước --from", "--to lies before --from");
        let help = say!(
            language,
            "viết ngày đầu ở --from (mặc định hôm nay) và ngày cuối ở --to",
            "give the first day as --from (default today) and the last as --to"
        );
        return Err(Failure::usage(message, help));
    }
    let other = match &args.diff {
        None => None,
        Some(path) => {
            let mut loaded = common::read_other(path, cli, ground);
            Some(loaded.config.take().ok_or_else(|| Failure::Config(Box::new(loaded)))?)
        }
    };
    let store = ground.open().await?;
    ground.tell_of_other_rules(&store).await?;
    let range = Range { from: args.from, to: args.to };
    let rules = Arc::new(ground.config.rules.clone());
    let channels = common::channels(&ground.config);
    let zone = rules.calendar.time_zone().clone();
    let mut connection = store.read().acquire().await?;
    let standing = guard::standing(&mut connection).await?;
    let stormy = storms::held(&mut connection).await?;
    drop(connection);
    let progress = Progress::new(ground.language);
    let mut tell = |at| progress.plays(rules.calendar.date_of(at));
    let Some(other) = other else {
        let messages = simulate_told(&store, (&rules, &channels), range, ground.now, &mut tell).await?;
        progress.clears();
        match ground.form {
            Form::Json => print::json(&messages.iter().map(|message| to_json(message, &zone)).collect()),
            Form::Table => print_messages(&messages, &zone, ground.language),
        }
        tell_guards(&standing, &stormy, ground.language);
        return Ok(());
    };
    let (other_rules, other_channels) = (Arc::new(other.rules.clone()), common::channels(&other));
    let sides = ((&rules, channels.as_slice()), (&other_rules, other_channels.as_slice()));
    let changes = compare(&store, sides, range, ground.now, &mut tell).await?;
    progress.clears();
    if ground.form == Form::Json {
        let all = |messages: &[Simulated]| -> Value { messages.iter().map(|message| to_json(message, &zone)).collect() };
        let moved: Value = changes.moved.iter().map(|(before, after)| moved_json(before, after, &zone)).collect();
        let readdressed: Value =
            changes.readdressed.iter().map(|(before, after)| readdressed_json(before, after, &zone)).collect();
        print::json(&json!({ "added": all(&changes.added), "removed": all(&changes.removed), "moved": moved,
            "readdressed": readdressed }));
    } else {
        print_difference(&changes, &zone, ground.language);
    }
    tell_guards(&standing, &stormy, ground.language);
    Ok(())
}

/// What is shown is what leaves once nothing keeps it back any more; a storm keeps back what is for these people.
fn tell_guards(standing: &[GuardRow], stormy: &[String], language: Language) {
    for row in standing.iter().filter(|row| row.guard.keeps_back()) {
        let (what, mend) = words::guard(row.guard, language);
        print::note(&say!(
            language,
            "Hiện tin đang được giữ lại ({what}); trên đây là những gì sẽ gửi khi đã gỡ: {mend}\n",
            "Messages are kept back now ({what}); this is what leaves once that is lifted: {mend}\n"
        ));
    }
    if !stormy.is_empty() {
        let ((what, mend), who) = (words::guard(Guard::Storm, language), stormy.join(", "));
        print::note(&say!(
            language,
            "Hiện tin cho {who} đang được giữ lại ({what}); trên đây là những gì sẽ gửi khi đã gỡ: {mend}\n",
            "Messages for {who} are kept back now ({what}); this is what leaves once that is lifted: {mend}\n"
        ));
    }
}

fn to_json(message: &Simulated, zone: &TimeZone) -> Value {
    let mut value = json!({
        "at": rfc3339(message.at, zone),
        "to": message.to,
        "channel": message.channel,
        "subject": message.subject,
        "reminders": message.reminders.iter().map(|reminder| json!({
            "assignment": reminder.assignment, "step": reminder.step, "reason": reminder.reason,
        })).collect::<Vec<_>>(),
    });
    if message.is_trial {
        value["trial"] = json!(true);
    }
    value
}

/// The message as it would be, and in `from` when it was.
fn moved_json(before: &Simulated, after: &Simulated, zone: &TimeZone) -> Value {
    let mut value = to_json(after, zone);
    value["from"] = json!(rfc3339(before.at, zone));
    value
}

/// The message as it would be, and in `was` whom and over which channel it was for.
fn readdressed_json(before: &Simulated, after: &Simulated, zone: &TimeZone) -> Value {
    let mut value = to_json(after, zone);
    value["was"] = json!({ "to": before.to, "channel": before.channel, "at": rfc3339(before.at, zone) });
    value
}

fn carried(message: &Simulated) -> String {
    message.reminders.iter().map(|one| format!("{} {}", one.assignment, one.step)).collect::<Vec<_>>().join("\n")
}

fn channel(message: &Simulated, language: Language) -> String {
    let channel = message.channel;
    if message.is_trial { say!(language, "{channel} (chạy thử)", "{channel} (trial)") } else { channel.to_owned() }
}

fn print_messages(messages: &[Simulated], zone: &TimeZone, language: Language) {
    if messages.is_empty() {
        return print::note(&say!(language, "Không có tin nào trong những ngày này.\n", "No message in these days.\n"));
    }
    let header = match language {
        Language::Vi => ["Thời điểm", "Người nhận", "Kênh", "Tiêu đề", "Nhiệm vụ và bậc"],
        Language::En => ["When", "To", "Channel", "Subject", "Assignments and steps"],
    };
    let rows = messages
        .iter()
        .map(|one| [moment(one.at, zone), one.to.clone(), channel(one, language), one.subject.clone(), carried(one)]);
    print::table(header, rows);
}

fn print_difference(changes: &Difference, zone: &TimeZone, language: Language) {
    let mut rows: Vec<(jiff::Timestamp, [String; 5])> = Vec::new();
    let mut add = |sign: &str, when: String, one: &Simulated| {
        rows.push((one.at, [sign.to_owned(), when, one.to.clone(), one.subject.clone(), carried(one)]));
    };
    let is_of = |one: &Simulated, side: fn(&(Simulated, Simulated)) -> &Simulated| {
        changes.readdressed.iter().any(|pair| side(pair) == one)
    };
    for one in changes.added.iter().filter(|one| !is_of(one, |pair| &pair.1)) {
        add(&say!(language, "thêm", "added"), moment(one.at, zone), one);
    }
    for one in changes.removed.iter().filter(|one| !is_of(one, |pair| &pair.0)) {
        add(&say!(language, "bỏ", "removed"), moment(one.at, zone), one);
    }
    for (before, after) in &changes.moved {
        add(&say!(language, "dời", "moved"), format!("{} → {}", moment(before.at, zone), moment(after.at, zone)), after);
    }
    for (before, after) in &changes.readdressed {
        let (was, is) = (&before.to, &after.to);
        let cells = [
            say!(language, "đổi người nhận", "readdressed"),
            moment(after.at, zone),
            format!("{was} ({}) → {is} ({})", before.channel, after.channel),
            after.subject.clone(),
            carried(after),
        ];
        rows.push((after.at, cells));
    }
    if rows.is_empty() {
        return print::note(&say!(language, "Không có gì khác.\n", "Nothing differs.\n"));
    }
    rows.sort();
    let Counts { added, removed, moved, readdressed } = changes.counts();
    let header = match language {
        Language::Vi => ["Khác", "Thời điểm", "Người nhận", "Tiêu đề", "Nhiệm vụ và bậc"],
        Language::En => ["Change", "When", "To", "Subject", "Assignments and steps"],
    };
    print::table(header, rows.into_iter().map(|(_, cells)| cells));
    print::data(&say!(
        language,
        "Thêm {added:02}, bỏ {removed:02}, dời {moved:02}, đổi người nhận {readdressed:02} lần nhắc.\n",
        "Reminders added: {added}, removed: {removed}, moved: {moved}, readdressed: {readdressed}.\n"
    ));
}
