//! Words shared by `why`, `why-not` and the record of an assignment: rule, calendar, state, and how a person was found.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::calendar::weekday;
use super::common::Ground;
use super::row::{day, moment, rfc3339};
use super::words;
use crate::channel::wording;
use crate::domain::directive::Work;
use crate::domain::organisation::{Directory, How, UnitId};
use crate::domain::policy::{Digest, Role};
use crate::domain::reply::ReplyKind;
use crate::domain::rules::Language;
use crate::domain::sentence::{
    describe_amount, describe_when, parse_amount, parse_role, parse_unless, parse_when, role_label, unless_label,
};
use crate::engine::grounds::{CalendarGrounds, ClockGrounds, FactGrounds, RuleGrounds};
use crate::engine::why::{Basis, Named};
use crate::tree::say;

/// Characters of a config digest that people are shown; enough to tell two apart.
const DIGEST_CHARS: usize = 12;

/// The head of a digest, for people.
pub fn digest(digest: &str) -> &str {
    digest.get(..DIGEST_CHARS).unwrap_or(digest)
}

/// "Nguyễn Văn An (an)"
pub fn person(person: &Named) -> String {
    if person.name.is_empty() { person.code.clone() } else { format!("{} ({})", person.name, person.code) }
}

/// A line that goes on a sentence begins with a small letter.
pub fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// "Thứ Tư, 27/12/2023 07:30"
pub fn full_moment(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    format!("{}, {}", weekday(zone.to_datetime(at).date(), language), moment(at, zone))
}

