//! Tables whose rows come as records: all of them are there before anything is rated.
//!
//! Architecture invariant: which rows a table has does not depend on the order in which their records arrived. So rows
//! that contradict each other are all refused: neither is the table's.

use super::{IndexedTable, Program, TableIndex};
use crate::model::{Cell, Filling, KeyCell, Matching, Record, Row, Since, Symbol, Table, Value, key_text};
use crate::time::Zone;
use hashbrown::HashMap;
use jiff::Timestamp;
use jiff::civil::Time;

/// A record that would be a row where another one says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The record, by its index among those that were given.
    pub record: usize,
    /// The first of those that contradict it.
    pub other: usize,
    /// The table that both would fill.
    pub table: Symbol,
    /// Of what both speak: `region eu from 2026-03-01`; empty where the table has neither keys nor dates.
    pub of: String,
}

impl Program {
    /// Whether any table's rows come as records.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        self.schema.has_rows()
    }

    /// The program with the rows that come as records, and the records that contradict each other, in their order.
    /// Records that fill no table are passed over.
    #[must_use]
    pub fn filled(&self, records: &[Record]) -> (Program, Vec<Contradiction>) {
        let mut program = self.clone();
        let zone = Zone::named(&self.header.timezone).unwrap_or_else(Zone::utc);
        let mut found = Vec::new();
        for indexed in &mut program.tables {
            let Some(filling) = &indexed.table.filling else { continue };
            let (rows, contradictions) = rows(self, &indexed.table, filling, records, &zone);
            let table = Table { rows, ..indexed.table.clone() };
            *indexed = IndexedTable { index: TableIndex::of(&table), table };
            found.extend(contradictions);
        }
        found.sort_by_key(|one| one.record);
        (program, found)
    }
}

/// What a table's rows are told apart by.
type Place = (Vec<KeyCell>, Option<Timestamp>);

fn rows(
    program: &Program,
    table: &Table,
    filling: &Filling,
    records: &[Record],
    zone: &Zone,
) -> (Vec<Row>, Vec<Contradiction>) {
    // By their own time and id: neither the order of arrival nor that of a hash map is that of the rows.
    let mut ours: Vec<(usize, &Record)> =
        records.iter().enumerate().filter(|(_, record)| record.kind == filling.kind).collect();
    ours.sort_by_key(|(_, record)| (record.time, &record.id));
    let mut places: HashMap<Place, usize> = HashMap::new();
    let mut groups: Vec<Vec<(usize, Row)>> = Vec::new();
    for (at, record) in ours {
        let row = row(table, filling, record, zone);
        let group = *places.entry((row.keys.clone(), row.since)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push((at, row)),
            None => groups.push(vec![(at, row)]),
        }
    }
    let mut rows = Vec::new();
    let mut found = Vec::new();
    for group in groups {
        let contradictions = contradictions(program, table, &group, zone);
        if contradictions.is_empty() {
            rows.extend(group.into_iter().next().map(|(_, row)| row));
        }
        found.extend(contradictions);
    }
    (rows, found)
}

/// The rows of one place that say something else than another one of them; all of them, if there are any.
fn contradictions(program: &Program, table: &Table, group: &[(usize, Row)], zone: &Zone) -> Vec<Contradiction> {
    let other = |row: &Row| group.iter().find(|(_, other)| other.values != row.values);
    let contradiction = |(record, row): &(usize, Row)| {
        let (other, _) = other(row)?;
        let (table, of) = (table.name.clone(), words(program, table, row, zone));
        Some(Contradiction { record: *record, other: *other, table, of })
    };
    group.iter().filter_map(contradiction).collect()
}

fn row(table: &Table, filling: &Filling, record: &Record, zone: &Zone) -> Row {
    let value = |field: &usize| record.values.get(*field).cloned().unwrap_or(Value::Absent);
    let keys = table.keys.iter().zip(&filling.keys).map(|(key, field)| match (key.matching, value(field)) {
        (Matching::Prefix, Value::Text(text)) => KeyCell::Prefix(text),
        (_, value) => KeyCell::Exactly(value),
    });
    let values = filling.values.iter().map(|field| match value(field) {
        Value::Absent => Cell::Absent,
        value => Cell::Value(value),
    });
    let midnight = |date| zone.instant(date, Time::midnight());
    let since = match filling.since {
        Since::Always => None,
        Since::Time => Some(record.time),
        Since::Day => Some(midnight(zone.local(record.time).date())),
        Since::Field(field) => match value(&field) {
            Value::Date(date) => Some(midnight(date)),
            Value::Time(time) => Some(time),
            _ => None,
        },
    };
    Row { keys: keys.collect(), since, values: values.collect(), span: table.span, record: Some(record.id.clone()) }
}

