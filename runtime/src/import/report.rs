//! What an import did not take, and why: said on standard error, complete, by reason.

use crate::render::money::grouped;
use std::collections::BTreeMap;

/// How wide the names are set.
const WIDTH: usize = 100;

/// Why something is not in the book.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The file is wrong there.
    Wrong(String),
    /// It is something that the import does not know.
    Unknown(String),
    /// There is nothing to take, such as a model without any price.
    Nothing(String),
}

/// What was taken and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many models are in the book.
    pub taken: usize,
    left_out: BTreeMap<Reason, Vec<String>>,
    notes: Vec<String>,
}

impl Report {
    /// A model that is not in the book.
    pub fn leave_out(&mut self, name: impl Into<String>, reason: Reason) {
        self.left_out.entry(reason).or_default().push(name.into());
    }

    /// Something that whoever uses the book should know.
    pub fn note(&mut self, words: impl Into<String>) {
        self.notes.push(words.into());
    }

    /// How many models are not in the book.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out.values().map(Vec::len).sum()
    }

    /// Whether the file was found to be wrong somewhere.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.left_out.keys().any(|reason| matches!(reason, Reason::Wrong(_)))
    }

    /// The whole report, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.notes.iter().map(|note| format!("note: {note}")).collect();
        for (reason, names) in &self.left_out {
            let (mark, words) = match reason {
                Reason::Wrong(words) => ("wrong", words),
                Reason::Unknown(words) => ("not understood", words),
                Reason::Nothing(words) => ("left out", words),
            };
            lines.push(format!("{mark}: {words} ({})", models(names.len())));
            wrap(names, &mut lines);
        }
        lines.push(format!("{} in the book, {} not", models(self.taken), grouped(&self.left_out().to_string())));
        lines
    }
}

/// `1 model`, `1,290 models`
fn models(count: usize) -> String {
    let digits = grouped(&count.to_string());
    if count == 1 { format!("{digits} model") } else { format!("{digits} models") }
}

fn wrap(names: &[String], lines: &mut Vec<String>) {
    let mut line = String::new();
    for (at, name) in names.iter().enumerate() {
        let name = crate::source::wire::printable(name);
        let comma = if at + 1 < names.len() { "," } else { "" };
        if !line.is_empty() && line.chars().count() + name.chars().count() + 2 > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(if line.is_empty() { "  " } else { " " });
        line.push_str(&format!("{name}{comma}"));
    }
    lines.push(line);
}
