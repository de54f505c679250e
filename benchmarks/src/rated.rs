//! The sum of what was rated, read from the file.

use crate::digits;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Rows and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rated {
    /// How many there are.
    pub rows: u64,
    /// The sum of their amounts, as a count of the last of the places.
    pub amount: i128,
}

/// Of an NDJSON file as `florin rate` writes it.
///
/// # Errors
/// A sentence where it can not be read, or an amount has more places.
pub fn of_ndjson(path: &Path, places: u32) -> Result<Rated, String> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut rated, mut line) = (Rated::default(), String::new());
    while reader.read_line(&mut line).map_err(|error| error.to_string())? > 0 {
        let amount = amount(&line).and_then(|text| digits::parse_decimal(text, places));
        rated.amount += amount.ok_or_else(|| format!("no amount of {places} places in {line}"))?;
        rated.rows += 1;
        line.clear();
    }
    Ok(rated)
}

fn amount(line: &str) -> Option<&str> {
    line.rsplit_once("\"amount\":\"")?.1.split_once('"').map(|(amount, _)| amount)
}
