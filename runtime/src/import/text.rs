//! Price books as text: tables, names and numbers. [`crate::engine::format`] lays it out in the end.

use florin_compiler::exact::Rational;

/// A table of a book.
#[derive(Clone, Debug)]
pub struct Table {
    /// What stands above it.
    pub words: String,
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, a cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What stands before the name in its declaration: `key `, or nothing.
    pub role: &'static str,
    /// What stands behind the colon.
    pub ty: String,
}

impl Column {
    /// A key.
    pub fn key(name: impl Into<String>, ty: impl Into<String>) -> Column {
        Column { name: name.into(), role: "key ", ty: ty.into() }
    }

    /// A value.
    pub fn value(name: impl Into<String>, ty: impl Into<String>) -> Column {
        Column { name: name.into(), role: "", ty: ty.into() }
    }
}

impl Table {
    /// The declaration.
    #[must_use]
    pub fn text(&self) -> String {
        let declared = |column: &Column| format!("  {}{} : {}\n", column.role, column.name, column.ty);
        let columns: String = self.columns.iter().map(declared).collect();
        let head = self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(" | ");
        let rows: String = self.rows.iter().map(|row| format!("  {}\n", row.join(" | "))).collect();
        let words = documented(&self.words);
        format!("{words}table {} {{\n{columns}\n  {head}\n{rows}}}\n", self.name)
    }
}

/// Lines of words that document what follows.
#[must_use]
pub fn documented(words: &str) -> String {
    words.lines().map(|line| format!("/// {line}\n")).collect()
}

/// A text in quotes; none if it has letters that a book can not say.
#[must_use]
pub fn quoted(text: &str) -> Option<String> {
    let mut written = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            letter if letter.is_control() => return None,
            letter => written.push(letter),
        }
    }
    written.push('"');
    Some(written)
}

/// A number with all its digits. Numbers of a price list have a finite decimal.
#[must_use]
pub fn number(value: &Rational) -> String {
    value.to_decimal_string().unwrap_or_else(|| value.to_string())
}

/// A whole number, its thousands apart: `200_000`.
#[must_use]
pub fn count(value: &Rational) -> String {
    crate::render::money::grouped(&number(value)).replace(',', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_written_as_a_book_reads_them() {
        assert_eq!(quoted(r#"a "b" \c"#).as_deref(), Some(r#""a \"b\" \\c""#));
        assert_eq!(quoted("a\u{7}"), None);
        let parsed = |text: &str| Rational::parse(text).expect("a number");
        assert_eq!(number(&parsed("2.50e-07")), "0.00000025");
        assert_eq!(count(&parsed("200000.0")), "200_000");
    }
}
