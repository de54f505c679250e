//! What the compiler says to the author of a price book.
//!
//! A [`Diagnostic`] is plain data: a stable code, a title in the reader's words, the places involved, and a mend.
//! Each pass makes its own beside the code that finds the fault; how they look on a terminal is the runtime's.

use crate::source::Span;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The book can be used; the author may want to know.
    Warning,
    /// The book can not be used.
    Error,
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The text that is underlined.
    pub span: Span,
    /// What stands beside the underline; a few words.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, `florin::area::name`; never used again for another thing. [`crate::codes`] lists them all.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, as one sentence without a full stop.
    pub title: String,
    /// The places involved, the one to mend first.
    pub labels: Vec<Label>,
    /// The likely mend, as concrete as can be.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error with its title; labels and help follow.
    #[must_use]
    pub fn error(code: &'static str, title: impl Into<String>) -> Diagnostic {
        Diagnostic { code, severity: Severity::Error, title: title.into(), labels: Vec::new(), help: None }
    }

    /// A warning with its title; labels and help follow.
    #[must_use]
    pub fn warning(code: &'static str, title: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, title) }
    }

    /// Underlines a place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Offers a mend.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Whether the book can not be used because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
