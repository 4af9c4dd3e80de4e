//! Standard output for data, standard error for everything else. A reader that went away (`| head`) is no mistake.

use std::io::Write as _;

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

/// Everything else.
pub fn note(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
