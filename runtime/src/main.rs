//! The command line `florin`.

use florin_runtime::cli;
use std::process::ExitCode;

/// The stack of the thread that does everything. What nests is bounded by the compiler's limits; this leaves room for
/// builds without optimization, whose calls take several times as much.
const STACK_BYTES: usize = 64 << 20;
/// What a process ends with whose thread broke off: neither the book's nor the user's fault.
const BROKE_OFF: u8 = 101;

fn main() -> ExitCode {
    match std::thread::Builder::new().stack_size(STACK_BYTES).spawn(cli::run) {
        Ok(running) => running.join().unwrap_or(ExitCode::from(BROKE_OFF)),
        Err(_) => cli::run(),
    }
}
