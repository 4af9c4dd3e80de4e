//! Rows of `dispatch`, `directive` and `directive_unit`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;
use super::rows::{Change, DeadlineColumns, Upserted, damaged, date, deadline_rule_columns, insert_sql, role_text, upsert};
use crate::domain::deadline::DeadlineRule;
use crate::domain::directive::{Follow, Secrecy, Urgency};
use crate::domain::policy::Role;
use crate::domain::rules::Compare;
use crate::domain::target::Target;

/// A dispatch as facts give it.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchRow {
    /// Issuer.
    pub issuer: String,
    /// Number and symbol.
    pub number: String,
    /// Date of issue; its year is part of the identity.
    pub date: Date,
    /// Day it was received.
    pub received: Option<Date>,
    /// Number in the register of incoming dispatches.
    pub incoming_number: Option<String>,
    /// Number it replaces.
    pub replaces: Option<String>,
    /// Number it supplements.
    pub supplements: Option<String>,
    /// Subject; `None` from mật up.
    pub subject: Option<String>,
    /// Its monitor.
    pub monitor: Option<Role>,
    /// Urgency mark.
    pub urgency: Urgency,
    /// Secrecy mark.
    pub secrecy: Secrecy,
}

/// Adds it or changes the row of that issuer, year and number.
pub async fn upsert_dispatch(connection: &mut AnyConnection, dispatch: &DispatchRow) -> Result<Upserted, StoreError> {
    let key = vec![
        ("issuer", dispatch.issuer.as_str().into()),
        ("year", i64::from(dispatch.date.year()).into()),
        ("number", dispatch.number.as_str().into()),
    ];
    let values = vec![
        ("date", dispatch.date.to_string().into()),
        ("received", dispatch.received.into()),
        ("incoming_number", dispatch.incoming_number.clone().into()),
        ("replaces", dispatch.replaces.clone().into()),
        ("supplements", dispatch.supplements.clone().into()),
        ("subject", dispatch.subject.clone().into()),
        ("monitor", dispatch.monitor.as_ref().map(role_text).into()),
        ("urgency", dispatch.urgency.as_str().into()),
        ("secrecy", dispatch.secrecy.as_str().into()),
    ];
    upsert(connection, "dispatch", key, values).await
}

/// A directive as facts give it, without its units.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectiveRow {
    /// Key of its dispatch.
    pub dispatch_id: i64,
    /// `1.e`
    pub clause: String,
    /// As typed in the dispatch, when different.
    pub clause_as_typed: Option<String>,
    /// 1 for the first directive of the clause.
    pub ordinal: u16,
    /// At most 160 characters.
    pub title: String,
    /// The clause.
    pub text: Option<String>,
    /// Press, review or list.
    pub follow: Follow,
    /// The wording and what it means; `None` is undated.
    pub deadline: Option<(String, DeadlineRule)>,
    /// `office` when the dispatch itself gives none.
    pub deadline_set_by: Option<String>,
    /// The number to reach.
    pub target: Option<Target>,
    /// Key of the person named.
    pub assignee_id: Option<i64>,
}

/// Adds it or changes the row of that dispatch, clause and ordinal. The deadlines of its assignments stay as they are.
pub async fn upsert_directive(connection: &mut AnyConnection, directive: &DirectiveRow) -> Result<Upserted, StoreError> {
    let key = vec![
        ("dispatch_id", directive.dispatch_id.into()),
        ("clause", directive.clause.as_str().into()),
        ("ordinal", i64::from(directive.ordinal).into()),
    ];
    let mut values = vec![
        ("clause_as_typed", directive.clause_as_typed.clone().into()),
        ("title", directive.title.as_str().into()),
        ("text", directive.text.clone().into()),
        ("follow", directive.follow.as_str().into()),
        ("deadline_text", directive.deadline.as_ref().map(|(text, _)| text.clone()).into()),
        ("deadline_set_by", directive.deadline_set_by.clone().into()),
        ("target", directive.target.as_ref().map(target_text).into()),
        ("assignee_id", directive.assignee_id.into()),
    ];
    values.extend(deadline_rule_columns(directive.deadline.as_ref().map(|(_, rule)| rule)).cells());
    upsert(connection, "directive", key, values).await
}

/// The wording and the columns of a directive's deadline as stored; `None` when there is no such directive. What an
/// import compares before it changes a deadline about which messages went out.
pub async fn directive_deadline(
    connection: &mut AnyConnection,
    dispatch_id: i64,
    clause: &str,
    ordinal: u16,
) -> Result<Option<(i64, Option<String>, DeadlineColumns)>, StoreError> {
    let sql = "SELECT id, deadline_text, deadline_kind, deadline_last_day, deadline_named_day, deadline_time, deadline_from
               FROM directive WHERE dispatch_id = $1 AND clause = $2 AND ordinal = $3";
    let query = sqlx::query(sql).bind(dispatch_id).bind(clause).bind(i64::from(ordinal));
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some((row.try_get("id")?, row.try_get("deadline_text")?, DeadlineColumns::of(&row)?)))
}

