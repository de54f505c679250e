//! What is wrong with a record, and the list of what was refused.

use std::sync::Arc;

/// As much of a refused record as is kept, in bytes: enough to see what it was.
pub const MAX_KEPT: usize = 64 << 10;

/// Why something from outside can not be taken: a sentence for an engineer, without the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

impl Problem {
    /// From the sentence.
    pub fn new(sentence: impl Into<String>) -> Problem {
        Problem(sentence.into())
    }
}

/// A record that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// The line on which the record begins, from 1.
    pub line: u64,
    /// Why, as a sentence.
    pub reason: String,
    /// The record as it came, at most [`MAX_KEPT`] bytes of it.
    pub record: String,
}

impl Reject {
    /// From the bytes as they came.
    #[must_use]
    pub fn new(file: &Arc<str>, line: u64, problem: &Problem, raw: &[u8]) -> Reject {
        let kept = raw.get(..MAX_KEPT).unwrap_or(raw);
        let mut record = String::from_utf8_lossy(kept).into_owned();
        if kept.len() < raw.len() {
            record.push('…');
        }
        Reject { file: Arc::clone(file), line, reason: problem.to_string(), record }
    }

    /// As `--rejects` keeps it.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({ "file": &*self.file, "line": self.line, "reason": self.reason, "record": self.record })
    }
}

impl std::fmt::Display for Reject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}
