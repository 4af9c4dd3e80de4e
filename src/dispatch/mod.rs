//! Floor 1: the reader of dispatches. The text of a công văn in, drafts of directives out.
//!
//! Pure: no file is opened here, no directory of units asked, no clock read. It never fails: what cannot be read is a
//! [`Diagnostic`](crate::diagnostic::Diagnostic) with its place in the text.

pub mod deadline;
pub mod doubt;
mod draft;
pub mod target;
mod words;

pub use draft::{Draft, DraftDeadline, DraftTarget, Drafts, Firmness, Heading, LeadSource, Quote};
