//! The real binary, driven as other programs drive it: arguments in; standard output, standard error and exit codes out.

mod facts;
mod failures;
mod office;
mod queries;
mod replies;
mod simulation;
mod units;
