//! `why-not`: for every step of an assignment, why a person has got nothing of it.

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::argument::{self, Instant};
use super::common::{Form, Ground};
use super::explain;
use super::failure::Failure;
use super::print;
use super::row::{moment, rfc3339};
use super::show;
use super::words;
use crate::domain::directive::AssignmentName;
use crate::domain::guard::Guard;
use crate::domain::policy::Unless;
use crate::domain::rules::Language;
use crate::domain::sentence::{parse_unless, unless_label};
use crate::engine::guard::Stood;
use crate::engine::part::Part;
use crate::engine::silence::{Code, Silence};
use crate::engine::why::Basis;
use crate::engine::why_not::{Unasked, WhyNot, why_not};
use crate::store::naming;
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Explain a silence: for every step of an assignment, why a person has got nothing
of it by an instant: not due yet, with the moment it will be; outside the hours;
answered, silenced, closed; merged or missed; held by a promise, a pause or an
obstacle; not one of its recipients, with who is; no channel; in trial. What
they did get is told as well, and what kept every message to them back: a pause,
a copy that nobody confirmed, a clock in doubt, a storm.

What the store had recorded by then is told as recorded; what was not decided
yet is decided again in the state of then, under the rules and people of today.
For an instant ahead the engine runs on a copy of the store first; every message
is taken as accepted, and nobody answers. More than three years ahead nothing is
played: such a TIME is refused.

TIME is RFC 3339, local YYYY-MM-DDTHH:MM, or a date, which means its end;
today's date means now.

Examples:
  dondoc why-not '4988/UBND-CCHC#1.e@p07' --person an
  dondoc why-not '4988/UBND-CCHC#1.e@p07' --person an --at 2023-12-27T09:00

Exit codes: 0 explained, 1 there is no such assignment or person.";

/// `why-not`
#[derive(Debug, Args)]
pub struct WhyNotArgs {
    /// NUMBER#CLAUSE@UNIT
    #[arg(value_name = "ASSIGNMENT")]
    assignment: String,
    /// Who is asked about, by id
    #[arg(long, value_name = "P")]
    person: String,
    /// The instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = argument::instant)]
    at: Option<Instant>,
}

/// Explains.
///
/// # Errors
/// When there is no store, no such assignment or no such person.
pub async fn run(ground: &Ground, args: &WhyNotArgs) -> Result<(), Failure> {
    let language = ground.language;
    let Some(name) = AssignmentName::parse(&args.assignment) else { return Err(show::malformed(&args.assignment, language)) };
    let engine = ground.engine(ground.open().await?);
    ground.tell_of_other_rules(&engine.store).await?;
    let mut tx = engine.store.snapshot().await?;
    let id = naming::find_assignment(&mut tx, &name).await?;
    tx.commit().await?;
    let zone = ground.config.rules.calendar.time_zone();
    let at = args.at.map_or(ground.now, |at| at.at(zone, ground.now));
    match why_not(&engine, id, &args.person, at, ground.now).await? {
        Ok(found) => {
            match ground.form {
                Form::Json => print::json(&to_json(&found, ground)),
                Form::Table => print_text(&found, ground),
            }
            Ok(())
        }
        Err(Unasked::TooFar(last)) => {
            // The day before is over by then; a date means its end.
            let day = ground.config.rules.calendar.date_of(last).yesterday().unwrap_or(jiff::civil::Date::MAX);
            let message =
                say!(language, "--at quá xa: chỉ tính trước được ba năm", "--at is too far: three years ahead are looked at");
            let help = say!(language, "hỏi muộn nhất --at {day}", "ask at the latest with --at {day}");
            Err(Failure::refused(message, help))
        }
        Err(Unasked::NoPerson) => {
            let person = &args.person;
            let message = say!(language, "không có người \"{person}\" trong dữ liệu", "the facts have no person \"{person}\"");
            let help =
                say!(language, "viết mã của người đó, như trong [[person]] id", "give the id of the person, as in [[person]]");
            Err(Failure::refused(message, help))
        }
    }
}

