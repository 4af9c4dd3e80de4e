//! Writes that leave together. Every statement goes over a channel to the thread that owns the SQLite connection and back; so
//! many as stand in one text cross it once. PostgreSQL takes one statement at a time, and gets them in their order.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::dialect::Dialect;
use super::error::StoreError;
use super::rows::{Cell, bind};

/// Statements that return nothing, in their order.
#[derive(Debug)]
pub struct Batch {
    dialect: Dialect,
    statements: Vec<Statement>,
}

#[derive(Debug)]
struct Statement {
    sql: String,
    places: Places,
    cells: Vec<Cell>,
}

/// How the places of parameters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Places {
    /// `$1`, each as often as it is needed.
    Numbered,
    /// As [`Dialect::write_place`] does: each once, in their order.
    InOrder,
}

impl Batch {
    /// An empty one for that connection.
    pub fn new(connection: &AnyConnection) -> Self {
        Self { dialect: Dialect::of(connection), statements: Vec::new() }
    }

    /// For which database it is.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// One more, with the places `$1`, `$2`….
    pub(super) fn push(&mut self, sql: String, cells: Vec<Cell>) {
        self.statements.push(Statement { sql, places: Places::Numbered, cells });
    }

    /// One more, whose places [`Dialect::write_place`] wrote.
    pub(super) fn push_in_order(&mut self, sql: String, cells: Vec<Cell>) {
        self.statements.push(Statement { sql, places: Places::InOrder, cells });
    }

    /// Runs them in the caller's transaction.
    ///
    /// # Errors
    /// When one of them fails; those before it have been done, and the transaction is to be rolled back.
    pub async fn run(self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let texts = match self.dialect {
            Dialect::Sqlite => joined(self.statements).into_iter().collect(),
            Dialect::Postgres => self.statements.into_iter().map(|one| (one.sql, one.cells)).collect::<Vec<_>>(),
        };
        for (sql, cells) in texts {
            let query = cells.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// One text of all of them, as the driver of SQLite takes it (sqlx 0.9.0): `?` counts on from statement to statement and sees
/// nothing of `$1`, and `$1` is the first parameter of the whole text. So what stands in order comes first in the list.
fn joined(statements: Vec<Statement>) -> Option<(String, Vec<Cell>)> {
    let in_order = |one: &Statement| if one.places == Places::InOrder { one.cells.len() } else { 0 };
    let mut place = statements.iter().map(in_order).sum();
    let mut sql = String::with_capacity(statements.iter().map(|one| one.sql.len() + 2).sum());
    let (mut first, mut then) = (Vec::new(), Vec::new());
    for one in statements {
        if !sql.is_empty() {
            sql.push_str(";\n");
        }
        match one.places {
            Places::InOrder => {
                sql.push_str(&one.sql);
                first.extend(one.cells);
            }
            Places::Numbered => {
                write_shifted(&mut sql, &one.sql, place);
                place += one.cells.len();
                then.extend(one.cells);
            }
        }
    }
    first.append(&mut then);
    (!sql.is_empty()).then_some((sql, first))
}

/// Writes a text with each `$n` as `$(n + by)`.
fn write_shifted(out: &mut String, sql: &str, by: usize) {
    let mut parts = sql.split('$');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        out.push('$');
        match number.parse::<usize>() {
            Ok(number) => out.push_str(&(number + by).to_string()),
            Err(_) => out.push_str(number),
        }
        out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn the_places_of_each_statement_count_on_from_those_before_it() {
        let one = |sql: &str, places, numbers: &[i64]| Statement {
            sql: sql.to_owned(),
            places,
            cells: numbers.iter().map(|number| Cell::from(*number)).collect(),
        };
        let (sql, cells) = joined(vec![
            one("UPDATE a SET x = $2 WHERE id = $1 OR id > $2", Places::Numbered, &[1, 2]),
            one("INSERT INTO b VALUES (?, ?)", Places::InOrder, &[3, 4]),
            one("DELETE FROM c WHERE id = $1", Places::Numbered, &[5]),
        ])
        .expect("a text");
        assert_eq!(
            sql,
            "UPDATE a SET x = $4 WHERE id = $3 OR id > $4;\nINSERT INTO b VALUES (?, ?);\nDELETE FROM c WHERE id = $5"
        );
        assert_eq!(cells, [3, 4, 1, 2, 5].map(Cell::from).to_vec());
        assert!(joined(Vec::new()).is_none());
    }

    #[tokio::test]
    async fn statements_of_one_text_all_take_effect_in_their_order() {
        let store = Store::scratch().await.expect("a store");
        let mut tx = store.begin().await.expect("a transaction");
        for round in 0..3_i64 {
            let mut batch = Batch::new(&tx);
            let set = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            batch.push(set.to_owned(), vec!["a".into(), format!("first {round}").into()]);
            batch.push_in_order(
                "INSERT INTO meta (key, value) VALUES (?, ?), (?, ?)".to_owned(),
                vec![format!("b{round}").into(), "2".into(), format!("c{round}").into(), "3".into()],
            );
            batch.push("UPDATE meta SET value = value || $1 WHERE key = $2".to_owned(), vec!["!".into(), "a".into()]);
            batch.run(&mut tx).await.expect("three statements");
        }
        let mut found = Vec::new();
        for key in ["a", "b0", "c0", "b2", "c2"] {
            found.push(crate::store::meta::get(&mut tx, key).await.expect("read").expect("written"));
        }
        assert_eq!(found, ["first 2!", "2", "3", "2", "3"]);
    }
}