fn words(program: &Program, table: &Table, row: &Row, zone: &Zone) -> String {
    let key = |(key, cell): (&crate::model::KeyColumn, &KeyCell)| match cell {
        KeyCell::Exactly(value) => {
            format!("{} {}", key.name, key_text(value, &key.ty, key.unit.as_ref(), &program.schema))
        }
        KeyCell::Prefix(prefix) => format!("{} {prefix}", key.name),
        KeyCell::Band { .. } | KeyCell::AnyOther => key.name.to_string(),
    };
    let since = row.since.map(|since| {
        let local = zone.local(since);
        let is_day = local.time() == Time::midnight();
        if is_day { format!("from {}", local.date()) } else { format!("from {since}") }
    });
    table.keys.iter().zip(&row.keys).map(key).chain(since).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::compile;
    use crate::source::NoFiles;
    use crate::typed::TestUsage;

    /// The program of a book of one table, filled with the rows that its test gives, in that order or the other.
    fn filled(columns: &str, rows: &[&str], reversed: bool) -> (Program, Vec<Contradiction>) {
        let rows: String = rows.iter().map(|row| format!("  usage rate {{ {row} }}\n")).collect();
        let text = format!(
            "pricebook p \"P\"\ncurrency USD \"$\"\ntimezone \"America/New_York\"\nperiod month\n\
             table rate from records rate {{\n{columns}\n}}\ntest \"t\" {{\n{rows}  bill for 2026-03\n  expect total = $0\n}}\n"
        );
        let compiled = compile("p", &text, &NoFiles);
        let program = compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
        let given = program.tests.iter().flat_map(|test| &test.usage).filter_map(|one| match one {
            TestUsage::Record(record) => Some(record.clone()),
            TestUsage::File { .. } => None,
        });
        let mut records: Vec<Record> = given.collect();
        if reversed {
            records.reverse();
        }
        program.filled(&records)
    }

    fn table(program: &Program) -> &Table {
        &program.tables.first().expect("a table").table
    }

    fn sinces(program: &Program) -> Vec<String> {
        table(program).rows.iter().filter_map(|row| row.since).map(|since| since.to_string()).collect()
    }

    #[test]
    fn a_row_holds_from_its_time_its_day_or_what_a_field_says() {
        let at = "time: 2026-03-02T03:00:00Z, price: $1";
        // 3:00 UTC is 22:00 of the day before in New York.
        let since = |columns: &str, more: &str| sinces(&filled(columns, &[&format!("{at}{more}")], false).0);
        assert_eq!(since("from : time\nprice : USD", ""), ["2026-03-02T03:00:00Z"]);
        assert_eq!(since("from : date\nprice : USD", ""), ["2026-03-01T05:00:00Z"]);
        let named = since("from : date from \"valid\"\nprice : USD", ", from: 2026-07-01");
        assert_eq!(named, ["2026-07-01T04:00:00Z"]);
        let none: [String; 0] = [];
        assert_eq!(since("price : USD", ""), none);
    }

    #[test]
    fn rows_do_not_depend_on_the_order_of_their_records() {
        let columns = "key called : prefix\nkey off_peak : boolean\nprice : USD optional";
        let rows = [
            "time: 2026-03-03, called: \"49\", off_peak: true, price: $2",
            "time: 2026-03-02, called: \"49\", off_peak: false",
            "time: 2026-03-01, called: \"4930\", off_peak: true, price: $3",
            "time: 2026-03-04, called: \"4930\", off_peak: true, price: $3",
        ];
        let ((one, none), (other, _)) = (filled(columns, &rows, false), filled(columns, &rows, true));
        assert_eq!(none, []);
        let shown = |program: &Program| {
            let row = |row: &Row| format!("{:?} {:?}", row.keys, row.values);
            table(program).rows.iter().map(row).collect::<Vec<_>>()
        };
        assert_eq!(shown(&one), shown(&other));
        let first = table(&one).rows.first().expect("a row");
        assert_eq!(first.keys.first(), Some(&KeyCell::Prefix("4930".into())), "by the time of the record");
        assert_eq!(
            (table(&one).rows.len(), table(&one).rows.get(1).map(|row| &*row.values)),
            (3, Some(&[Cell::Absent][..]))
        );
    }

    #[test]
    fn rows_that_contradict_each_other_are_none() {
        let columns = "key called : text\nfrom : date\nprice : USD";
        let rows = [
            "time: 2026-03-02T10:00:00Z, called: \"a\", price: $1",
            "time: 2026-03-02T11:00:00Z, called: \"a\", price: $2",
            "time: 2026-03-02T12:00:00Z, called: \"a\", price: $1",
            "time: 2026-03-02T12:00:00Z, called: \"b\", price: $3",
        ];
        let (program, found) = filled(columns, &rows, false);
        assert_eq!(table(&program).rows.len(), 1, "that of b");
        let pairs: Vec<_> = found.iter().map(|one| (one.record, one.other)).collect();
        assert_eq!(pairs, [(0, 1), (1, 0), (2, 1)]);
        assert!(found.iter().all(|one| one.of == "called a, from 2026-03-02"), "{found:?}");
    }
}