fn print_text(found: &WhyNot, ground: &Ground) {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let mut text = format!("{}: {}\n", found.assignment, found.title);
    let (who, at) = (explain::person(&found.person), explain::full_moment(found.at, zone, language));
    text += &if found.was_told() && found.basis == Basis::Simulated {
        say!(
            language,
            "{who}, tính đến {at}: nhận tin ở các dòng ghi \"đã nhận\" và \"sẽ nhận\" dưới đây.\n",
            "{who}, by {at}: is told where it says so below.\n"
        )
    } else if found.was_told() {
        say!(
            language,
            "{who}, tính đến {at}: đã nhận tin ở các dòng ghi \"đã nhận\" dưới đây.\n",
            "{who}, by {at}: was told where it says so below.\n"
        )
    } else {
        say!(language, "{who}, tính đến {at}: chưa nhận tin nào về nhiệm vụ này.\n", "{who}, by {at}: was told nothing of it.\n")
    };
    let rules = match (&found.rules_then, found.basis) {
        (_, Basis::Simulated) => say!(
            language,
            "mô phỏng từ hiện tại: coi mọi tin đều đến nơi và không ai trả lời",
            "simulated from now on: every message is taken as accepted, and nobody answers"
        ),
        // Entries of older versions keep more of a digest.
        (Some(then), _) if explain::digest(then) != explain::digest(&found.rules_now) => {
            let (then, now) = (explain::digest(then), explain::digest(&found.rules_now));
            say!(
                language,
                "khi đó quy tắc là {then}; phần tính lại dùng quy tắc và nhân sự hiện nay ({now})",
                "the rules then were {then}; what is recomputed uses the rules and people of today ({now})"
            )
        }
        _ => say!(
            language,
            "phần đã ghi lấy từ cơ sở dữ liệu; phần tính lại dùng quy tắc và nhân sự hiện nay",
            "what was recorded comes from the store; what is recomputed uses the rules and people of today"
        ),
    };
    let policy = found
        .policy
        .clone()
        .unwrap_or_else(|| say!(language, "không có quy tắc nào áp dụng cho nhiệm vụ này", "no route leads to a policy"));
    let facts = found.facts.as_ref().map(|facts| explain::facts(facts, ground));
    let unknown = || say!(language, "nhiệm vụ chưa được nhập vào hệ thống", "the assignment was not known yet");
    let trial =
        if found.in_trial { say!(language, "đơn vị đang chạy thử", "its unit is in trial") } else { String::new() };
    let clock = found.clock.as_ref().map(|clock| explain::clock(clock, Basis::Recorded, language));
    text += &explain::block(
        "  ",
        &[
            (say!(language, "Tình trạng khi đó", "State then"), facts.unwrap_or_else(unknown)),
            (say!(language, "Quy tắc", "Policy"), if found.facts.is_some() { policy } else { String::new() }),
            (say!(language, "Chạy thử", "Trial"), trial),
            (say!(language, "Đang giữ lại", "Held back"), guards(found, ground)),
            (say!(language, "Đồng hồ", "Clock"), clock.unwrap_or_default()),
            (say!(language, "Cơ sở", "Grounds"), rules),
        ],
    );
    let (idle, told): (Vec<&Silence>, Vec<&Silence>) = found.steps.iter().partition(|step| step.code == Code::NoMoment);
    for step in told {
        text += &format!("\n{}", said(step, ground));
    }
    if !idle.is_empty() {
        let names = idle.iter().map(|step| name(step, language)).collect::<Vec<_>>().join(", ");
        text += &say!(
            language,
            "\nChưa có mốc để tính (chưa có hạn, hoặc việc đó chưa xảy ra): {names}\n",
            "\nNothing to count from yet (no deadline, or it has not happened): {names}\n"
        );
    }
    print::text(&text);
}

/// The step with its occurrence.
fn name(step: &Silence, language: Language) -> String {
    let name = words::step(&step.step, language);
    let times = step.occurrence;
    if times > 1 { name + &say!(language, ", lần {times:02}", ", time {times}") } else { name }
}

