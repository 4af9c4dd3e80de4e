//! The real binary, driven as other programs drive it: arguments in; standard output, standard error and exit codes out.

mod facts;
mod failures;
mod init;
mod link;
mod office;
mod queries;
mod replies;
mod send;
mod simulation;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod trial;
mod units;
