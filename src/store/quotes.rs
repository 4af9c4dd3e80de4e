//! The words of a directive as its dispatch has them, and where they stand.

use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;

/// Kept when a directive is confirmed from a dispatch that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// The words.
    pub text: String,
    /// Name of the file they were read from.
    pub file: Option<String>,
    /// SHA-256 of that file, in hexadecimal.
    pub digest: Option<String>,
    /// Line of its text, from 1.
    pub line: Option<i64>,
    /// First byte in its text, and the first behind them.
    pub bytes: Option<(i64, i64)>,
}

/// The quote of a directive; `None` when it was not taken from a dispatch that was read.
pub async fn quote_of(connection: &mut AnyConnection, directive_id: i64) -> Result<Option<QuoteLine>, StoreError> {
    let sql = "SELECT quote, quote_file, quote_digest, quote_line, quote_start, quote_end FROM directive WHERE id = $1";
    let row = sqlx::query(sql).bind(directive_id).fetch_one(connection).await?;
    let Some(text) = row.try_get::<Option<String>, _>(0)? else { return Ok(None) };
    let (start, end): (Option<i64>, Option<i64>) = (row.try_get(4)?, row.try_get(5)?);
    Ok(Some(QuoteLine { text, file: row.try_get(1)?, digest: row.try_get(2)?, line: row.try_get(3)?, bytes: start.zip(end) }))
}
