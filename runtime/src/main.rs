//! The command line `florin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    florin_runtime::cli::run()
}
