//! Faults from outside, against the real binary: mail servers that misbehave, clocks that jump, disks that are full, broken or
//! taken away. `docs/fault-matrix.md` says which line of it each test shows.

#[path = "../support/mod.rs"]
mod support;

mod clock;
mod disk;
#[path = "../daemon/house.rs"]
mod house;
mod log;
mod mail;
#[path = "../support/postgres.rs"]
mod postgres;
mod power;
mod tape;
mod told;
mod waits;
