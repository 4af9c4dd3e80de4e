//! `[[route]]`: which directive gets which policy.

use super::parse::one_of;
use crate::diagnostic::{Span, quoted};
use crate::domain::directive::{Secrecy, Urgency};
use crate::domain::rules::{Conditions, DaysLeft, Route};
use crate::domain::sentence::parse_days_left;
use crate::tree::{Table, say};

/// A route with the places its cross-checks point at.
#[derive(Debug)]
pub(super) struct PlacedRoute {
    /// As read.
    pub route: Route,
    /// The name of its policy.
    pub policy_span: Span,
    /// Whether it takes everything; a condition that could not be read is one all the same.
    pub unconditional: bool,
    /// Its header.
    pub header: Span,
}

/// All routes, in file order.
pub(super) fn read_all(root: &Table<'_>) -> Vec<PlacedRoute> {
    root.tables("route").into_iter().filter_map(read).collect()
}

fn read(table: Table<'_>) -> Option<PlacedRoute> {
    table.require(&["policy"]);
    let policy = table.str("policy");
    let when = table.table("when");
    let unconditional = when.as_ref().map_or(!table.has("when"), Table::is_empty);
    let when = when.map(read_conditions).unwrap_or_default();
    let header = table.span();
    table.finish();
    let policy = policy?;
    Some(PlacedRoute { route: Route { when, policy: policy.value }, policy_span: policy.span, unconditional, header })
}

fn read_conditions(table: Table<'_>) -> Conditions {
    let text = |key| table.str(key).map(|text| text.value);
    let marks = Urgency::ALL.map(|mark| (mark.as_str(), mark));
    let secrets = Secrecy::ALL.map(|mark| (mark.as_str(), mark));
    let conditions = Conditions {
        target: text("target"),
        unit: text("unit"),
        issuer: text("issuer"),
        urgency: table.str("urgency").and_then(|word| one_of(&table, &word, "urgency", &marks)),
        secrecy: table.str("secrecy").and_then(|word| one_of(&table, &word, "secrecy", &secrets)),
        undated: table.bool("undated").map(|yes| yes.value),
        recurring: table.bool("recurring").map(|yes| yes.value),
        days_left: read_days_left(&table),
    };
    table.finish();
    conditions
}

fn read_days_left(table: &Table<'_>) -> Option<DaysLeft> {
    let text = table.str("days_left")?;
    match parse_days_left(&text.value) {
        Ok(limit) => Some(limit),
        Err(error) => {
            let language = table.problems().language;
            let (shown, said) = (quoted(&text.value), error.describe(language));
            let message = say!(language, "không hiểu {shown}: {said}", "{shown} is not understood: {said}");
            let help =
                say!(language, "viết ví dụ days_left = \"< 5 ngày làm việc\"", "write e.g. days_left = \"< 5 working days\"");
            table.problems().error_with_help("bad-condition", text.span, message, help);
            None
        }
    }
}
