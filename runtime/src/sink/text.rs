//! Rated records as text, into one run of bytes.

use crate::rated::RatedRow;
use crate::words::is_plain;
use florin_compiler::compiled::LineText;
use jiff::Timestamp;
use std::io::Write;
use std::sync::Arc;

/// How rated records are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFormat {
    /// One JSON object per line.
    Ndjson,
    /// Rows under a header, which is not written here.
    Csv,
}

impl TextFormat {
    /// Appends a rated record.
    pub fn write(self, rated: &RatedRow<'_>, out: &mut Vec<u8>) {
        match self {
            TextFormat::Ndjson => write_json(rated, &JsonLine::of(rated.line, rated.unit), &mut Day::default(), out),
            TextFormat::Csv => write_csv(rated, &mut Day::default(), out),
        }
    }
}

/// Writes many rated records: what comes again and again is written once and copied from then on.
pub struct TextWriter {
    format: TextFormat,
    day: Day,
    /// The lines that came last, by their place in memory.
    lines: Vec<Option<(Arc<LineText>, JsonLine)>>,
}

/// How many lines are remembered; a power of two.
const LINES: usize = 256;

impl TextWriter {
    /// In a format.
    #[must_use]
    pub fn new(format: TextFormat) -> TextWriter {
        TextWriter { format, day: Day::default(), lines: Vec::new() }
    }

    /// Appends a rated record of a line.
    pub fn write(&mut self, rated: &RatedRow<'_>, line: &Arc<LineText>, out: &mut Vec<u8>) {
        let TextWriter { format, day, lines } = self;
        match format {
            TextFormat::Ndjson => write_json(rated, json_line(lines, line), day, out),
            TextFormat::Csv => write_csv(rated, day, out),
        }
    }
}

/// A line's constant parts. The same line in memory is the same text, for it is held here.
fn json_line<'l>(lines: &'l mut Vec<Option<(Arc<LineText>, JsonLine)>>, line: &Arc<LineText>) -> &'l JsonLine {
    if lines.is_empty() {
        lines.resize_with(LINES, || None);
    }
    // Lines are some hundred bytes long.
    let at = (Arc::as_ptr(line) as usize >> 7) % lines.len();
    // The remainder by the length is below it.
    #[allow(clippy::indexing_slicing)]
    let place = &mut lines[at];
    if place.as_ref().is_some_and(|(known, _)| !Arc::ptr_eq(known, line)) {
        *place = None;
    }
    &place.get_or_insert_with(|| (Arc::clone(line), JsonLine::of(&line.id, line.unit.as_deref()))).1
}

/// The constant parts of a line's rated records.
struct JsonLine {
    /// From behind the time to the quantity.
    before_quantity: Vec<u8>,
    /// From behind the quantity to the amount.
    before_amount: Vec<u8>,
}

impl JsonLine {
    fn of(line: &str, unit: Option<&str>) -> JsonLine {
        let (mut before_quantity, mut before_amount) = (b"\",\"line\":".to_vec(), b",\"unit\":".to_vec());
        json(line, &mut before_quantity);
        before_quantity.extend_from_slice(b",\"quantity\":");
        json_or_null(unit, &mut before_amount);
        before_amount.extend_from_slice(b",\"amount\":\"");
        JsonLine { before_quantity, before_amount }
    }
}

