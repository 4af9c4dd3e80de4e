//! The target of a directive as text, and rows of `directive_unit`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::dialect::Dialect;
use super::error::StoreError;
use super::rows::{Change, damaged, date, insert_sql};
use crate::domain::rules::Compare;
use crate::domain::target::Target;

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
pub(super) fn insert_ignore_sql(dialect: Dialect, table: &str, columns: &[&str], rows: usize) -> String {
    format!("{} ON CONFLICT DO NOTHING", insert_sql(dialect, table, columns, rows))
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
