//! A program that is run, timed, and whose memory is watched.

use crate::arguments::Arguments;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often its memory is looked at. The kernel keeps the greatest, so that only what grows at the very end is missed.
const WATCH: Duration = Duration::from_millis(2);

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From start to end.
    pub nanoseconds: u128,
    /// The most memory that it held, in bytes.
    pub peak_bytes: u64,
}

/// The program that is measured: as `--florin` says, or the one that was built in the same profile as this one.
///
/// # Errors
/// A sentence where it is not there.
pub fn florin(arguments: &Arguments) -> Result<PathBuf, String> {
    let beside = || std::env::current_exe().ok().map(|own| own.with_file_name("florin"));
    let found = arguments.text("--florin").map(PathBuf::from).or_else(beside).filter(|program| program.exists());
    found.ok_or_else(|| "there is no florin yet; build it first, in the profile of this program".to_owned())
}

/// Runs a program to its end.
///
/// # Errors
/// A sentence where it can not be run or does not succeed.
pub fn run(program: &Path, arguments: &[&str]) -> Result<Run, String> {
    let start = Instant::now();
    let mut command = Command::new(program);
    let child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let child = child.map_err(|error| format!("{}: {error}", program.display()))?;
    let (status, peak_bytes) = watched(child)?;
    if !status.is_empty() {
        return Err(format!("{} {}: {status}", program.display(), arguments.join(" ")));
    }
    Ok(Run { nanoseconds: start.elapsed().as_nanos(), peak_bytes })
}

/// What it said where it failed, and its memory.
fn watched(child: Child) -> Result<(String, u64), String> {
    let path = format!("/proc/{}/status", child.id());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = 0;
            while !is_over.load(Ordering::Relaxed) {
                peak = peak.max(peak_bytes(&path).unwrap_or(0));
                std::thread::sleep(WATCH);
            }
            peak
        });
        let output = child.wait_with_output().map_err(|error| error.to_string());
        is_over.store(true, Ordering::Relaxed);
        let peak = watcher.join().unwrap_or(0);
        let output = output?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((if output.status.success() { String::new() } else { said }, peak))
    })
}

fn peak_bytes(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
}

/// What a program says of its arguments.
///
/// # Errors
/// A sentence where it can not be run.
pub fn help(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).arg("--help").output();
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
