//! W2, running tiers: readings of a few meters, whose totals run for each account, meter and month.

use super::{Code, Head, Workload, spread, tiers};
use crate::calendar::{self, DAY, MONTH_STARTS};
use crate::digits;
use crate::distribution::{READINGS, Zipf};
use crate::expected::Expected;
use crate::random::Random;

/// The meters.
pub const METERS: [&str; 3] = ["storage", "egress", "requests"];

/// Whose records they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// The n-th account as often as n^-1.1 says.
    Zipf,
    /// Each account as often as any other.
    Even,
}

/// How many of what there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Records.
    pub records: u64,
    /// Accounts, at most 2^20.
    pub accounts: u64,
    /// Meters, at most three.
    pub meters: usize,
    /// Months, from January 2026 on, at most twelve.
    pub months: usize,
    /// Whose records they are.
    pub spread: Spread,
}

impl Shape {
    /// W2 as it is measured: 100,000 accounts, three meters, a year.
    #[must_use]
    pub fn measured(records: u64) -> Shape {
        Shape { records, accounts: 100_000, meters: METERS.len(), months: 12, spread: Spread::Zipf }
    }

    /// A million accounts, each with a running total of its own.
    #[must_use]
    pub fn million_accounts(records: u64) -> Shape {
        Shape { records, accounts: 1_000_000, meters: 1, months: 1, spread: Spread::Even }
    }
}

/// A reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Number, account and time.
    pub head: Head,
    /// An index into [`METERS`].
    pub meter: Code,
    /// In thousandths, above zero.
    pub quantity: i64,
}

/// The readings.
#[derive(Clone, Debug)]
pub struct W2 {
    shape: Shape,
    zipf: Zipf,
    random: Random,
    done: u64,
    /// By month, meter and account, in thousandths. Readings are above zero, so that zero means that there is none.
    running: Vec<i64>,
}

impl W2 {
    /// Of a shape.
    #[must_use]
    pub fn new(shape: Shape) -> W2 {
        let zipf = Zipf::new(if shape.spread == Spread::Zipf { shape.accounts } else { 0 });
        let groups = usize::try_from(shape.accounts).unwrap_or(0) * shape.meters * shape.months;
        W2 { shape, zipf, random: Random::new(2), done: 0, running: vec![0; groups] }
    }

    fn draw(&mut self, number: u64) -> Record {
        let shape = self.shape;
        let length = MONTH_STARTS.get(shape.months).copied().unwrap_or(0) * DAY;
        let account = match shape.spread {
            Spread::Zipf => self.zipf.draw(&mut self.random),
            Spread::Even => u32::try_from(number % shape.accounts).unwrap_or(0),
        };
        Record {
            head: Head { number, account, second: spread(number, shape.records, 0, length) },
            meter: Code::try_from(self.random.index(shape.meters)).unwrap_or(0),
            quantity: i64::try_from(READINGS.draw(&mut self.random)).unwrap_or(0),
        }
    }

    fn count(&mut self, record: &Record) {
        let row = calendar::month(record.head.second) as usize * self.shape.meters + record.meter as usize;
        let at = row * usize::try_from(self.shape.accounts).unwrap_or(0) + record.head.account as usize;
        if let Some(running) = self.running.get_mut(at) {
            *running += record.quantity;
        }
    }

    /// The sum of the amounts of a meter.
    fn meter_amount(&self, meter: usize) -> i128 {
        let rows = self.running.chunks(usize::try_from(self.shape.accounts).unwrap_or(1));
        let ours = rows.skip(meter).step_by(self.shape.meters).flatten();
        ours.map(|total| tiers::amount(i128::from(*total))).sum()
    }
}

impl Workload for W2 {
    type Record = Record;
    const KIND: &'static str = "reading";
    const FIELDS: &'static [&'static str] = &["meter", "quantity"];

    fn next(&mut self) -> Option<Record> {
        let number = self.done;
        (number < self.shape.records).then(|| {
            self.done += 1;
            let record = self.draw(number);
            self.count(&record);
            record
        })
    }

    fn head(record: &Record) -> Head {
        record.head
    }

    fn write_field(&self, record: &Record, field: usize, out: &mut Vec<u8>) {
        match field {
            0 => out.extend_from_slice(METERS.get(record.meter as usize).copied().unwrap_or_default().as_bytes()),
            _ => out.extend_from_slice(digits::decimal(record.quantity.into(), tiers::QUANTITY_PLACES).as_bytes()),
        }
    }

    fn is_text(field: usize) -> bool {
        field == 0
    }

    fn expected(&self) -> Expected {
        let names = METERS.iter().take(self.shape.meters).map(|meter| format!("metered:{meter}"));
        let lines = names.enumerate().map(|(meter, name)| (name, self.meter_amount(meter)));
        let lines: std::collections::BTreeMap<String, i128> = lines.collect();
        Expected {
            records: self.done,
            groups: self.running.iter().filter(|total| **total != 0).count() as u64,
            amount_places: tiers::AMOUNT_PLACES,
            amount: lines.values().sum(),
            quantity_places: tiers::QUANTITY_PLACES,
            quantity: self.running.iter().map(|total| i128::from(*total)).sum(),
            lines,
        }
    }
}

/// W2 in memory, by column.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // The names say it.
pub struct Columns {
    pub accounts: Vec<Code>,
    pub meters: Vec<Code>,
    pub months: Vec<Code>,
    pub quantities: Vec<i64>,
    pub seconds: Vec<u64>,
}

impl Columns {
    /// Generates records of a shape, and what is to be found in them.
    #[must_use]
    pub fn generate(shape: Shape) -> (Columns, Expected) {
        let mut workload = W2::new(shape);
        let mut columns = Columns::default();
        while let Some(record) = workload.next() {
            columns.accounts.push(record.head.account);
            columns.meters.push(record.meter);
            columns.months.push(calendar::month(record.head.second));
            columns.quantities.push(record.quantity);
            columns.seconds.push(record.head.second);
        }
        (columns, workload.expected())
    }
}
