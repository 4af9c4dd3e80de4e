//! Diagnostics: code, place, message and mend; rendered like a compiler's.

use std::ops::Range;

/// A place in a source: bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Warning,
    /// Stops what was asked.
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, kebab-case, e.g. `unknown-key`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Index into the sources given to the renderer.
    pub source: usize,
    /// Where; `None` for the file as a whole.
    pub span: Option<Span>,
    /// What is wrong, with the offending value.
    pub message: String,
    /// The mend.
    pub help: Option<String>,
}
