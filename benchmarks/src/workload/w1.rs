//! W1, a matrix of prices: three token counts, each at a price by model and region.

use super::{Code, Head, Workload, spread};
use crate::calendar::{DAY, MONTH_STARTS};
use crate::digits;
use crate::distribution::{INPUT_TOKENS, OUTPUT_TOKENS};
use crate::expected::Expected;
use crate::prices::Matrix;
use crate::random::Random;

/// How many accounts there are.
pub const ACCOUNTS: u64 = 1_000;
/// Decimal places of an amount: four of a price, six of the million.
pub const AMOUNT_PLACES: u32 = 10;
/// Tokens are read from a cache in blocks.
const CACHE_BLOCK: u64 = 128;
const MARCH: usize = 2;

/// A request to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub struct Record {
    pub head: Head,
    pub model: Code,
    pub region: Code,
    pub input: i64,
    pub cached: i64,
    pub output: i64,
}

/// The requests of a month.
#[derive(Clone, Debug)]
pub struct W1 {
    matrix: Matrix,
    random: Random,
    records: u64,
    /// By model and region.
    amounts: Vec<i128>,
    tokens: i128,
    done: u64,
}

impl W1 {
    /// So many of them.
    #[must_use]
    pub fn new(records: u64) -> W1 {
        let matrix = Matrix::read();
        let amounts = vec![0; matrix.prices.len()];
        W1 { matrix, random: Random::new(1), records, amounts, tokens: 0, done: 0 }
    }

    /// The prices.
    #[must_use]
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    fn draw(&mut self, number: u64) -> Record {
        let random = &mut self.random;
        let start = MONTH_STARTS.get(MARCH).copied().unwrap_or(0) * DAY;
        let input = INPUT_TOKENS.draw(random);
        let is_cached = random.below(2) == 1;
        let cached = if is_cached { random.below(input / CACHE_BLOCK + 1) * CACHE_BLOCK } else { 0 };
        let narrow = |tokens: u64| i64::try_from(tokens).unwrap_or(0);
        Record {
            head: Head {
                number,
                account: u32::try_from(random.below(ACCOUNTS)).unwrap_or(0),
                second: spread(number, self.records, start, 31 * DAY),
            },
            model: code(random.index(self.matrix.models.len())),
            region: code(random.index(self.matrix.regions.len())),
            input: narrow(input),
            cached: narrow(cached),
            output: narrow(OUTPUT_TOKENS.draw(random)),
        }
    }

    fn count(&mut self, record: &Record) {
        let (model, region) = (record.model as usize, record.region as usize);
        let tokens = [record.input, record.cached, record.output];
        let prices = self.matrix.price(model, region);
        let parts = tokens.iter().zip(prices).map(|(tokens, price)| i128::from(*tokens) * i128::from(price));
        if let Some(amount) = self.amounts.get_mut(model * self.matrix.regions.len() + region) {
            *amount += parts.sum::<i128>();
        }
        self.tokens += tokens.iter().map(|tokens| i128::from(*tokens)).sum::<i128>();
    }
}

fn code(index: usize) -> Code {
    Code::try_from(index).unwrap_or(Code::MAX)
}

impl Workload for W1 {
    type Record = Record;
    const KIND: &'static str = "inference";
    const FIELDS: &'static [&'static str] = &["model", "region", "input", "cached", "output"];

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
        let text = |texts: &[&'static str], code: Code| texts.get(code as usize).copied().unwrap_or_default();
        let number = |out: &mut Vec<u8>, number: i64| digits::write(out, number.unsigned_abs());
        match field {
            0 => out.extend_from_slice(text(&self.matrix.models, record.model).as_bytes()),
            1 => out.extend_from_slice(text(&self.matrix.regions, record.region).as_bytes()),
            2 => number(out, record.input),
            3 => number(out, record.cached),
            _ => number(out, record.output),
        }
    }

    fn is_text(field: usize) -> bool {
        field < 2
    }

    fn expected(&self) -> Expected {
        let names = self
            .matrix
            .models
            .iter()
            .flat_map(|model| self.matrix.regions.iter().map(move |region| format!("inference:{model}:{region}")));
        Expected {
            records: self.done,
            groups: 0,
            amount_places: AMOUNT_PLACES,
            amount: self.amounts.iter().sum(),
            quantity_places: 0,
            quantity: self.tokens,
            lines: names.zip(self.amounts.iter().copied()).collect(),
        }
    }
}

/// W1 in memory, by column.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // The names say it.
pub struct Columns {
    pub models: Vec<Code>,
    pub regions: Vec<Code>,
    pub inputs: Vec<i64>,
    pub cacheds: Vec<i64>,
    pub outputs: Vec<i64>,
    pub seconds: Vec<u64>,
}

impl Columns {
    /// Generates so many records, and what is to be found in them.
    #[must_use]
    pub fn generate(records: u64) -> (Columns, Expected) {
        let mut workload = W1::new(records);
        let mut columns = Columns::default();
        while let Some(record) = workload.next() {
            columns.models.push(record.model);
            columns.regions.push(record.region);
            columns.inputs.push(record.input);
            columns.cacheds.push(record.cached);
            columns.outputs.push(record.output);
            columns.seconds.push(record.head.second);
        }
        (columns, workload.expected())
    }
}
