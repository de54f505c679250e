//! What the command line takes.

use crate::period::parse_period;
use clap::builder::UnknownArgumentValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use florin_compiler::syntax::ast::BillPeriod;
use std::path::PathBuf;

/// Price books: check them, bill usage with them, explain every line.
///
/// Data goes to standard output, everything else to standard error. The exit status is 0 if all is well, 1 if a book
/// or data is wrong, 2 if the command line is.
#[derive(Debug, Parser)]
#[command(name = "florin", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Check(CheckArgs),
    Fmt(FmtArgs),
    Bill(BillArgs),
    Rate(RateArgs),
    Explain(ExplainArgs),
    Rules(RulesArgs),
    Held(HeldArgs),
    Invoice(InvoiceArgs),
    Test(TestArgs),
    Import(ImportArgs),
}

/// Say what is wrong with a price book.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin check warehouse.florin
  florin check warehouse.florin --format json
  florin check warehouse.florin --emit ir

Each code has a page in grammar/errors.")]
pub struct CheckArgs {
    /// The price book.
    pub book: PathBuf,
    /// Print what the book was compiled to.
    #[arg(long, value_enum)]
    pub emit: Option<Emit>,
    /// How the findings are written: for people to standard error, or as JSON to standard output.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
}

/// Lay out price books in the one standard form.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin fmt                      every book below this folder
  florin fmt warehouse.florin
  florin fmt --check pricebooks   only say which are not in form
  florin fmt - < warehouse.florin")]
pub struct FmtArgs {
    /// Books or folders of books; `-` reads standard input and writes standard output.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Change nothing; exit with 1 if a book is not in form.
    #[arg(long)]
    pub check: bool,
}

/// The book, the usage and the accounts of a run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The price book.
    pub book: PathBuf,
    /// Usage: NDJSON, CSV, Parquet or Arrow, plain or gzip; `-` for standard input.
    #[arg(required = true)]
    pub usage: Vec<PathBuf>,
    /// What is known of the accounts: a JSON object by account, or NDJSON. Usage of other accounts is then refused. A
    /// fact that changes is a list: [{"value": "pro"}, {"from": "2026-04-13", "value": "team"}].
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// Contracts: NDJSON or CSV with account, plan, from, to (days inclusive) and the plan's terms. A row that begins
    /// while another of its account and plan is in force amends it.
    #[arg(long, value_name = "FILE")]
    pub contracts: Option<PathBuf>,
    /// What `--accounts` is easily taken for; clap would offer `--account`.
    #[arg(long = "account-file", aliases = ["accounts-file", "customers"], hide = true)]
    #[arg(value_parser = UnknownArgumentValueParser::suggest_arg("--accounts"))]
    _account_file: Option<String>,
    /// Write the records that were refused to this file, as NDJSON with file, line and reason.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Exit with 0 although records have no price.
    #[arg(long)]
    pub allow_unpriced: bool,
    /// What was decided of records that rules hold, as `florin held` writes it.
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
}

/// By which of the two evaluators, and how.
#[derive(Clone, Debug, Args)]
pub struct EvaluatorArgs {
    /// Which evaluator: native kernels over columns, or the definitions one by one. Both give the same.
    #[arg(long, value_enum, default_value_t = Evaluator::Compiled)]
    pub evaluator: Evaluator,
    /// How many threads the compiled evaluator uses; all by default. The output is the same for any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Say on standard error what the state of the run took: groups, ids, bytes.
    #[arg(long)]
    pub stats: bool,
}

/// An evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Evaluator {
    /// The definitions, over fractions of any size; all usage is held in memory.
    Reference,
    /// Native kernels over columns, as a stream.
    Compiled,
}

impl RunArgs {
    /// All files that the run reads.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.usage.iter().chain(&self.accounts).chain(&self.decisions).chain(&self.contracts).chain([&self.book])
    }
}

/// Bill usage.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin bill warehouse.florin usage.ndjson --period 2026-03
  florin bill warehouse.florin 2026-*.csv.gz --accounts accounts.json --format json
  zcat usage.gz | florin bill warehouse.florin - --account ORG1")]
