//! Floor 4: the page where a message is answered.
//!
//! `GET /r/TOKEN` shows and changes nothing, whoever asks and however often; `POST /r/TOKEN` acts. Mails are opened by programs
//! before people see them, so a form is taken only from a browser that got it from here, kept its cookie and took its time
//! ([`form`](self)), and what still looks like a program waits for a second signal (`docs/adr/0009`). No state of a visit is
//! kept here: what a form needs to know is sealed into it. Plain HTML, nothing from elsewhere, no script.

mod fields;
mod guard;
mod page;
mod seal;
mod server;
mod visit;
mod words;

pub use guard::Guard;
pub use server::{Site, serve};
