//! `[office]` and `[deadlines]`.

use super::channels;
use super::parse::one_of;
use super::policy::{amount, in_range, roles};
use crate::diagnostic::Diagnostic;
use crate::domain::amount::{Amount, Unit};
use crate::domain::policy::Role;
use crate::domain::rules::{BeforeDate, Language, Office};
use crate::domain::sentence::role_label;
use crate::domain::storm::LIMIT_DEFAULT;
use crate::tree::{At, Problems, Table, say};

/// `[office]`, with its defaults.
pub(super) fn read(root: &Table<'_>, language: Language) -> Office {
    let mut office = Office {
        name: String::new(),
        monitor: None,
        operators: Vec::new(),
        brief: Vec::new(),
        salutation: say!(language, "đồng chí", "Mr/Ms"),
        due_soon: Amount::working_days(5),
        dispute_pause: Amount::working_days(1),
        storm_limit: LIMIT_DEFAULT,
        alarm: None,
    };
    let problems = root.problems();
    let Some(table) = root.table("office") else {
        if !root.has("office") && problems.is_well_formed() {
            report_missing(problems);
        }
        return office;
    };
    table.require(&["name"]);
    if let Some(name) = table.str("name") {
        office.name = name.value;
    }
    office.monitor = table
        .get("monitor")
        .and_then(|value| super::policy::role(value, problems))
        .and_then(|role| named(&role, "office.monitor", problems));
    let operators = roles(&table, "operators").unwrap_or_default();
    office.operators = operators.iter().filter_map(|role| named(role, "office.operators", problems)).collect();
    let brief = roles(&table, "brief").unwrap_or_default();
    office.brief = brief.iter().filter_map(|role| leader(role, problems)).collect();
    if let Some(salutation) = table.str("salutation") {
        office.salutation = salutation.value;
    }
    if let Some(due_soon) = amount(&table, "due_soon").and_then(|due_soon| working_days(&due_soon, problems)) {
        office.due_soon = due_soon;
    }
    if let Some(pause) = amount(&table, "dispute_pause") {
        office.dispute_pause = pause.value;
    }
    if let Some(limit) = table.int("storm_limit").and_then(|number| in_range(&table, "storm_limit", &number, 1, 9_999)) {
        office.storm_limit = u16::try_from(limit).unwrap_or(LIMIT_DEFAULT);
    }
    office.alarm = table.str("alarm").and_then(|alarm| channels::mailbox(&alarm, problems)).map(|mailbox| mailbox.address);
    table.finish();
    office
}

/// `[deadlines] before_date`
pub(super) fn read_before_date(root: &Table<'_>) -> BeforeDate {
    let Some(table) = root.table("deadlines") else { return BeforeDate::default() };
    let words = [("tolerant", BeforeDate::Tolerant), ("strict", BeforeDate::Strict)];
    let read = table.str("before_date").and_then(|word| one_of(&table, &word, "before_date", &words));
    table.finish();
    read.unwrap_or_default()
}

fn report_missing(problems: &Problems) {
    let language = problems.language;
    let message = say!(language, "chưa có mục [office]", "there is no [office]");
    let help = say!(
        language,
        "thêm [office] với name và monitor, để tin nhắn ghi rõ cơ quan gửi và người theo dõi",
        "add [office] with name and monitor, so that messages say who sends them and whom to ask",
    );
    problems.push(Diagnostic::warning("no-office", message).in_source(problems.source).with_help(help));
}

/// A brief reports on units, so besides a person or a position it can go to the supervisors of units.
fn leader(role: &At<Role>, problems: &Problems) -> Option<Role> {
    if role.value == Role::Supervisor { Some(Role::Supervisor) } else { named(role, "office.brief", problems) }
}

/// The office stands outside every assignment, so only a person or a position of a named unit makes sense here.
fn named(role: &At<Role>, key: &str, problems: &Problems) -> Option<Role> {
    match &role.value {
        Role::Person(_) | Role::Position { unit: Some(_), .. } => Some(role.value.clone()),
        other => {
            let language = problems.language;
            let label = role_label(other, language);
            let message = say!(
                language,
                "\"{key}\" phải nêu rõ người hoặc vị trí, không phải \"{label}\"",
                "\"{key}\" must name a person or a position, not \"{label}\""
            );
            let help =
                say!(language, "viết \"position:head@vp\" hoặc \"person:an\"", "write \"position:head@vp\" or \"person:an\"");
            problems.error_with_help("bad-value", role.span, message, help);
            None
        }
    }
}

fn working_days(amount: &At<Amount>, problems: &Problems) -> Option<Amount> {
    if amount.value.unit == Unit::WorkingDays {
        return Some(amount.value);
    }
    let language = problems.language;
    let message = say!(language, "\"office.due_soon\" tính bằng ngày làm việc", "\"office.due_soon\" is counted in working days");
    let help = say!(language, "viết \"5 ngày làm việc\"", "write \"5 working days\"");
    problems.error_with_help("bad-value", amount.span, message, help);
    None
}
