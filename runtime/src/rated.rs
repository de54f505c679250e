//! Rated records as rows: what each record adds to each line (law 1).
//!
//! Where a difference has no finite decimal, the differences of the running total, rounded to [`florin_compiler::exact::PLACES`], are
//! written, so that the rows still add up to the line.

use florin_compiler::bill::Rated;
use florin_compiler::exact::Differences;
use florin_compiler::model::{Record, Symbol};
use jiff::Timestamp;
use std::collections::HashMap;
use std::io::Write;

/// How rated records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatedFormat {
    /// One JSON object per line.
    Ndjson,
    /// A header and a row each.
    Csv,
}

/// Writes rated records.
pub struct RatedWriter<'r, W> {
    records: &'r [Record],
    format: RatedFormat,
    out: W,
    /// By account, start of the bill's period, and line.
    running: HashMap<(Symbol, Timestamp, String), Running>,
}

const COLUMNS: [&str; 7] = ["id", "account", "time", "line", "quantity", "unit", "amount"];

impl<'r, W: Write> RatedWriter<'r, W> {
    /// Over the records that were rated; begins a CSV with its header.
    ///
    /// # Errors
    /// The output's.
    pub fn new(records: &'r [Record], format: RatedFormat, out: W) -> std::io::Result<RatedWriter<'r, W>> {
        let mut writer = RatedWriter { records, format, out, running: HashMap::new() };
        if format == RatedFormat::Csv {
            writer.write_row(&COLUMNS.map(|column| Some(column.to_owned())))?;
        }
        Ok(writer)
    }

    /// Writes one. The lines of each bill add up apart.
    ///
    /// # Errors
    /// The output's.
    pub fn write(&mut self, rated: &Rated) -> std::io::Result<()> {
        let id = rated.record.and_then(|index| self.records.get(index)).map(|record| record.id.to_string());
        let line = (rated.account.clone(), rated.period_start, rated.line.clone());
        let running = self.running.entry(line).or_default();
        let quantity = rated.quantity.as_ref().map(|quantity| running.quantity.next(quantity).to_string());
        let amount = running.amount.next(&rated.amount).to_string();
        let unit = rated.unit.as_ref().map(ToString::to_string);
        self.write_row(&[
            id,
            Some(rated.account.to_string()),
            Some(rated.time.to_string()),
            Some(rated.line.clone()),
            quantity,
            unit,
            Some(amount),
        ])
    }

    /// The output, with all that was written.
    ///
    /// # Errors
    /// The output's.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn write_row(&mut self, cells: &[Option<String>; 7]) -> std::io::Result<()> {
        match self.format {
            RatedFormat::Ndjson => {
                let object: serde_json::Map<String, serde_json::Value> =
                    COLUMNS.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), cell.clone().into())).collect();
                writeln!(self.out, "{}", serde_json::Value::Object(object))
            }
            RatedFormat::Csv => {
                let mut writer = csv::WriterBuilder::new().from_writer(&mut self.out);
                writer.write_record(cells.iter().map(|cell| cell.as_deref().unwrap_or("")))?;
                writer.flush()
            }
        }
    }
}

#[derive(Default)]
struct Running {
    quantity: Differences,
    amount: Differences,
}

#[cfg(test)]
mod tests {
    use super::*;
    use florin_compiler::exact::Rational;

    fn third() -> Rational {
        Rational::fraction_of(1, 3).expect("three is not zero")
    }

    fn rated(record: Option<usize>, amount: Rational) -> Rated {
        let time = "2026-03-01T00:00:00Z".parse().expect("a time");
        let (account, unit) = ("A,1".into(), Some("GB".into()));
        Rated {
            record,
            account,
            time,
            period_start: time,
            line: "storage".to_owned(),
            quantity: Some(third()),
            unit,
            amount,
        }
    }

    fn all(format: RatedFormat) -> String {
        let time = "2026-03-01T00:00:00Z".parse().expect("a time");
        let records = [Record { kind: 0, id: "u1".into(), account: "A,1".into(), time, values: Vec::new() }];
        let mut writer = RatedWriter::new(&records, format, Vec::new()).expect("memory");
        writer.write(&rated(None, Rational::from(5i64))).expect("memory");
        writer.write(&rated(Some(0), third())).expect("memory");
        String::from_utf8(writer.finish().expect("memory")).expect("a text")
    }

    #[test]
    fn rows_have_their_shape() {
        let expected = concat!(
            "{\"id\":null,\"account\":\"A,1\",\"time\":\"2026-03-01T00:00:00Z\",\"line\":\"storage\",",
            "\"quantity\":\"0.333333333333\",\"unit\":\"GB\",\"amount\":\"5\"}\n",
            "{\"id\":\"u1\",\"account\":\"A,1\",\"time\":\"2026-03-01T00:00:00Z\",\"line\":\"storage\",",
            "\"quantity\":\"0.333333333334\",\"unit\":\"GB\",\"amount\":\"0.333333333333\"}\n",
        );
        assert_eq!(all(RatedFormat::Ndjson), expected);
        let expected = concat!(
            "id,account,time,line,quantity,unit,amount\n",
            ",\"A,1\",2026-03-01T00:00:00Z,storage,0.333333333333,GB,5\n",
            "u1,\"A,1\",2026-03-01T00:00:00Z,storage,0.333333333334,GB,0.333333333333\n",
        );
        assert_eq!(all(RatedFormat::Csv), expected);
    }
}
