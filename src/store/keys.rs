//! Many keys as one parameter: a JSON list that the database takes apart. The text of a statement is the same for one row and
//! for five hundred, so that it is prepared once; see docs/adr/0024.

use std::fmt::Write as _;

use super::dialect::Dialect;

/// `SELECT` of the numbers in the list of parameter `place`.
pub(super) fn each_number(dialect: Dialect, place: usize) -> String {
    format!("SELECT CAST(CAST(value AS TEXT) AS BIGINT) FROM {}", dialect.elements(place))
}

/// What follows a column that is one of those numbers.
pub(super) fn numbers(dialect: Dialect, place: usize) -> String {
    dialect.one_of(&each_number(dialect, place))
}

/// What follows a column that is one of the texts in the list of parameter `place`, made by [`texts_list`]. Hundreds of texts are compared
/// with a table that has just begun to grow, and a join does that faster than row by row.
pub(super) fn texts(dialect: Dialect, place: usize) -> String {
    format!("IN (SELECT value ->> 0 FROM {})", dialect.elements(place))
}

/// A table `v` of what [`numbers_by_id`] wrote as parameter `place`: `id` and `number`, a number or NULL, for `UPDATE … FROM`. Of a
/// list of pairs SQLite would read each pair twice more.
pub(super) fn number_pairs(dialect: Dialect, place: usize) -> String {
    let entries = dialect.entries(place);
    format!("(SELECT CAST(key AS BIGINT) AS id, CAST(value AS BIGINT) AS number FROM {entries}) AS v")
}

/// A number, or none, for each of several keys, as a parameter.
pub(super) fn numbers_by_id(pairs: impl IntoIterator<Item = (i64, Option<i64>)>) -> String {
    let mut text = String::from("{");
    for (id, number) in pairs {
        if text.len() > 1 {
            text.push(',');
        }
        // Writing to a String cannot fail.
        let _ = match number {
            Some(number) => write!(text, "\"{id}\":{number}"),
            None => write!(text, "\"{id}\":null"),
        };
    }
    text.push('}');
    text
}

/// A table `v` of the pairs in the list of parameter `place`: `id` and `word`, a text or NULL.
pub(super) fn text_pairs(dialect: Dialect, place: usize) -> String {
    format!("(SELECT CAST(value ->> 0 AS BIGINT) AS id, value ->> 1 AS word FROM {}) AS v", dialect.elements(place))
}

/// Numbers, or pairs of a number and something, as a parameter.
pub(super) fn list<T: Into<serde_json::Value>>(elements: impl IntoIterator<Item = T>) -> String {
    serde_json::Value::Array(elements.into_iter().map(Into::into).collect()).to_string()
}

/// A pair of such a list.
pub(super) fn pair<T: Into<serde_json::Value>>(id: i64, other: T) -> serde_json::Value {
    serde_json::Value::Array(vec![id.into(), other.into()])
}

/// Texts as a parameter.
pub(super) fn texts_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    list(texts.into_iter().map(|text| vec![text]))
}
