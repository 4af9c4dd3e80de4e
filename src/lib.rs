//! `dondoc` watches the deadlines of official directives, reminds the officials responsible and escalates when nobody answers.

pub mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod diagnostic;
pub mod domain;
pub mod engine;
pub mod facts;
pub mod store;
pub mod tree;