/// Makes exactly those units the coordinating ones.
pub async fn set_coordinating(connection: &mut AnyConnection, directive_id: i64, unit_ids: &[i64]) -> Result<Change, StoreError> {
    let wanted: BTreeSet<i64> = unit_ids.iter().copied().collect();
    let held: BTreeSet<i64> = coordinating(connection, directive_id).await?.into_iter().collect();
    if wanted == held {
        return Ok(Change::Unchanged);
    }
    for gone in held.difference(&wanted) {
        let sql = "DELETE FROM directive_unit WHERE directive_id = $1 AND unit_id = $2";
        sqlx::query(sql).bind(directive_id).bind(*gone).execute(&mut *connection).await?;
    }
    for new in wanted.difference(&held) {
        let sql = "INSERT INTO directive_unit (directive_id, unit_id) VALUES ($1, $2)";
        sqlx::query(sql).bind(directive_id).bind(*new).execute(&mut *connection).await?;
    }
    Ok(if held.is_empty() { Change::Added } else { Change::Changed })
}

/// The keys of the coordinating units.
pub async fn coordinating(connection: &mut AnyConnection, directive_id: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT unit_id FROM directive_unit WHERE directive_id = $1 ORDER BY unit_id";
    Ok(sqlx::query_scalar(sql).bind(directive_id).fetch_all(connection).await?)
}

/// A target as stored. Numbers are decimal text: `serde_json` reads a float back only nearly.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetRow {
    v: u8,
    metric: String,
    op: String,
    value: String,
    unit: String,
    from: Option<String>,
    start: Option<String>,
    pace: Vec<(String, String)>,
}

/// A target as JSON.
pub fn target_text(target: &Target) -> String {
    let row = TargetRow {
        v: 1,
        metric: target.metric.clone(),
        op: target.op.as_str().to_owned(),
        value: target.value.to_string(),
        unit: target.unit.clone(),
        from: target.from.map(|day| day.to_string()),
        start: target.start.map(|start| start.to_string()),
        pace: target.pace.iter().map(|(day, value)| (day.to_string(), value.to_string())).collect(),
    };
    serde_json::json!(row).to_string()
}

/// Reads what [`target_text`] writes.
pub fn parse_target(text: &str) -> Result<Target, StoreError> {
    let row: TargetRow = serde_json::from_str(text).map_err(|_| damaged("target", text))?;
    if row.v != 1 {
        return Err(damaged("target", text));
    }
    let number = |value: &str| value.parse::<f64>().map_err(|_| damaged("target", text));
    let pace = row.pace.iter().map(|(day, value)| Ok((date("target", day)?, number(value)?)));
    Ok(Target {
        op: Compare::parse(&row.op).ok_or_else(|| damaged("target", text))?,
        from: row.from.as_deref().map(|day| date("target", day)).transpose()?,
        pace: pace.collect::<Result<_, StoreError>>()?,
        metric: row.metric,
        value: number(&row.value)?,
        unit: row.unit,
        start: row.start.as_deref().map(number).transpose()?,
    })
}

/// `INSERT` of many rows that leaves rows of the same key alone.
pub(super) fn insert_ignore_sql(table: &str, columns: &[&str], rows: usize) -> String {
    format!("{} ON CONFLICT DO NOTHING", insert_sql(table, columns, rows))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_target_reads_back_what_it_writes(
            value in -1e9..1e9_f64,
            start in proptest::option::of(-1e9..1e9_f64),
            metric in "\\PC{0,20}",
            op in prop_oneof![
                Just(Compare::Less), Just(Compare::AtMost), Just(Compare::Equal), Just(Compare::AtLeast), Just(Compare::More)
            ],
            points in proptest::collection::vec((1_i8..=12, -1e6..1e6_f64), 0..4),
        ) {
            let pace = points.into_iter().map(|(month, value)| (day(2023, month, 28), value)).collect();
            let target = Target { metric, op, value, unit: "%".into(), from: Some(day(2023, 1, 1)), start, pace };
            prop_assert_eq!(parse_target(&target_text(&target)).expect("our own text"), target);
        }
    }

    #[test]
    fn a_target_of_a_later_version_or_with_unknown_fields_is_not_guessed_at() {
        let good = r#"{"v":1,"metric":"m","op":">","value":"90","unit":"%","from":null,"start":null,"pace":[]}"#;
        parse_target(good).expect("version 1");
        for bad in [good.replace("\"v\":1", "\"v\":2"), good.replace("\"pace\":[]", "\"pace\":[],\"x\":1"), "{}".to_owned()] {
            assert!(parse_target(&bad).is_err(), "{bad}");
        }
    }
}