pub struct BillArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub evaluator: EvaluatorArgs,
    /// Bill this account only; else all that have records or are listed.
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Bill this period only; else every period that has records. 2026-03, 2026, 2026-03-02 (the period that holds
    /// the day) or 2026-05-15..2026-06-13 (days inclusive).
    #[arg(long, value_parser = parse_period)]
    pub period: Option<BillPeriod>,
    /// A table for people, one JSON list, or one JSON object per line.
    #[arg(long, value_enum, default_value_t = BillFormat::Text)]
    pub format: BillFormat,
}

/// Write what each record adds to each line of a bill.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin rate warehouse.florin usage.ndjson > rated.ndjson
  florin rate warehouse.florin usage.csv --format csv --output rated.csv --rejects rejects.ndjson
  florin rate warehouse.florin usage.parquet --format parquet --output rated.parquet")]
pub struct RateArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub evaluator: EvaluatorArgs,
    /// Rate the records of so many of the accounts once more by the reference, and stop where anything differs: 1%.
    #[arg(long, value_name = "SHARE", value_parser = crate::stream::Share::parse)]
    pub verify: Option<crate::stream::Share>,
    /// Write to this file; else to standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The period of a book whose period is given: its dates, as `florin bill` takes them.
    #[arg(long, value_parser = parse_period)]
    pub period: Option<BillPeriod>,
    /// One JSON object per line, CSV, or a file of typed columns.
    #[arg(long, value_enum, default_value_t = RateFormat::Ndjson)]
    pub format: RateFormat,
}

/// Explain a line of a bill, or what a record costs, step by step.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin explain warehouse.florin usage.ndjson --account ORG1 --period 2026-03 --line compute:XL
  florin explain warehouse.florin usage.ndjson --record u017")]
#[command(group(clap::ArgGroup::new("what").required(true).args(["line", "record"])))]
pub struct ExplainArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// The account whose line it is.
    #[arg(long, value_name = "ID", requires = "line")]
    pub account: Option<String>,
    /// The period whose line it is, as `florin bill` takes it.
    #[arg(long, value_parser = parse_period, requires = "line")]
    pub period: Option<BillPeriod>,
    /// The line's id.
    #[arg(long, value_name = "ID", requires = "account", requires = "period")]
    pub line: Option<String>,
    /// The record's id.
    #[arg(long, value_name = "ID")]
    pub record: Option<String>,
}

/// Say what the rules of a book did, and at which record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin rules warehouse.florin usage.ndjson
  florin rules warehouse.florin usage.ndjson --accounts accounts.json --format ndjson

Records are looked at in the order of their time, then of their id, whatever the order in the files.")]
pub struct RulesArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// The period of a book whose period is given, as `florin bill` takes it.
    #[arg(long, value_parser = parse_period)]
    pub period: Option<BillPeriod>,
    /// A line for people each, one JSON list, or one JSON object per line.
    #[arg(long, value_enum, default_value_t = BillFormat::Text)]
    pub format: BillFormat,
}

/// List the records that rules hold, and decide of them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin held calls.florin usage.ndjson --decisions decisions.ndjson
  florin held calls.florin usage.ndjson --decisions decisions.ndjson --release u017 --void u018
  florin bill calls.florin usage.ndjson --decisions decisions.ndjson")]
pub struct HeldArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Bill this record as if no rule held it; added to the file of decisions.
    #[arg(long, value_name = "ID")]
    pub release: Vec<String>,
    /// Never bill this record; added to the file of decisions.
    #[arg(long, value_name = "ID")]
    pub void: Vec<String>,
    /// A line for people each, one JSON list, or one JSON object per line.
    #[arg(long, value_enum, default_value_t = BillFormat::Text)]
    pub format: BillFormat,
}

/// Issue what is due as invoices into a folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin invoice warehouse.florin usage.ndjson --into invoices --as-of 2026-04-01
  florin invoice warehouse.florin usage.ndjson --into invoices --as-of 2026-04-01 --format html

