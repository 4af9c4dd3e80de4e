//! Faults from outside, against the real binary: mail servers that misbehave, clocks that jump, disks that are full, broken or
//! taken away. `docs/fault-matrix.md` says which line of it each test shows.

#[path = "../support/mod.rs"]
mod support;

#[path = "../daemon/house.rs"]
#[expect(dead_code, reason = "shared with the tests of the daemon")]
mod house;
mod mail;
