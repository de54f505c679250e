//! The records of one stream, whichever way they are written.

use super::Problem;
use super::lines::{Line, Lines, MAX_LINE, Rewind};
use super::open::Format;
use super::wire::WireRecord;
use super::wire::quoted;
use std::io::Read;

/// The most lines that one CSV row may hold in its quotes. Beyond it a quote is rather a mistake than a note; without
/// a limit each such mistake would cost as much reading as a whole row may be long.
pub const MAX_ROW_LINES: usize = 200;

/// A record as it came.
pub struct RawRecord<'a> {
    /// The line on which it begins.
    pub line: u64,
    /// Its bytes.
    pub raw: &'a [u8],
    /// What it is, or why it is nothing.
    pub wire: Result<WireRecord<'a>, Problem>,
}

/// Hands over every record of a stream in order. Without a format, the first line tells it. A CSV's header without
/// the column `id` is handed over as a record that can not be read, for it is a record in the place of a header, or
/// lines that are divided otherwise.
///
/// # Errors
/// A [`Problem`] with a CSV's header, without which no row can be read; with the header's line.
pub fn each_record<R: Read>(
    mut lines: Lines<R>,
    format: Option<Format>,
    id: &str,
    take: &mut dyn FnMut(RawRecord<'_>),
) -> Result<(), (u64, Problem)> {
    let Some(first) = lines.by_ref().find(|line| !line.is_blank()) else { return Ok(()) };
    let starts_as_json = || matches!(first.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
    let format = format.unwrap_or_else(|| if starts_as_json() { Format::Ndjson } else { Format::Csv });
    lines.push_back(vec![first]);
    match format {
        Format::Ndjson => {
            each_json(lines, take);
            Ok(())
        }
        Format::Csv => each_row(lines, id, take),
    }
}

fn each_json<R: Read>(lines: Lines<R>, take: &mut dyn FnMut(RawRecord<'_>)) {
    for line in lines.filter(|line| !line.is_blank()) {
        let wire = line.text().and_then(WireRecord::json);
        take(RawRecord { line: line.number, raw: &line.bytes, wire });
    }
}

fn each_row<R: Read>(mut lines: Lines<R>, id: &str, take: &mut dyn FnMut(RawRecord<'_>)) -> Result<(), (u64, Problem)> {
    let Some(header_row) = next_row(&mut lines) else { return Ok(()) };
    let header = header(&header_row).map_err(|problem| (header_row.number, problem))?;
    if !header.iter().any(|name| name == id) {
        take(RawRecord { line: header_row.number, raw: &header_row.bytes, wire: Err(no_id(id)) });
    }
    while let Some(row) = next_row(&mut lines) {
        match cells(&row) {
            Ok(cells) => {
                let wire = check_width(&header, &cells).map(|()| WireRecord::Csv(&header, &cells));
                take(RawRecord { line: row.number, raw: &row.bytes, wire });
            }
            Err(problem) => take(RawRecord { line: row.number, raw: &row.bytes, wire: Err(problem) }),
        }
    }
    Ok(())
}

/// Of a header without the column `id`.
pub(super) fn no_id(id: &str) -> Problem {
    Problem::new(format!("this line should name the columns, but has no {}", quoted(id)))
}

/// The next row that is not blank, with the lines that its quotes hold together; a quote that does not close within
/// the limits holds nothing, so that it costs one row and not the rest of the file.
pub(super) fn next_row(lines: &mut impl Rewind) -> Option<Line> {
    let first = lines.by_ref().find(|line| !line.is_blank())?;
    let mut quotes = Quotes::default();
    quotes.go_over(&first.bytes);
    if first.fault.is_some() || !quotes.is_open {
        return Some(first);
    }
    let mut row = first.clone();
    let mut joined = Vec::new();
    while row.bytes.len() <= MAX_LINE && joined.len() + 1 < MAX_ROW_LINES {
        let Some(next) = lines.next() else { break };
        quotes.go_over(b"\n");
        quotes.go_over(&next.bytes);
        row.bytes.push(b'\n');
        row.bytes.extend_from_slice(&next.bytes);
        let is_usable = next.fault.is_none();
        joined.push(next);
        if !is_usable {
            break;
        }
        if !quotes.is_open {
            return Some(row);
        }
    }
    lines.push_back(joined);
    Some(first)
}

/// Whether a row that is read piece by piece is inside a quoted cell. A quote counts only at a cell's start, or
/// doubled inside a quoted one.
struct Quotes {
    is_open: bool,
    may_open: bool,
}

impl Default for Quotes {
    fn default() -> Quotes {
        Quotes { is_open: false, may_open: true }
    }
}

impl Quotes {
    fn go_over(&mut self, piece: &[u8]) {
        for byte in piece {
            let closes = *byte == b'"' && self.is_open;
            if closes {
                self.is_open = false;
            } else if *byte == b'"' && self.may_open {
                self.is_open = true;
            }
            self.may_open = closes || (!self.is_open && matches!(byte, b',' | b'\n'));
        }
    }
}

/// Whether a row ends inside a quoted cell.
pub(super) fn is_open(row: &[u8]) -> bool {
    let mut quotes = Quotes::default();
    quotes.go_over(row);
    quotes.is_open
}

/// The names of the columns.
pub(super) fn header(row: &Line) -> Result<Vec<String>, Problem> {
    let names: Vec<String> = cells(row)?.iter().map(|name| name.trim().to_owned()).collect();
    if names.iter().all(String::is_empty) {
        return Err(Problem::new("the header has no names"));
    }
    match names.as_slice() {
        [only] => divided_otherwise(only).map_or(Ok(names), Err),
        _ => Ok(names),
    }
}

/// No usage has a single column, so one that holds another mark is several.
fn divided_otherwise(only: &str) -> Option<Problem> {
    let (_, mark) = [(';', "`;`"), ('\t', "tabs"), ('|', "`|`")].into_iter().find(|(mark, _)| only.contains(*mark))?;
    Some(Problem::new(format!("the columns seem to be divided by {mark}, not by commas")))
}

/// The cells of a row.
pub(super) fn cells(row: &Line) -> Result<csv::StringRecord, Problem> {
    let text = row.text()?;
    if is_open(text.as_bytes()) {
        return Err(Problem::new(format!("a quote opens in this row and does not close within {MAX_ROW_LINES} lines")));
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(text.len().clamp(64, 1 << 16))
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let first = rows.next();
    if rows.next().is_some() {
        let words = "a carriage return stands in the middle of this row; save the file with line feeds (LF or CRLF)";
        return Err(Problem::new(words));
    }
    first.unwrap_or_else(|| Ok(csv::StringRecord::new())).map_err(|error| Problem::new(error.to_string()))
}

/// Refuses a row that is shorter or longer than the header.
pub(super) fn check_width(header: &[String], cells: &csv::StringRecord) -> Result<(), Problem> {
    if header.len() == cells.len() {
        return Ok(());
    }
    Err(Problem::new(format!("the row has {} cells, but the header has {} names", cells.len(), header.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_open_only_at_a_cells_start() {
        for (row, expected) in [
            ("a,b", false),
            ("\"a", true),
            ("\"a\"", false),
            ("\"a\"\"b", true),
            ("\"a\"\"b\"", false),
            ("\"a\"\"", true),
            ("5\" disk,1", false),
            ("5\"\",1", false),
            ("a,\"b,c", true),
            ("\"a\"b\"c", false),
        ] {
            assert_eq!(is_open(row.as_bytes()), expected, "{row}");
        }
    }
}