/// The rule in one line: "3 ngày làm việc trước hạn; gửi người thực hiện; không gửi khi đã hoàn thành".
pub fn rule(rule: &RuleGrounds, language: Language) -> String {
    let mut parts = vec![sentence(rule, language)];
    let to = roles(&rule.to, language).join(", ");
    if !to.is_empty() {
        parts.push(say!(language, "gửi {to}", "to {to}"));
    }
    if let Some(every) = rule.every.as_deref().and_then(|every| parse_amount(every).ok()) {
        let every = describe_amount(&every, language);
        parts.push(say!(language, "nhắc lại sau mỗi {every}", "again every {every}"));
    }
    parts.extend(rule.digest.as_deref().map(|word| match Digest::parse(word) {
        Some(Digest::Weekly) => say!(language, "gộp vào bản tin đầu tuần", "in the digest of the week's first working day"),
        Some(Digest::Daily) => say!(language, "gộp vào bản tin ngày làm việc kế tiếp", "in the digest of the next opening"),
        // Of a version that knows another one.
        None => say!(language, "gộp vào bản tin {word}", "in the digest {word}"),
    }));
    let unless =
        parse_unless(&rule.unless).map_or_else(|_| rule.unless.clone(), |unless| unless_label(unless, language).to_owned());
    parts.push(say!(language, "không gửi khi {unless}", "not once {unless}"));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// The sentence of `when` in that language.
pub fn sentence(rule: &RuleGrounds, language: Language) -> String {
    parse_when(&rule.when).map_or_else(|_| rule.when.clone(), |when| describe_when(&when, language))
}

fn roles(words: &[String], language: Language) -> Vec<String> {
    let said = |word: &String| parse_role(word).map_or_else(|_| word.clone(), |role| role_label(&role, language));
    words.iter().map(said).collect()
}

/// How the calendar led to the moment, in one sentence.
pub fn calendar(grounds: Option<&CalendarGrounds>, at: Timestamp, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let said = full_moment(at, zone, language);
    let Some(grounds) = grounds else {
        return say!(language, "{said}, ngay khi việc đó được ghi nhận", "{said}, as soon as that was recorded");
    };
    let mut text = match (grounds.event_at_ms.and_then(instant), date(&grounds.from)) {
        (Some(event), _) => {
            let event = moment(event, zone);
            say!(language, "{said}, tính từ {event}", "{said}, counted from {event}")
        }
        (None, Some(from)) => {
            let from = format!("{} {}", weekday(from, language), day(from));
            say!(language, "{said}, tính từ {from}", "{said}, counted from {from}")
        }
        (None, None) => said,
    };
    if grounds.rest_days_count > 0 {
        let count = grounds.rest_days_count;
        let days = rest_days(grounds, language).join(", ");
        let more = if count > grounds.rest_days.len() { ", …" } else { "" };
        text += &say!(
            language,
            "; trong khoảng này có {count:02} ngày nghỉ: {days}{more}",
            "; rest days in between: {count}: {days}{more}"
        );
    }
    if let Some(counted) = grounds.moved_from_ms.and_then(instant) {
        let counted = moment(counted, zone);
        text += &say!(
            language,
            "; mốc tính {counted} ngoài giờ làm việc nên chuyển sang giờ mở cửa",
            "; {counted} lies in rest time, so it moved to an opening"
        );
    }
    if grounds.provisional {
        text += &say!(language, "; lịch tạm tính, chưa có thông báo nghỉ", "; provisional calendar, not announced yet");
    }
    text
}

fn rest_days(grounds: &CalendarGrounds, language: Language) -> Vec<String> {
    let said = |(date_text, reason): &(String, String)| {
        let date = date(date_text).map_or_else(|| date_text.clone(), day);
        let reason = if reason.is_empty() { say!(language, "nghỉ hằng tuần", "weekly rest day") } else { reason.clone() };
        format!("{date} ({reason})")
    };
    grounds.rest_days.iter().map(said).collect()
}

/// The deadline, and what it rests on.
fn deadline(facts: &FactGrounds, language: Language) -> String {
    let Some(last) = facts.deadline.as_deref().and_then(date).map(day) else {
        return say!(language, "chưa có hạn", "undated");
    };
    match &facts.extension {
        Some((until, basis)) if Some(until) == facts.deadline.as_ref() => {
            let basis = basis.as_ref();
            let basis = basis.map(|basis| say!(language, " (căn cứ: {basis})", " (basis: {basis})")).unwrap_or_default();
            say!(language, "thời hạn {last}, đã gia hạn{basis}", "deadline {last}, extended{basis}")
        }
        Some((until, _)) => {
            let until = date(until).map_or_else(|| until.clone(), day);
            say!(
                language,
                "thời hạn {last} (thời hạn giao đã đính chính; gia hạn trước đó đến {until})",
                "deadline {last} (the assigned one as corrected; extended before until {until})"
            )
        }
        None if facts.deadline_revision == 0 => {
            say!(language, "thời hạn {last}, chưa gia hạn", "deadline {last}, never extended")
        }
        None => {
            let times = facts.deadline_revision;
            say!(language, "thời hạn {last}, đã thay đổi {times:02} lần", "deadline {last}, changed {times} times")
        }
    }
}

/// The state of the assignment, in one line.
pub fn facts(facts: &FactGrounds, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let work = Work::parse(&facts.work).map_or_else(|| facts.work.clone(), |work| words::work(work, language).to_owned());
    let mut parts = vec![work];
    parts.push(deadline(facts, language));
    parts.push(match &facts.last_reply {
        None => say!(language, "chưa có phản hồi", "no reply"),
        Some(last) => {
            let count = facts.replies;
            let kind = ReplyKind::parse(&last.kind).map_or(last.kind.as_str(), |kind| words::reply(kind, language));
            let at = instant(last.at_ms).map(|at| moment(at, zone)).unwrap_or_default();
            if count == 1 {
                say!(language, "01 phản hồi: {kind} lúc {at}", "1 reply: {kind} at {at}")
            } else {
                say!(language, "{count:02} phản hồi, gần nhất: {kind} lúc {at}", "{count} replies, the last: {kind} at {at}")
            }
        }
    });
    if let Some(until) = facts.promised_until.as_deref().and_then(date).map(day) {
        parts.push(say!(language, "đã hẹn đến {until}", "promised for {until}"));
    }
    if let Some(until) = facts.paused_until_ms.and_then(instant).map(|at| moment(at, zone)) {
        parts.push(say!(language, "tạm dừng đôn đốc đến {until}", "paused until {until}"));
    }
    if let Some(until) = facts.blocked_until_ms.and_then(instant).map(|at| moment(at, zone)) {
        parts.push(say!(
            language,
            "đôn đốc cấp trên chờ vướng mắc đến {until}",
            "escalations wait for the obstacle until {until}"
        ));
    }
    if let Some((as_of, value)) = &facts.figure {
        let as_of = date(as_of).map_or_else(|| as_of.clone(), day);
        let value = if language == Language::Vi { value.replace('.', ",") } else { value.clone() };
        parts.push(say!(language, "số liệu {value} ngày {as_of}", "figure {value} on {as_of}"));
    }
    parts.join("; ")
}

/// How a person was found: "trưởng đơn vị → Trưởng phòng Nội vụ".
pub fn path(role: &Role, how: &How, who: &str, directory: &Directory, on: Date, language: Language) -> String {
    let label = role_label(role, language);
    let unit = |id: &UnitId| directory.units.get(id).map_or_else(|| id.0.to_string(), |unit| unit.name.clone());
    let held = |id: &UnitId, position: &str| {
        let person = directory.person_by_code(who).map(|person| person.id);
        let held = directory.appointments.get(id).into_iter().flatten();
        let mut held = held.filter(|held| Some(held.person) == person && held.position == position && held.span.covers(on));
        let title = held.find_map(|held| held.title.clone()).unwrap_or_else(|| position.to_owned());
        wording::office_held(language, &title, &unit(id))
    };
    let step = match how {
        How::Named => say!(language, "được nêu đích danh", "named in person"),
        How::Holds { unit, position } => held(unit, position),
        How::Acts { unit, position } => {
            let held = held(unit, position);
            say!(language, "{held} (tạm giữ chức vụ)", "{held} (acting)")
        }
        How::StandsInFor(absent) => {
            let absent = directory.people.get(absent).map_or_else(|| absent.0.to_string(), |person| person.name.clone());
            say!(language, "{absent} vắng mặt, người này làm thay", "{absent} is away and this person stands in")
        }
        How::Upwards { vacant, unit: above, position } => {
            let (vacant, held) = (unit(vacant), held(above, position));
            say!(
                language,
                "{vacant} chưa có người giữ chức vụ, chuyển lên {held}",
                "nobody holds it in {vacant}; upwards to {held}"
            )
        }
    };
    format!("{label} → {step}")
}

/// The same for programs.
pub fn path_json(role: &Role, how: &How, directory: &Directory) -> Value {
    let unit = |id: &UnitId| directory.units.get(id).map(|unit| unit.code.clone());
    let role = role_label(role, Language::En);
    match how {
        How::Named => json!({ "role": role, "how": "named" }),
        How::Holds { unit: at, position } => json!({ "role": role, "how": "holds", "position": position, "unit": unit(at) }),
        How::Acts { unit: at, position } => json!({ "role": role, "how": "acts", "position": position, "unit": unit(at) }),
        How::StandsInFor(absent) => {
            let absent = directory.people.get(absent).map(|person| person.code.clone());
            json!({ "role": role, "how": "stands-in", "for": absent })
        }
        How::Upwards { vacant, unit: at, position } => {
            json!({ "role": role, "how": "upwards", "position": position, "unit": unit(at), "vacant": unit(vacant) })
        }
    }
}

/// The rule for programs.
pub fn rule_json(policy: &str, step: &str, rule: Option<&RuleGrounds>, language: Language) -> Value {
    json!({
        "policy": policy, "step": step,
        "when": rule.map(|rule| sentence(rule, language)), "to": rule.map(|rule| &rule.to), "unless": rule.map(|rule| &rule.unless),
        "every": rule.and_then(|rule| rule.every.as_ref()), "digest": rule.and_then(|rule| rule.digest.as_ref()),
    })
}

/// The calendar for programs.
pub fn calendar_json(grounds: Option<&CalendarGrounds>, at: Timestamp, ground: &Ground) -> Value {
    let zone = ground.config.rules.calendar.time_zone();
    let local = |ms: Option<i64>| ms.and_then(instant).map(|at| rfc3339(at, zone));
    let rest = grounds.map(|grounds| {
        let day = |(date, reason): &(String, String)| json!({ "date": date, "reason": if reason.is_empty() { "weekend" } else { reason } });
        grounds.rest_days.iter().map(day).collect::<Vec<_>>()
    });
    json!({
        "moment": rfc3339(at, zone),
        "from": grounds.map(|grounds| &grounds.from),
        "event_at": local(grounds.and_then(|grounds| grounds.event_at_ms)),
        "moved_from": local(grounds.and_then(|grounds| grounds.moved_from_ms)),
        "rest_days": rest.unwrap_or_default(),
        "rest_days_count": grounds.map_or(0, |grounds| grounds.rest_days_count),
        "provisional": grounds.is_some_and(|grounds| grounds.provisional),
        "text": calendar(grounds, at, ground),
    })
}

/// The state for programs.
pub fn facts_json(facts: &FactGrounds, ground: &Ground) -> Value {
    let zone = ground.config.rules.calendar.time_zone();
    let local = |ms: Option<i64>| ms.and_then(instant).map(|at| rfc3339(at, zone));
    json!({
        "at": local(Some(facts.at_ms)), "work": facts.work, "deadline": facts.deadline, "deadline_revision": facts.deadline_revision,
        "extension": facts.extension.as_ref().map(|(until, basis)| json!({ "until": until, "basis": basis })),
        "replies": facts.replies,
        "last_reply": facts.last_reply.as_ref().map(|last| json!({ "reply": last.kind, "at": local(Some(last.at_ms)) })),
        "promised_until": facts.promised_until, "paused_until": local(facts.paused_until_ms),
        "blocked_until": local(facts.blocked_until_ms),
        "figure": facts.figure.as_ref().map(|(as_of, value)| json!({ "as_of": as_of, "value": value })),
    })
}

/// Why a channel carried nothing.
pub fn passed_over(channel: &str, why: &str, language: Language) -> String {
    let reason = match why {
        "not-open" => say!(language, "kênh chưa mở trong cấu hình", "not open in the config"),
        "no-address" => say!(language, "chưa có địa chỉ email", "no mail address"),
        "not-linked" => say!(language, "chưa liên kết tài khoản", "no account linked"),
        "dead" => say!(language, "tài khoản không còn nhận tin", "the account takes nothing any more"),
        "tried-before" => say!(language, "đã gửi trước đó nhưng không đến", "tried before in vain"),
        _ => say!(language, "không phải kênh được ưu tiên", "not the preferred channel"),
    };
    format!("{channel} – {reason}")
}

/// Why something came due.
pub fn cause(code: &str, language: Language) -> String {
    match code {
        "moment-came" => say!(language, "đến thời điểm của bậc", "its moment came"),
        "caught-up" => say!(language, "thời điểm đã qua, gửi bù lần gần nhất", "its moment had passed; the latest is caught up"),
        "caught-up-in-turn" => say!(language, "thời điểm đã qua, đến lượt gửi bù", "its moment had passed; its turn came"),
        "promise-broken" => say!(language, "quá ngày đã hẹn", "a promised date passed"),
        code => words::reason(code, language),
    }
}

/// Which clock was believed, in one line: "theo giờ của máy chủ (so với đồng hồ đếm của máy không lệch)".
pub fn clock(clock: &ClockGrounds, basis: Basis, language: Language) -> String {
    let witness = |word: &str| match word {
        "steady" => say!(language, "đồng hồ đếm của máy", "steady clock"),
        "telegram" => say!(language, "máy chủ Telegram", "Telegram"),
        "mail" => say!(language, "máy chủ thư điện tử", "mail server"),
        other => other.to_owned(),
    };
    let ahead = |(word, seconds): &(String, i64)| {
        let (who, seconds) = (witness(word), seconds_apart(*seconds, language));
        format!("{who} {seconds}")
    };
    let against = clock.ahead_secs.iter().map(ahead).collect::<Vec<_>>().join(", ");
    let against = match against.as_str() {
        "" => String::new(),
        against => say!(language, " (so với {against})", " (against {against})"),
    };
    let text = match &clock.against {
        None => say!(language, "theo giờ của máy chủ{against}", "that of the machine{against}"),
        Some(word) => {
            let who = witness(word);
            say!(
                language,
                "giờ của máy chủ bị nghi ngờ vì lệch với {who}{against}; đã dùng giờ sớm hơn giữa giờ của máy chủ và đồng hồ đếm",
                "that of the machine was doubted, because of the {who}{against}; the earlier of it and the steady clock was taken"
            )
        }
    };
    match basis {
        Basis::Recorded => text,
        Basis::Recomputed | Basis::Simulated => text + &say!(language, "; theo nhật ký", "; by the journal"),
    }
}

fn seconds_apart(seconds: i64, language: Language) -> String {
    let count = seconds.unsigned_abs();
    match seconds {
        0 => say!(language, "không lệch", "even"),
        1.. => say!(language, "nhanh hơn {count:02} giây", "{count} s ahead"),
        _ => say!(language, "chậm hơn {count:02} giây", "{count} s behind"),
    }
}

/// The same for programs.
pub fn clock_json(clock: &ClockGrounds, basis: Basis) -> Value {
    let witness = |(word, seconds): &(String, i64)| json!({ "witness": word, "wall_ahead_s": seconds });
    json!({
        "believed": clock.believed, "doubted_because_of": clock.against, "basis": basis.as_str(),
        "witnesses": clock.ahead_secs.iter().map(witness).collect::<Vec<_>>(),
    })
}

/// Lines of `label: text`, those without a text left out.
pub fn block(indent: &str, lines: &[(String, String)]) -> String {
    let lines = lines.iter().filter(|(_, text)| !text.is_empty());
    lines.map(|(label, text)| format!("{indent}{label}: {text}\n")).collect()
}

fn instant(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_told_by_its_day_and_one_that_nobody_knows_by_its_word() {
        let said = |digest: &str| {
            let digest = Some(digest.to_owned());
            let grounds = RuleGrounds { when: String::new(), unless: String::new(), to: Vec::new(), every: None, digest };
            rule(&grounds, Language::En)
        };
        assert!(said(Digest::Daily.as_str()).contains("the digest of the next opening"));
        assert!(said(Digest::Weekly.as_str()).contains("the digest of the week's first working day"));
        assert!(said("monthly").contains("the digest monthly"), "{}", said("monthly"));
    }
}
