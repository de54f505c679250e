//! Running the binary with a limit of time, and comparing what two evaluators say.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than any run here takes on a busy machine: whoever waits longer waits for ever.
pub const LIMIT: Duration = Duration::from_secs(120);

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its exit status.
    pub status: Option<i32>,
    /// What it wrote to standard output.
    pub out: String,
    /// What it said on standard error.
    pub err: String,
}

/// A path below the repository's root.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A new file in a folder that all tests share.
pub fn file(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = path(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// The path of such a file, whether it is there or not.
pub fn path(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("evaluators");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(name).display().to_string()
}

/// The binary with these arguments and no input.
pub fn florin(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_florin"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end.
pub fn run(args: &[&str]) -> Ran {
    ended(florin(args).spawn().expect("florin runs"), &args.join(" "))
}

/// Waits until a process ends, which it must do in time.
pub fn ended(mut child: Child, what: &str) -> Ran {
    let out = child.stdout.take().map(all_of);
    let err = child.stderr.take().map(all_of);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a process") {
            break status;
        }
        if begun.elapsed() > LIMIT {
            child.kill().expect("a process");
            panic!("this does not end: {what}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |reading: Option<JoinHandle<String>>| reading.map_or_else(String::new, |one| one.join().expect("text"));
    Ran { status: status.code(), out: text(out), err: text(err) }
}

fn all_of(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("text");
        text
    })
}

/// Runs a command by both evaluators, the compiled one by several numbers of threads, and sees that all say the same.
/// What it was.
pub fn same(args: &[&str]) -> Ran {
    let with = |more: &[&str]| run(&[args, more].concat());
    let expected = with(&["--evaluator", "reference"]);
    for threads in ["1", "2", "3"] {
        let found = with(&["--evaluator", "compiled", "--threads", threads]);
        alike(&expected, &found, &format!("{} --threads {threads}", args.join(" ")));
    }
    expected
}

/// What the reference says of a command, whose data, counts and rejects the compiled evaluator gives too. Which records
/// lost their price in the end it may only count.
pub fn both_say(args: &[&str]) -> Ran {
    let by = |evaluator: &[&str]| run(&[args, evaluator].concat());
    let reference = by(&["--evaluator", "reference"]);
    for threads in ["1", "3"] {
        let compiled = by(&["--threads", threads]);
        same_text(&reference.out, &compiled.out, &args.join(" "));
        assert_eq!((reference.status, counts(&reference)), (compiled.status, counts(&compiled)));
        let rejected = |ran: &Ran| ran.err.lines().filter(|line| line.starts_with("rejected:")).collect::<String>();
        assert_eq!(rejected(&reference), rejected(&compiled));
    }
    reference
}

/// Sees that two runs came to the same: status, data, and talk but for how a conflict is worded.
pub fn alike(expected: &Ran, found: &Ran, what: &str) {
    assert_eq!(plain(&expected.err), plain(&found.err), "{what}");
    assert_eq!(expected.status, found.status, "{what}");
    same_text(&expected.out, &found.out, what);
}

/// Sees that two texts are the same; says the first line that is not, since the texts may be long.
pub fn same_text(expected: &str, found: &str, what: &str) {
    if expected == found {
        return;
    }
    let mut lines = expected.lines().zip(found.lines()).enumerate();
    match lines.find(|(_, (one, other))| one != other) {
        Some((at, (one, other))) => panic!("{what}: line {} differs:\n{one}\n{other}", at + 1),
        None => panic!("{what}: {} bytes are {}", expected.len(), found.len()),
    }
}

/// The reference says in which part a record differs from the one that came before, the compiled evaluator that it does.
pub fn plain(talk: &str) -> String {
    let mut plain = String::new();
    for line in talk.lines() {
        match line.split_once(" came before with ") {
            Some((before, after)) => {
                let place = after.rfind('(').map_or("", |at| &after[at..]);
                plain.push_str(&format!("{before} came before with .. {place}\n"));
            }
            None => plain.push_str(&format!("{line}\n")),
        }
    }
    plain
}

/// The line that counts the records.
pub fn counts(ran: &Ran) -> &str {
    ran.err.lines().find(|line| line.starts_with("read ")).unwrap_or_default()
}
