//! Buttons, dialogues, commands and links, from the wire to the store and back: a real store, a Bot API on loopback, and the
//! poller between them.

mod bot;
mod buttons;
mod dialogues;
mod english;
mod faults;
#[path = "../support/house.rs"]
mod house;
mod linking;
mod lists;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/mod.rs"]
mod support;
