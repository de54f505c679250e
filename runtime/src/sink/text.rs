//! Rated records as text, into one run of bytes.

use crate::rated::RatedRow;
use jiff::Timestamp;
use std::io::Write;

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
            TextFormat::Ndjson => write_json(rated, out),
            TextFormat::Csv => write_csv(rated, out),
        }
    }
}

fn write_json(rated: &RatedRow<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":");
    json_or_null(rated.id, out);
    out.extend_from_slice(b",\"account\":");
    json(rated.account, out);
    out.extend_from_slice(b",\"time\":\"");
    time(rated.nanoseconds, out);
    out.extend_from_slice(b"\",\"line\":");
    json(rated.line, out);
    out.extend_from_slice(b",\"quantity\":");
    match rated.quantity {
        Some(quantity) => {
            out.push(b'"');
            quantity.write(out);
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"unit\":");
    json_or_null(rated.unit, out);
    out.extend_from_slice(b",\"amount\":\"");
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
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

fn write_csv(rated: &RatedRow<'_>, out: &mut Vec<u8>) {
    cell(rated.id.unwrap_or(""), out);
    out.push(b',');
    cell(rated.account, out);
    out.push(b',');
    time(rated.nanoseconds, out);
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

/// An instant as [`Timestamp`] displays it: `2026-03-01T00:00:00Z`, as many decimal places as it takes.
fn time(nanoseconds: i128, out: &mut Vec<u8>) {
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    match (u32::try_from(nanoseconds.rem_euclid(1_000_000_000)), u64::try_from(seconds)) {
        (Ok(0), Ok(seconds)) if seconds < LAST_SECOND => plain_time(seconds, out),
        _ => {
            let time = Timestamp::from_nanosecond(nanoseconds).unwrap_or(Timestamp::UNIX_EPOCH);
            // Writing to memory does not fail.
            let _ = write!(out, "{time}");
        }
    }
}

/// The year 2400: until then the arithmetic below was compared day by day.
const LAST_SECOND: u64 = 13_569_465_600;

/// Days to a date by eras of 400 years, which begin in March (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
fn plain_time(seconds: u64, out: &mut Vec<u8>) {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let day = days + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + era * 400 + later;
    let mut text = *b"0000-00-00T00:00:00Z";
    let fields = [
        (2, year % 100),
        (0, year / 100),
        (5, month),
        (8, day_of_month),
        (11, second / 3_600),
        (14, second / 60 % 60),
        (17, second % 60),
    ];
    for (at, number) in fields {
        if let Some([tens, ones]) = text.get_mut(at..at + 2) {
            *tens += u8::try_from(number / 10 % 10).unwrap_or(0);
            *ones += u8::try_from(number % 10).unwrap_or(0);
        }
    }
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(nanoseconds: i128) -> String {
        let mut out = Vec::new();
        time(nanoseconds, &mut out);
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