/// One step: why, and below it the rule, the moment, who gets it, and where the answer comes from.
fn said(step: &Silence, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let (name, why) = (name(step, language), why(step, ground));
    let people = step.recipients.iter().map(explain::person).collect::<Vec<_>>().join(", ");
    let key = step.message.as_deref().unwrap_or_default();
    let parts = [
        step.rule.as_ref().map(|rule| explain::sentence(rule, language)),
        when(step, zone, language),
        Some(people).filter(|people| !people.is_empty()).map(|people| say!(language, "gửi {people}", "to {people}")),
        Some(key).filter(|key| !key.is_empty()).map(|key| say!(language, "tin {key}", "message {key}")),
        Some(basis(step.basis, language)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    format!("{name}: {why}\n    {}\n", parts.join("; "))
}

/// When they were told and, if that was another time, when it was meant for; of a silence the latter alone.
fn when(step: &Silence, zone: &TimeZone, language: Language) -> Option<String> {
    let meant = step.moment.map(|at| moment(at, zone));
    let Some(told) = step.told_at.map(|at| moment(at, zone)) else {
        return meant.map(|at| say!(language, "lúc {at}", "at {at}"));
    };
    let late = meant.filter(|meant| *meant != told).map(|at| say!(language, " (cho mốc {at})", " (meant for {at})"));
    Some(say!(language, "lúc {told}", "at {told}") + &late.unwrap_or_default())
}

/// What stood in the way of every message to the person.
fn guards(found: &WhyNot, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let one = |stood: &Stood| {
        let (what, since) = (words::guard(stood.guard, language).0, moment(stood.since, zone));
        say!(language, "{what}, từ {since}", "{what}, since {since}")
    };
    found.guards.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn basis(basis: Basis, language: Language) -> String {
    match basis {
        Basis::Recorded => say!(language, "đã ghi", "recorded"),
        Basis::Recomputed => say!(language, "tính lại", "recomputed"),
        Basis::Simulated => say!(language, "mô phỏng", "simulated"),
    }
}

/// Why, in a sentence.
fn why(step: &Silence, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let next = step.next_at.map(|at| moment(at, zone));
    let until = next.clone().map(|at| say!(language, " đến {at}", " until {at}")).unwrap_or_default();
    let mut text = match step.code {
        Code::Told if step.basis == Basis::Simulated => say!(language, "sẽ nhận", "will be told"),
        Code::Told => say!(language, "đã nhận", "was told"),
        Code::OnItsWay => say!(language, "tin đã lập, chưa có kết quả gửi", "the message is on its way"),
        Code::Held => say!(language, "tin đang giữ, chờ người xử lý", "the message is held for a person"),
        Code::HeldByGuard => {
            let (what, mend) = words::guard(Guard::Storm, language);
            say!(language, "đang giữ lại ({what}), gửi sau khi: {mend}", "held back ({what}); leaves after: {mend}")
        }
        Code::Refused => say!(language, "kênh gửi từ chối tin", "the channel refused the message"),
        Code::Trial => say!(language, "đang chạy thử: tin vào hộp thư chạy thử", "in trial: it went to the trial mailbox"),
        Code::NoChannel | Code::NotARecipient | Code::Muted | Code::Away | Code::NotInOffice | Code::ToldBefore => {
            keeps(step.code, language)
        }
        Code::NotDueYet => {
            let at = next.unwrap_or_default();
            say!(language, "chưa đến lúc, sẽ đến lúc {at}", "not due yet; next at {at}")
        }
        Code::OutsideHours => {
            let at = next.unwrap_or_default();
            say!(language, "ngoài giờ làm việc, gửi khi mở cửa lúc {at}", "outside the hours; leaves at the opening {at}")
        }
        Code::DueNow => say!(language, "đã đến lúc, hệ thống chưa lập tin", "due, and not carried yet"),
        Code::NoMoment => {
            say!(language, "chưa có mốc để tính (chưa có hạn hoặc việc đó chưa xảy ra)", "nothing to count from yet")
        }
        Code::Silenced => {
            let unless = silenced_by(&step.reason, language);
            return say!(language, "không cần nhắc vì {unless}", "not called for: {unless}");
        }
        Code::Answered => say!(language, "đơn vị đã trả lời sau khi được báo trước", "the unit answered after the courtesy"),
        Code::Closed | Code::RepeatEnded => words::reason(step.code.as_str(), language),
        Code::Merged => say!(language, "gộp vào lần nhắc sau", "merged into a later reminder"),
        Code::Missed => say!(language, "thời điểm đã qua trước khi có quy tắc này", "its moment passed before the rule existed"),
        Code::Cancelled => say!(language, "đã hủy trước khi gửi", "taken back before it was sent"),
        Code::Undeliverable => say!(language, "không gửi được cho ai", "it reached nobody"),
        Code::HeldByPromise => say!(language, "đơn vị đã hẹn, tạm chờ{until}", "a promise holds it{until}"),
        Code::Paused => say!(language, "đang tạm dừng đôn đốc{until}", "paused{until}"),
        Code::HeldByBlock => say!(language, "đơn vị báo vướng mắc, tạm chờ{until}", "the unit is blocked; it waits{until}"),
        Code::WaitsForLowerRung => say!(language, "chờ bậc dưới có kết quả gửi", "waits for a lower step to be settled"),
        Code::WaitsItsTurn => {
            say!(language, "thời điểm đã qua, chờ đến lượt{until}", "its moment passed; it waits its turn{until}")
        }
        Code::WaitsForCourtesy => {
            say!(language, "đã báo trước người thực hiện, chờ{until}", "the assignee was told first; it waits{until}")
        }
        Code::CourtesyNotOwed => say!(language, "không phải báo trước", "no courtesy is owed"),
        Code::NotFollowed => {
            say!(language, "cách theo dõi nhiệm vụ này không có bậc đó", "the way it is followed has no such step")
        }
    };
    if step.part == Part::Copy {
        text += &say!(language, " (để biết)", " (a copy)");
    }
    if matches!(step.code, Code::Cancelled | Code::Undeliverable | Code::Held | Code::Refused) {
        let reason = words::reason(&step.reason, language);
        if !reason.is_empty() {
            text += &format!(": {reason}");
        }
    }
    if let Some(kept) = step.besides.filter(|_| speaks_of_recipients(step.code)) {
        text += &format!("; {}", keeps(kept, language));
    }
    text
}

/// What holds of the `unless` of a step. Any answer of the unit is "acknowledged" there, "not ours" as well, which leaves the duty
/// itself not acknowledged.
fn silenced_by(unless: &str, language: Language) -> String {
    match parse_unless(unless) {
        Ok(Unless::Acknowledged) => say!(language, "đơn vị đã trả lời", "the unit has answered"),
        Ok(unless) => unless_label(unless, language).to_owned(),
        Err(_) => unless.to_owned(),
    }
}

/// What keeps this person from a step, whoever else gets it.
fn keeps(code: Code, language: Language) -> String {
    match code {
        Code::NoChannel => {
            say!(language, "là người nhận nhưng không có kênh nào dùng được", "a recipient without a channel that works")
        }
        Code::Muted => say!(language, "đã trả lời không thuộc trách nhiệm", "answered that it is not theirs"),
        Code::Away => say!(language, "vắng mặt, người khác nhận thay", "is away; others get it"),
        Code::NotInOffice => {
            say!(language, "khi đó không giữ chức vụ nhận bậc này", "does not hold the position it goes to at that time")
        }
        Code::ToldBefore => {
            say!(language, "đã được báo ở bậc dưới, bậc này gửi người khác", "was told by a lower step; this one goes to others")
        }
        _ => say!(language, "không phải người nhận của bậc này", "no recipient of this step"),
    }
}

/// Answers that hold for everybody: what keeps this person from it is told besides.
const fn speaks_of_recipients(code: Code) -> bool {
    !matches!(code, Code::Told | Code::CourtesyNotOwed | Code::Trial | Code::NoMoment)
}

fn to_json(found: &WhyNot, ground: &Ground) -> Value {
    let zone = ground.config.rules.calendar.time_zone();
    let steps = found.steps.iter().map(|step| {
        json!({
            "step": step.step.to_string(), "label": step.label, "occurrence": step.occurrence,
            "code": step.code.as_str(), "reason": step.reason, "text": why(step, ground),
            "when": step.rule.as_ref().map(|rule| explain::sentence(rule, ground.language)).filter(|when| !when.is_empty()),
            "moment": step.moment.map(|at| rfc3339(at, zone)), "next_at": step.next_at.map(|at| rfc3339(at, zone)),
            "told_at": step.told_at.map(|at| rfc3339(at, zone)),
            "is_recipient": step.part != Part::None, "copy": step.part == Part::Copy,
            "besides": step.besides.map(Code::as_str),
            "recipients": step.recipients.iter().map(|person| &person.code).collect::<Vec<_>>(),
            "message": step.message, "item": step.reminder.map(|id| format!("R{id}")), "basis": step.basis.as_str(),
        })
    });
    json!({
        "assignment": found.assignment, "title": found.title, "person": found.person.code, "name": found.person.name,
        "at": rfc3339(found.at, zone), "told": found.was_told(), "known": found.facts.is_some(),
        "guards": found.guards.iter().map(|stood| json!({
            "guard": stood.guard.as_str(), "reason": stood.guard.reason(), "since": rfc3339(stood.since, zone),
        })).collect::<Vec<_>>(),
        "clock": found.clock.as_ref().map(|clock| explain::clock_json(clock, Basis::Recorded)),
        "policy": found.policy, "trial": found.in_trial, "config_digest": found.rules_now, "config_digest_then": found.rules_then,
        "basis": found.basis.as_str(), "state_facts": found.facts.as_ref().map(|facts| explain::facts_json(facts, ground)),
        "steps": steps.collect::<Vec<_>>(),
    })
}
