//! `florin explain`

use super::args::ExplainArgs;
use super::output::{say, standard};
use super::{Outcome, Stop, input};
use crate::accounts::add_unlisted;
use crate::engine::Engine;
use florin_compiler::model::Symbol;
use std::io::Write;

pub fn run(args: &ExplainArgs) -> Result<Outcome, Stop> {
    let (book, program) = input::open_usable(&args.run.book)?;
    let mut gathered = input::gather(&program, &args.run)?;
    let account = args.account.as_deref().map(Symbol::from);
    add_unlisted(&mut gathered.accounts, &account);
    let engine = Engine::new(&gathered.program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let sources = &book.compiled.sources;
    let explanation = match (&args.record, &account, &args.period, &args.line) {
        (Some(record), ..) => engine.explain_record(record, sources),
        (None, Some(account), Some(period), Some(line)) => {
            engine.period(account, period).and_then(|period| engine.explain_line(account, &period, line, sources))
        }
        _ => Err("say --record ID, or --account, --period and --line".to_owned()),
    };
    let mut out = standard();
    writeln!(out, "{}", explanation.map_err(Stop::new)?.trim_end())?;
    out.flush()?;
    if gathered.usage.rejected > 0 {
        say("records were rejected, so this explanation may not be complete");
    }
    Ok(Outcome::fine_if(gathered.usage.rejected == 0))
}
