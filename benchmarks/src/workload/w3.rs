//! W3, rules: events whose rate depends on country, plan, service and quantity.

use super::{Code, Head, Workload, rules, spread};
use crate::calendar::{DAY, MONTH_STARTS};
use crate::digits;
use crate::distribution::READINGS;
use crate::expected::Expected;
use crate::random::Random;

/// How many accounts there are.
pub const ACCOUNTS: u64 = 10_000;
const MARCH: usize = 2;

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Number, account and time.
    pub head: Head,
    /// An index into [`rules::COUNTRIES`].
    pub country: Code,
    /// An index into [`rules::PLANS`].
    pub plan: Code,
    /// An index into [`rules::SERVICES`].
    pub service: Code,
    /// In thousandths.
    pub quantity: i64,
}

/// The events of a month.
#[derive(Clone, Debug)]
pub struct W3 {
    random: Random,
    records: u64,
    done: u64,
    amounts: [i128; rules::SERVICES.len()],
    quantity: i128,
}

impl W3 {
    /// So many of them.
    #[must_use]
    pub fn new(records: u64) -> W3 {
        W3 { random: Random::new(3), records, done: 0, amounts: [0; rules::SERVICES.len()], quantity: 0 }
    }

    fn draw(&mut self, number: u64) -> Record {
        let random = &mut self.random;
        let start = MONTH_STARTS.get(MARCH).copied().unwrap_or(0) * DAY;
        let mut code = |length: usize| Code::try_from(random.index(length)).unwrap_or(0);
        let (country, plan) = (code(rules::COUNTRIES.len()), code(rules::PLANS.len()));
        let service = code(rules::SERVICES.len());
        Record {
            head: Head {
                number,
                account: u32::try_from(random.below(ACCOUNTS)).unwrap_or(0),
                second: spread(number, self.records, start, 31 * DAY),
            },
            country,
            plan,
            service,
            quantity: i64::try_from(READINGS.draw(random)).unwrap_or(0),
        }
    }

    fn count(&mut self, record: &Record) {
        let rate = rules::rate(
            text(&rules::COUNTRIES, record.country),
            text(&rules::PLANS, record.plan),
            text(&rules::SERVICES, record.service),
            record.quantity,
        );
        if let Some(amount) = self.amounts.get_mut(record.service as usize) {
            *amount += rules::amount(rate, record.quantity);
        }
        self.quantity += i128::from(record.quantity);
    }
}

fn text(texts: &[&'static str], code: Code) -> &'static str {
    texts.get(code as usize).copied().unwrap_or_default()
}

impl Workload for W3 {
    type Record = Record;
    const KIND: &'static str = "event";
    const FIELDS: &'static [&'static str] = &["country", "plan", "service", "quantity"];

    fn next(&mut self) -> Option<Record> {
        let number = self.done;
        (number < self.records).then(|| {
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
            0 => out.extend_from_slice(text(&rules::COUNTRIES, record.country).as_bytes()),
            1 => out.extend_from_slice(text(&rules::PLANS, record.plan).as_bytes()),
            2 => out.extend_from_slice(text(&rules::SERVICES, record.service).as_bytes()),
            _ => out.extend_from_slice(digits::decimal(record.quantity.into(), rules::QUANTITY_PLACES).as_bytes()),
        }
    }

    fn is_text(field: usize) -> bool {
        field < 3
    }

    fn expected(&self) -> Expected {
        let names = rules::SERVICES.iter().map(|service| format!("events:{service}"));
        Expected {
            records: self.done,
            groups: 0,
            amount_places: rules::AMOUNT_PLACES,
            amount: self.amounts.iter().sum(),
            quantity_places: rules::QUANTITY_PLACES,
            quantity: self.quantity,
            lines: names.zip(self.amounts).collect(),
        }
    }
}

/// W3 in memory, by column.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // The names say it.
pub struct Columns {
    pub countries: Vec<Code>,
    pub plans: Vec<Code>,
    pub services: Vec<Code>,
    pub quantities: Vec<i64>,
    pub seconds: Vec<u64>,
}

impl Columns {
    /// Generates so many records, and what is to be found in them.
    #[must_use]
    pub fn generate(records: u64) -> (Columns, Expected) {
        let mut workload = W3::new(records);
        let mut columns = Columns::default();
        while let Some(record) = workload.next() {
            columns.countries.push(record.country);
            columns.plans.push(record.plan);
            columns.services.push(record.service);
            columns.quantities.push(record.quantity);
            columns.seconds.push(record.head.second);
        }
        (columns, workload.expected())
    }
}
