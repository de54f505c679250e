//! Findings through miette: the sentence, the book's text with its places underlined, the mend.

use super::shorten::{Stretch, shortened};
use florin_compiler::diagnostic::{Diagnostic, Label, Severity};
use florin_compiler::source::{SourceId, Sources, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use std::fmt;
use std::sync::Arc;

/// How findings are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With colours and box drawing.
    Coloured,
    /// With box drawing.
    Plain,
    /// With ASCII only.
    Ascii,
}

/// The most findings that are drawn: to draw one costs as much as its book is long, and nobody reads more at once.
pub const MAX_DRAWN: usize = 100;

/// The findings as text, one after the other; of very many, the first.
#[must_use]
pub fn diagnostics_text(sources: &Sources, diagnostics: &[Diagnostic], style: Style, width: usize) -> String {
    let theme = match style {
        Style::Coloured => GraphicalTheme::unicode(),
        Style::Plain => GraphicalTheme::unicode_nocolor(),
        Style::Ascii => GraphicalTheme::none(),
    };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false).without_syntax_highlighting();
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MAX_DRAWN) {
        for report in reports(sources, diagnostic) {
            // Writing into a text does not fail; what can not be drawn is at least said.
            if handler.render_report(&mut text, &report).is_err() {
                text.push_str(&format!("{}: {}\n", diagnostic.code, diagnostic.title));
            }
        }
        text.push('\n');
    }
    if diagnostics.len() > MAX_DRAWN {
        let more = diagnostics.len() - MAX_DRAWN;
        text.push_str(&format!("... and {more} more; many go away with those above\n"));
    }
    text
}

/// One finding in one file, as miette sees it.
#[derive(Debug)]
struct Report {
    title: String,
    code: Option<&'static str>,
    severity: miette::Severity,
    source: Option<NamedSource<Arc<str>>>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

/// The finding in the file of its first label, then in each other file; the mend stands last.
fn reports(sources: &Sources, diagnostic: &Diagnostic) -> Vec<Report> {
    let mut files: Vec<SourceId> = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.source) {
            files.push(label.span.source);
        }
    }
    let mut reports: Vec<Report> = files.into_iter().map(|file| Report::of_file(sources, diagnostic, file)).collect();
    match reports.first_mut() {
        Some(first) => first.lead(diagnostic),
        None => reports.push(Report::without_place(diagnostic)),
    }
    if let Some(last) = reports.last_mut() {
        last.help.clone_from(&diagnostic.help);
    }
    reports
}

impl Report {
    /// Makes it the one that says what is wrong.
    fn lead(&mut self, diagnostic: &Diagnostic) {
        self.title.clone_from(&diagnostic.title);
        self.code = Some(diagnostic.code);
        self.severity = match diagnostic.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        };
    }

    fn without_place(diagnostic: &Diagnostic) -> Report {
        let (title, severity) = (String::new(), miette::Severity::Advice);
        let mut report = Report { title, code: None, severity, source: None, labels: Vec::new(), help: None };
        report.lead(diagnostic);
        report
    }

    /// The labels in one file.
    fn of_file(sources: &Sources, diagnostic: &Diagnostic, file: SourceId) -> Report {
        let here: Vec<&Label> = diagnostic.labels.iter().filter(|label| label.span.source == file).collect();
        let primary = diagnostic.labels.first().map(|label| label.span);
        let Some(source) = sources.get(file) else { return Report::without_place(diagnostic) };
        let marks: Vec<Stretch> = here.iter().map(|label| visible(&source.text, label.span)).collect();
        let (text, marks) = match shortened(&source.text, &marks) {
            Some((text, marks)) => (text.into(), marks),
            None => (Arc::clone(&source.text), marks),
        };
        let labels = here.iter().zip(marks).map(|(label, mark)| underline(label, mark, primary));
        Report {
            title: format!("and in {}", source.name),
            code: None,
            severity: miette::Severity::Advice,
            source: Some(NamedSource::new(&source.name, text)),
            labels: labels.collect(),
            help: None,
        }
    }
}

/// A label at its place in the text.
fn underline(label: &Label, (start, end): Stretch, primary: Option<Span>) -> LabeledSpan {
    let text = Some(label.text.clone()).filter(|text| !text.is_empty());
    let place = (start, end - start);
    if primary == Some(label.span) {
        LabeledSpan::new_primary_with_span(text, place)
    } else {
        LabeledSpan::new_with_span(text, place)
    }
}

/// The bytes to underline. The end of a text has no line to be drawn on, so its last visible character stands for it.
fn visible(text: &str, span: Span) -> (usize, usize) {
    let last = text.trim_end().char_indices().next_back();
    let (last_start, last_end) = last.map_or((0, 0), |(at, letter)| (at, at + letter.len_utf8()));
    if span.start as usize >= text.len() {
        return (last_start, last_end);
    }
    let end = (span.end as usize).min(text.len());
    ((span.start as usize).min(end), end)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() { None } else { Some(Box::new(self.labels.iter().cloned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> (Sources, SourceId, SourceId) {
        let mut sources = Sources::default();
        let book = sources.add("book.florin", "charge a {\n  price $5 per GB\n}\n");
        let other = sources.add("units.florin", "unit GB\n");
        (sources, book, other)
    }

    #[test]
    fn places_in_several_files_are_all_shown() {
        let (sources, book, other) = sources();
        let diagnostic = Diagnostic::error("florin::units::mismatch", "these units do not fit")
            .label(Span::new(book, 19, 28), "a price per GB")
            .label(Span::new(other, 5, 7), "declared here")
            .help("say `per hour`");
        let text = diagnostics_text(&sources, &[diagnostic], Style::Ascii, 80);
        for expected in [
            "florin::units::mismatch",
            "these units do not fit",
            "book.florin:2:9",
            "units.florin:1:6",
            "a price per GB",
            "declared here",
            "help: say `per hour`",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn of_very_many_the_first_are_drawn() {
        let (sources, book, _) = sources();
        let many = |count: usize| {
            let one =
                Diagnostic::error("florin::names::unknown", "nothing is called so").label(Span::new(book, 0, 6), "");
            diagnostics_text(&sources, &vec![one; count], Style::Ascii, 80)
        };
        assert_eq!(many(MAX_DRAWN).matches("nothing is called so").count(), MAX_DRAWN);
        let more = many(MAX_DRAWN + 7);
        assert_eq!(more.matches("nothing is called so").count(), MAX_DRAWN);
        assert!(more.ends_with("... and 7 more; many go away with those above\n"));
    }

    #[test]
    fn a_place_beyond_the_end_is_still_drawn() {
        let (sources, book, _) = sources();
        let end =
            Diagnostic::error("florin::syntax::brace", "a brace is missing").label(Span::new(book, 900, 901), "here");
        let text = diagnostics_text(&sources, &[end], Style::Plain, 80);
        assert!(text.contains("a brace is missing") && text.contains("here"), "{text}");
        let nowhere = Diagnostic::warning("florin::book::empty", "the book is empty");
        assert!(diagnostics_text(&sources, &[nowhere], Style::Plain, 80).contains("the book is empty"));
    }
}
