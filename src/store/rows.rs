//! What every table needs: inserts of many rows, and the texts of dates, times and lists.

/// `INSERT INTO table (a, b) VALUES ($1, $2), ($3, $4)…`; table and columns are our own words.
pub(super) fn insert_sql(table: &str, columns: &[&str], rows: usize) -> String {
    use std::fmt::Write as _;
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    let mut place = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns.len() {
            place += 1;
            // Writing to a String cannot fail.
            let _ = write!(sql, "{}${place}", if column == 0 { "" } else { ", " });
        }
        sql.push(')');
    }
    sql
}
