//! The real binary, driven as other programs drive it: arguments in; standard output, standard error and exit codes out.

mod bench;
mod confirm;
mod explain;
#[path = "../support/explained.rs"]
mod explained;
mod export;
mod facts;
mod failures;
#[path = "../support/house.rs"]
mod house;
mod init;
mod link;
mod office;
#[path = "../support/postgres.rs"]
mod postgres;
mod queries;
mod replies;
mod review;
mod send;
mod simulation;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod trial;
mod units;
