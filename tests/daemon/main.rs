//! The daemon as administrators meet it: the real binary, real SMTP and HTTP on loopback, its log and its exit codes.

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/archive.rs"]
#[allow(dead_code, reason = "every test file uses its own part of this")]
mod archive;
#[path = "../support/browser.rs"]
#[allow(dead_code, reason = "every test file uses its own part of this")]
mod browser;
mod config;
mod delivery;
mod guards;
mod house;
mod life;
mod link;
#[path = "../support/postgres.rs"]
mod postgres;
mod secrecy;
