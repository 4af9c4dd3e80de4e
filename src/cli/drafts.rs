//! A dispatch as read, in JSON.

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Places};
use crate::dispatch::{Draft, DraftDeadline, DraftTarget, Drafts, Quote};
use crate::domain::deadline::{Deadline, DeadlineRule};
use crate::domain::rules::Compare;

/// What `import --json` prints of a dispatch.
pub fn to_json(drafts: &Drafts, problems: &[Diagnostic], text: &str) -> Value {
    let places = Places::new(text);
    let heading = &drafts.heading;
    json!({
        "dispatch": {
            "number": heading.number,
            "number_as_typed": heading.number_as_typed.as_ref().map(|typed| &typed.text),
            "issuer": heading.issuer,
            "date": heading.date.map(|date| date.to_string()),
            "subject": heading.subject,
            "urgency": heading.urgency.as_str(),
            "secrecy": heading.secrecy.as_str(),
            "addressees": texts(&heading.addressees),
        },
        "directives": drafts.directives.iter().map(|draft| directive(draft, &places)).collect::<Vec<_>>(),
        "window": drafts.window.as_ref().map(deadline),
        "problems": diagnostics(problems, &places),
    })
}

fn directive(draft: &Draft, places: &Places<'_>) -> Value {
    json!({
        "clause": draft.clause,
        "clause_as_typed": draft.clause_as_typed,
        "lead_units": texts(&draft.lead_units),
        "coordinating_units": texts(&draft.coordinating_units),
        "text": draft.quote.text,
        "deadline": draft.deadline.as_ref().map(deadline),
        "target": draft.target.as_ref().map(target),
        "diagnostics": diagnostics(&draft.diagnostics, places),
    })
}

fn texts(quotes: &[Quote]) -> Vec<&str> {
    quotes.iter().map(|quote| quote.text.as_str()).collect()
}

fn deadline(deadline: &DraftDeadline) -> Value {
    let fixed: Option<&Deadline> = match &deadline.rule {
        Some(DeadlineRule::Fixed(fixed)) => Some(fixed),
        _ => None,
    };
    json!({
        "text": deadline.quote.text,
        "kind": deadline.kind.as_str(),
        "date": fixed.map(|fixed| fixed.last_day.to_string()),
        "from": fixed.and_then(|fixed| fixed.from).map(|from| from.to_string()),
        "time": fixed.and_then(|fixed| fixed.time).map(|time| format!("{:02}:{:02}", time.hour(), time.minute())),
    })
}

fn target(target: &DraftTarget) -> Value {
    json!({
        "text": target.quote.text,
        "op": target.op.map(Compare::as_str),
        "value": target.value,
        "unit": target.unit,
    })
}

fn diagnostics(problems: &[Diagnostic], places: &Places<'_>) -> Vec<Value> {
    let one = |problem: &Diagnostic| {
        let place = problem.span.map(|span| places.line_column(span.start));
        json!({
            "code": problem.code,
            "severity": problem.severity.as_str(),
            "line": place.map(|(line, _)| line),
            "column": place.map(|(_, column)| column),
            "message": problem.message,
            "help": problem.help,
        })
    };
    problems.iter().map(one).collect()
}
