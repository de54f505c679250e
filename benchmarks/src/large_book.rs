//! A book with a large price table.

use crate::random::Random;
use florin_compiler::columns::{Block, Dictionary};
use florin_compiler::exact::Rational;
use florin_compiler::ir::Program;
use florin_compiler::model::{Record, Value};
use florin_compiler::source::{LoadError, Loader};
use std::fmt::Write;

/// The book.
pub const TEXT: &str = include_str!("large_book.florin");

const PROVIDERS: [&str; 10] =
    ["anthropic", "openai", "google", "mistral", "cohere", "deepseek", "qwen", "amazon", "meta", "xai"];
const MODELS: usize = 200;
const REGIONS: usize = 10;
const PLANS: [&str; 5] = ["on_demand", "batch", "committed", "enterprise", "partner"];

/// Its CSV.
#[derive(Clone, Debug)]
pub struct LargeBook {
    /// The text, its header with it.
    pub csv: String,
    /// How many prices there are for each part.
    pub rows: usize,
}

impl Loader for LargeBook {
    fn load(&self, path: &str) -> Result<String, LoadError> {
        if path == "large.csv" { Ok(self.csv.clone()) } else { Err(LoadError::Missing) }
    }
}

fn model(number: usize) -> String {
    let provider = PROVIDERS.get(number % PROVIDERS.len()).copied().unwrap_or_default();
    format!("{provider}/language-model-{number:03}")
}

fn region(number: usize) -> String {
    format!("region-{number:02}")
}

impl LargeBook {
    /// 10,000 rows.
    #[must_use]
    pub fn generate() -> LargeBook {
        let mut random = Random::new(4);
        let mut csv = "model,region,plan,input,cached,output\n".to_owned();
        let mut rows = 0;
        for model in (0..MODELS).map(model) {
            for region in (0..REGIONS).map(region) {
                for plan in PLANS {
                    let mut price = || format!("{}.{:04}", random.below(20), random.below(9_999) + 1);
                    let _ = writeln!(csv, "{model},{region},{plan},{},{},{}", price(), price(), price());
                    rows += 1;
                }
            }
        }
        LargeBook { csv, rows }
    }

    /// A few records, so that the kernels can run.
    #[must_use]
    pub fn batches(&self, program: &Program, dictionary: &Dictionary) -> Block {
        let records: Vec<Record> = (0..10).map(record).collect();
        Block::of(program, dictionary, &records)
    }
}

fn record(number: usize) -> Record {
    let text = |text: String| Value::Text(text.into());
    let tokens = |tokens: i64| Value::Number(Rational::from(tokens));
    let plan = PLANS.get(number % PLANS.len()).copied().unwrap_or_default();
    Record {
        kind: 0,
        id: number.to_string().into(),
        account: "acct".into(),
        time: jiff::Timestamp::UNIX_EPOCH,
        values: vec![
            text(model(number % MODELS)),
            text(region(number % REGIONS)),
            text(plan.to_owned()),
            tokens(1_000),
            tokens(128),
            tokens(50),
        ],
    }
}
