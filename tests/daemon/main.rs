//! The daemon as administrators meet it: the real binary, real SMTP and HTTP on loopback, its log and its exit codes.

#[path = "../support/mod.rs"]
mod support;

mod config;
mod delivery;
mod house;
mod life;
