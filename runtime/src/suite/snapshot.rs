//! Whole bills kept beside their book, in `snapshots/BOOK__TEST.txt`.

use super::Snapshots;
use std::path::{Path, PathBuf};

/// Compares a bill with its snapshot, or writes it anew; what is wrong, if anything.
pub(super) fn check(book: &Path, label: &str, text: &str, snapshots: Snapshots) -> Option<String> {
    let path = path(book, label);
    let shown = path.display();
    let kept = std::fs::read_to_string(&path);
    match (snapshots, kept) {
        (_, Ok(kept)) if kept == text => None,
        (Snapshots::Update, _) => write(&path, text).err().map(|error| format!("{shown}: can not be written: {error}")),
        (Snapshots::Compare, Ok(kept)) => Some(format!("the bill differs from {shown}:\n{}", differences(&kept, text))),
        (Snapshots::Compare, Err(_)) => Some(format!("there is no {shown} yet; `florin test --update` writes it")),
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}

fn path(book: &Path, label: &str) -> PathBuf {
    let name = book.file_stem().map_or_else(|| "book".into(), |stem| stem.to_string_lossy());
    let folder = book.parent().unwrap_or(Path::new(""));
    folder.join("snapshots").join(format!("{name}__{}.txt", slug(label)))
}

/// Letters and digits in lower case, the rest as single hyphens.
fn slug(label: &str) -> String {
    let letters: String = label.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

/// The lines that are not in both, with what stood before and what stands now.
fn differences(kept: &str, text: &str) -> String {
    let only_in = |one: &str, other: &str, mark: &str| -> Vec<String> {
        let other: Vec<&str> = other.lines().collect();
        one.lines().filter(|line| !other.contains(line)).map(|line| format!("{mark} {line}")).collect()
    };
    let lines = [only_in(kept, text, "-"), only_in(text, kept, "+")].concat();
    if lines.is_empty() { "the lines are the same, their order is not".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_written_compared_and_renewed() {
        let folder = std::env::temp_dir().join(format!("florin-snapshots-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let book = folder.join("warehouse.florin");
        let kept = folder.join("snapshots/warehouse__one-xl-hour-50.txt");
        let compare = |text: &str| check(&book, "One XL hour: 50%", text, Snapshots::Compare);
        assert!(compare("a\n").is_some_and(|failure| failure.contains("--update")));
        assert_eq!(check(&book, "One XL hour: 50%", "a\nb\n", Snapshots::Update), None);
        assert_eq!(std::fs::read_to_string(&kept).ok().as_deref(), Some("a\nb\n"));
        assert_eq!(compare("a\nb\n"), None);
        assert_eq!(compare("a\nc\n"), Some(format!("the bill differs from {}:\n- b\n+ c", kept.display())));
    }
}
