//! The command `dondoc`.

use std::process::ExitCode;

fn main() -> ExitCode {
    dondoc::cli::main()
}
