//! Standard output for data, standard error for everything else. A reader that went away (`| head`) is no mistake.

use std::io::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use serde_json::Value;

/// Data, as it stands.
pub fn data(text: &str) {
    // Nobody is left to be told when standard output is closed.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Data as JSON, and a newline.
pub fn json(value: &Value) {
    data(&format!("{value:#}\n"));
}

/// A table: as wide as the terminal, as wide as it needs to be when there is none.
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    // Names and times of the first column are copied by people: they stay whole.
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    data(&format!("{table}\n"));
}

/// Everything else.
pub fn note(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