fn write_json(rated: &RatedRow<'_>, line: &JsonLine, day: &mut Day, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":");
    json_or_null(rated.id, out);
    out.extend_from_slice(b",\"account\":");
    json(rated.account, out);
    out.extend_from_slice(b",\"time\":\"");
    day.time(rated.nanoseconds, out);
    out.extend_from_slice(&line.before_quantity);
    match rated.quantity {
        Some(quantity) => {
            out.push(b'"');
            quantity.write(out);
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(&line.before_amount);
    rated.amount.write(out);
    out.extend_from_slice(b"\"}\n");
}

fn json_or_null(text: Option<&str>, out: &mut Vec<u8>) {
    match text {
        Some(text) => json(text, out),
        None => out.extend_from_slice(b"null"),
    }
}

/// A JSON text. Nearly all of them have nothing to escape.
fn json(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

fn write_csv(rated: &RatedRow<'_>, day: &mut Day, out: &mut Vec<u8>) {
    cell(rated.id.unwrap_or(""), out);
    out.push(b',');
    cell(rated.account, out);
    out.push(b',');
    day.time(rated.nanoseconds, out);
    out.push(b',');
    cell(rated.line, out);
    out.push(b',');
    rated.quantity.into_iter().for_each(|quantity| quantity.write(out));
    out.push(b',');
    cell(rated.unit.unwrap_or(""), out);
    out.push(b',');
    rated.amount.write(out);
    out.push(b'\n');
}

/// A cell, in quotes where it must be.
fn cell(text: &str, out: &mut Vec<u8>) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// The day that was written last: most records of a stretch are of one day.
struct Day {
    number: u64,
    text: [u8; 11],
}

impl Default for Day {
    fn default() -> Day {
        Day { number: 0, text: *b"1970-01-01T" }
    }
}

/// The year 2400: until then the arithmetic below was compared day by day.
const LAST_SECOND: u64 = 13_569_465_600;

impl Day {
    /// An instant as [`Timestamp`] displays it: `2026-03-01T00:00:00Z`, as many decimal places as it takes.
    fn time(&mut self, nanoseconds: i128, out: &mut Vec<u8>) {
        // Nearly all instants fit 64 bits, where a division is much cheaper.
        let whole = u64::try_from(nanoseconds).ok().filter(|narrow| narrow.is_multiple_of(1_000_000_000));
        match whole.map(|narrow| narrow / 1_000_000_000).filter(|second| *second < LAST_SECOND) {
            Some(second) => self.plain_time(second, out),
            None => {
                let time = Timestamp::from_nanosecond(nanoseconds).unwrap_or(Timestamp::UNIX_EPOCH);
                // Writing to memory does not fail.
                let _ = write!(out, "{time}");
            }
        }
    }

    fn plain_time(&mut self, seconds: u64, out: &mut Vec<u8>) {
        let (day, second) = (seconds / 86_400, seconds % 86_400);
        if day != self.number {
            *self = Day { number: day, text: date_of(day) };
        }
        let mut clock = *b"00:00:00Z";
        for (at, number) in [(0, second / 3_600), (3, second / 60 % 60), (6, second % 60)] {
            put_two(&mut clock, at, number);
        }
        out.extend_from_slice(&self.text);
        out.extend_from_slice(&clock);
    }
}

/// Days to a date by eras of 400 years, which begin in March (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
fn date_of(days: u64) -> [u8; 11] {
    let day = days + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + era * 400 + later;
    let mut text = *b"0000-00-00T";
    for (at, number) in [(0, year / 100), (2, year % 100), (5, month), (8, day_of_month)] {
        put_two(&mut text, at, number);
    }
    text
}

/// Two digits over two zeros.
fn put_two(text: &mut [u8], at: usize, number: u64) {
    if let Some([tens, ones]) = text.get_mut(at..at + 2) {
        *tens += u8::try_from(number / 10 % 10).unwrap_or(0);
        *ones += u8::try_from(number % 10).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use florin_compiler::compiled::Figure;

    fn shown(nanoseconds: i128) -> String {
        let mut out = Vec::new();
        Day::default().time(nanoseconds, &mut out);
        String::from_utf8(out).expect("a text")
    }

    #[test]
    fn times_are_written_as_timestamps_are() {
        for day in 0..160_000i128 {
            let nanoseconds = (day * 86_400 + day * 7_919 % 86_400) * 1_000_000_000;
            let expected = Timestamp::from_nanosecond(nanoseconds).expect("a time").to_string();
            assert_eq!(shown(nanoseconds), expected);
        }
        for nanoseconds in
            [1, 250_000, -1, 1_772_323_200_123_456_789, i128::from(i64::MAX), 253_000_000_000_000_000_000]
        {
            let expected = Timestamp::from_nanosecond(nanoseconds).expect("a time").to_string();
            assert_eq!(shown(nanoseconds), expected);
        }
    }

    #[test]
    fn a_writer_writes_what_its_format_does() {
        let line = |id: &str, unit: Option<&str>| {
            let start = Timestamp::UNIX_EPOCH;
            Arc::new(LineText::plain(id.to_owned(), unit.map(Into::into), start))
        };
        let lines: Vec<_> = (0..600).map(|at| line(&format!("line:{at}"), (at % 2 == 0).then_some("GB"))).collect();
        let amounts = [Figure::Short { mantissa: -12_340, scale: 3 }, Figure::ZERO];
        for format in [TextFormat::Ndjson, TextFormat::Csv] {
            let (mut writer, mut found, mut expected) = (TextWriter::new(format), Vec::new(), Vec::new());
            for at in 0..5_000usize {
                let (line, amount) = (&lines[at * at % 600], &amounts[at % 2]);
                let (id, quantity) = ((at % 7 > 0).then_some("u\"1"), (at % 3 == 0).then_some(amount));
                let (nanoseconds, unit) = (at as i128 * 43_200_000_000_000, line.unit.as_deref());
                let row = RatedRow { id, account: "A", nanoseconds, line: &line.id, quantity, unit, amount };
                writer.write(&row, line, &mut found);
                format.write(&row, &mut expected);
            }
            assert!(found == expected);
        }
    }

    #[test]
    fn texts_are_escaped_as_serde_json_and_csv_do() {
        for text in ["", "plain", "a \"b\" \\", "\u{1}\n\r\t\u{8}\u{c}", "ä€𝄞 \u{7f}", "a,b", "a\rb", " a "] {
            let mut out = Vec::new();
            json(text, &mut out);
            assert_eq!(String::from_utf8(out).expect("a text"), serde_json::Value::from(text).to_string());
            let mut out = Vec::new();
            cell(text, &mut out);
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(["x", text]).expect("memory");
            let expected = String::from_utf8(writer.into_inner().expect("memory")).expect("a text");
            assert_eq!(format!("x,{}\n", String::from_utf8(out).expect("a text")), expected);
        }
    }
}
