//! One whole mail and one Telegram message, each with its why.

use super::Stop;
use super::acts::rule;
use super::replay::{Played, Sent};
use super::script::SILENT_WARD;
use super::story;
use super::words::{WIDTH, long_day, moment, wrap};
use crate::domain::policy::Event;
use crate::domain::reminder::StepRef;
use crate::domain::sentence::describe_when;
use crate::store::timeline::{MessageLine, ReminderLine, Timeline};
use crate::tree::say;

/// The mail that presses the silent ward the day after the deadline.
pub async fn mail(played: &Played) -> Result<String, Stop> {
    let course = story::timeline(played, super::replay::DISPATCH_CLAUSE, SILENT_WARD).await?;
    let title = say!(played.engine.rules.language, "MỘT THƯ, NGUYÊN VĂN", "ONE MAIL, IN FULL");
    letter(played, &course, "don-doc", &title)
}

/// The chat message that says 4.b is behind.
pub async fn chat(played: &Played) -> Result<String, Stop> {
    let course = story::timeline(played, "4.b", "tckh").await?;
    let title = say!(played.engine.rules.language, "MỘT TIN TELEGRAM, NGUYÊN VĂN", "ONE TELEGRAM MESSAGE, IN FULL");
    letter(played, &course, "cham-tien-do", &title)
}

fn letter(played: &Played, course: &Timeline, step: &str, title: &str) -> Result<String, Stop> {
    let rules = &played.engine.rules;
    let language = rules.language;
    let wanted = StepRef::Step(step.to_owned());
    let reminder = course.reminders.iter().find(|reminder| reminder.step == wanted).ok_or_else(|| Stop::embedded(step))?;
    let carries = |message: &&MessageLine| message.reminders.contains(&reminder.id) && message.kind != "copy";
    let message = course.messages.iter().find(carries).ok_or_else(|| Stop::embedded(step))?;
    let sent = played.sent.iter().find(|sent| sent.parcel.key == message.key).ok_or_else(|| Stop::embedded(step))?;
    let parcel = &sent.parcel;
    let mut lines = vec![rule(title)];
    let (at, name) = (moment(sent.at, &rules.calendar), &parcel.name);
    lines.push(say!(language, "Gửi:     {at}, {name}", "Sent:    {at}, {name}"));
    if parcel.html.is_some() {
        let subject = &parcel.subject;
        lines.push(wrap(&say!(language, "Tiêu đề: {subject}", "Subject: {subject}"), WIDTH, "         "));
    }
    lines.push(String::new());
    lines.extend(parcel.text.lines().map(|line| wrap(line, WIDTH, "")));
    for row in &parcel.buttons {
        let labels: Vec<String> = row.iter().map(|button| format!("[ {} ]", button.label)).collect();
        lines.push(labels.join(" "));
    }
    lines.push(String::new());
    lines.extend(why(played, course, reminder, sent));
    Ok(lines.join("\n"))
}

/// Which rule, which day, and how the person was found.
fn why(played: &Played, course: &Timeline, reminder: &ReminderLine, sent: &Sent) -> Vec<String> {
    let rules = &played.engine.rules;
    let language = rules.language;
    let mut lines = vec![say!(language, "Vì sao có tin này:", "Why this message:")];
    let policy = rules.policy(&reminder.policy);
    let step = policy.and_then(|policy| policy.steps.iter().find(|step| StepRef::Step(step.name.clone()) == reminder.step));
    let mut push = |text: String| lines.push(wrap(&text, WIDTH, "              "));
    if let (Some(policy), Some(step)) = (policy, step) {
        let (label, rule, when) = (&policy.label, &step.label, describe_when(&step.when, language));
        push(say!(language, "  quy tắc     {label}, bậc \"{rule}\": {when}", "  rule        {label}, step \"{rule}\": {when}"));
        let day = long_day(rules.calendar.date_of(reminder.moment), language);
        match (&step.when.event, course.row.deadline) {
            (Event::BehindPace(_), _) => {
                push(say!(
                    language,
                    "  thời điểm   {day}: số liệu được ghi nhận lúc mở cửa ngày làm việc này",
                    "  moment      {day}: the figure was recorded at the opening of this working day"
                ));
            }
            (_, Some(deadline)) => {
                let last = long_day(deadline.last_day, language);
                let reasons = rest_days(played, course, reminder);
                push(say!(
                    language,
                    "  thời điểm   {day}; hạn là {last}{reasons}",
                    "  moment      {day}; the deadline is {last}{reasons}"
                ));
            }
            (_, None) => push(format!("              {day}")),
        }
    }
    // The sentence of the letter itself, not another one.
    let sentence = sent
        .parcel
        .text
        .lines()
        .find(|line| line.contains("nhận tin này vì") || line.trim_start().starts_with("You get this because"));
    if let Some(sentence) = sentence {
        let sentence = sentence.trim();
        push(say!(language, "  người nhận  {sentence}", "  recipient   {sentence}"));
    }
    lines
}

/// The days between the deadline and the moment on which nothing leaves.
fn rest_days(played: &Played, course: &Timeline, reminder: &ReminderLine) -> String {
    let rules = &played.engine.rules;
    let moment = rules.calendar.date_of(reminder.moment);
    let Some(deadline) = course.row.deadline else { return String::new() };
    let mut rest = Vec::new();
    let mut day = deadline.last_day;
    while day < moment {
        if !rules.calendar.is_working_day(day) && day != deadline.last_day {
            rest.push(super::words::short_day(day));
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    if rest.is_empty() {
        return String::new();
    }
    let days = rest.join(", ");
    say!(rules.language, "; ngày nghỉ ở giữa: {days}", "; rest days between: {days}")
}