An invoice is what the records up to a moment come to, less what earlier invoices in the folder have billed: in advance
at the start of a period, where a rule says so, at the end of a period, and, as a correction or a credit note, where
records that came late have changed it. Invoices are numbered without gaps and never changed; a second run over the same
usage issues nothing.")]
pub struct InvoiceArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// The folder of the invoices, one JSON file each; it is made where it is not there.
    #[arg(long, value_name = "FOLDER")]
    pub into: PathBuf,
    /// As of when: a day (from its start, in the book's time zone) or an instant. Later records do not count yet.
    #[arg(long, value_name = "TIME")]
    pub as_of: String,
    /// Invoice this account only.
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The period of a book whose period is given, as `florin bill` takes it.
    #[arg(long, value_parser = parse_period)]
    pub period: Option<BillPeriod>,
    /// What to write beside each JSON file: nothing, a text, or a page that prints well.
    #[arg(long, value_enum, default_value_t = PageFormat::Json)]
    pub format: PageFormat,
}

/// What stands beside the JSON file of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// The JSON file alone.
    Json,
    /// A text beside it.
    Text,
    /// A page of HTML beside it.
    Html,
}

/// Run the tests in price books.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin test
  florin test pricebooks/warehouse
  florin test --update            write the snapshots anew
  florin test --evaluator compiled pricebooks")]
pub struct TestArgs {
    /// Books or folders of books.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How the results are written.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Write the snapshots as the bills are now.
    #[arg(long)]
    pub update: bool,
    /// Which evaluator rates the records. Only the reference tells what no test has priced.
    #[arg(long, value_enum, default_value_t = Evaluator::Reference)]
    pub evaluator: Evaluator,
}

/// Make a price book of a price list of others.
///
/// The book goes to standard output, what is not in it and why to standard error. Of several lists, a model of a later
/// one takes the place of the same model of an earlier one. The exit status is 1 if a list is wrong somewhere; what is
/// right in it is written all the same.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  florin import genai-prices data.json > models.florin
  florin import genai-prices data.json ours.json --output models.florin
  florin import litellm model_prices_and_context_window.json --output models.florin")]
pub struct ImportArgs {
    /// Whose price list it is.
    #[arg(value_enum)]
    pub format: ListFormat,
    /// The lists: JSON, plain or gzip; `-` for standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Write the book to this file; else to standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A form of price lists that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Pydantic's genai-prices: prices/data.json.
    GenaiPrices,
    /// LiteLLM: model_prices_and_context_window.json.
    Litellm,
}

/// What `check` may print of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// The program that it was compiled to.
    Ir,
    /// The native kernels, in Cranelift's intermediate form.
    Clif,
    /// How each charge is rated as records come, and with how wide numbers.
    Charges,
}

/// How findings and results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How bills are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BillFormat {
    /// A table for people.
    Text,
    /// One list of all bills.
    Json,
    /// One bill per line.
    Ndjson,
}

/// How rated records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RateFormat {
    /// One JSON object per line.
    Ndjson,
    /// A header and a row each.
    Csv,
    /// A Parquet file; needs --output.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_accounts_are_offered_for_what_sounds_like_them() {
        let refused = Cli::try_parse_from(["florin", "bill", "b.florin", "u", "--account-file", "a.json"]);
        let words = refused.map_err(|error| error.to_string()).expect_err("refused");
        assert!(words.contains("'--accounts'"), "{words}");
    }

    #[test]
    fn wrong_usage_is_refused() {
        for line in [
            "florin bill b.florin",
            "florin bill b.florin u --period march",
            "florin explain b.florin u",
            "florin explain b.florin u --line x",
            "florin explain b.florin u --line x --account a --period 2026 --record r",
            "florin rate b.florin u --format json",
            "florin frobnicate",
        ] {
            let refused = Cli::try_parse_from(line.split(' ')).map(|_| ()).map_err(|error| error.exit_code());
            assert_eq!(refused, Err(2), "{line}");
        }
        for line in [
            "florin explain b.florin u --line x --account a --period 2026",
            "florin explain b.florin u v --record r --accounts a.json",
            "florin fmt - --check",
            "florin test",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }
}
