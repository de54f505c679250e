//! Rated records of W1 as NDJSON, as `florin rate` writes them.

use super::Parsed;
use super::parse::ID_BYTES;
use crate::calendar::{self, DAY};
use crate::digits;
use crate::workload::w1::AMOUNT_PLACES;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// How much is gathered before it is written.
const BLOCK_BYTES: usize = 1 << 20;
/// Ten to the power of the places.
const ONE: u64 = 10u64.pow(AMOUNT_PLACES);

/// Writes a file.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, parsed: &Parsed, amounts: &[i64]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    let mut block = Vec::with_capacity(BLOCK_BYTES + 1_024);
    let mut clock = Clock::default();
    let ids = parsed.ids.chunks_exact(ID_BYTES);
    let rows = ids.zip(&parsed.accounts).zip(&parsed.columns.seconds).zip(amounts);
    for (((id, account), second), amount) in rows {
        block.extend_from_slice(b"{\"id\":\"");
        block.extend_from_slice(id);
        block.extend_from_slice(b"\",\"account\":\"");
        block.extend_from_slice(parsed.names.text(*account));
        block.extend_from_slice(b"\",\"time\":\"");
        block.extend_from_slice(clock.text(*second));
        block.extend_from_slice(b"\",\"line\":\"inference\",\"quantity\":null,\"unit\":null,\"amount\":\"");
        write_amount(&mut block, amount.unsigned_abs());
        block.extend_from_slice(b"\"}\n");
        if block.len() >= BLOCK_BYTES {
            file.write_all(&block)?;
            block.clear();
        }
    }
    file.write_all(&block)?;
    file.flush()
}

/// The text of a time, of which only what changes is written: mostly the time of the day.
#[derive(Default)]
struct Clock {
    day: u64,
    text: Vec<u8>,
}

impl Clock {
    #[inline]
    fn text(&mut self, second: u64) -> &[u8] {
        if self.text.is_empty() || self.day != second / DAY {
            self.text.clear();
            calendar::write(&mut self.text, second);
            self.day = second / DAY;
        }
        let in_day = second % DAY;
        if let Some([_, _, _, _, _, _, _, _, _, _, _, h, i, _, m, n, _, s, t, _]) = self.text.first_chunk_mut::<20>() {
            [*h, *i] = pair(in_day / 3_600);
            [*m, *n] = pair(in_day / 60 % 60);
            [*s, *t] = pair(in_day % 60);
        }
        &self.text
    }
}

#[inline]
fn pair(number: u64) -> [u8; 2] {
    usize::try_from(number % 100).ok().and_then(|at| PAIRS.get(at)).copied().unwrap_or_default()
}

/// Two digits at a time.
static PAIRS: [[u8; 2]; 100] = pairs();

#[allow(clippy::indexing_slicing)] // Known when compiled.
const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[0; 2]; 100];
    let mut at = 0;
    while at < 100 {
        pairs[at] = [b'0' + (at / 10) as u8, b'0' + (at % 10) as u8];
        at += 1;
    }
    pairs
}

fn write_amount(out: &mut Vec<u8>, amount: u64) {
    let (whole, part) = (amount / ONE, amount % ONE);
    if whole < 10 {
        out.push(b'0' + u8::try_from(whole).unwrap_or(0));
    } else {
        digits::write(out, whole);
    }
    if part == 0 {
        return;
    }
    let mut text = [b'.'; 11];
    let mut rest = part;
    for place in text.rchunks_exact_mut(2).take(5) {
        place.copy_from_slice(&pair(rest));
        rest /= 100;
    }
    let zeros = text.iter().rev().take_while(|digit| **digit == b'0').count();
    out.extend_from_slice(&text);
    out.truncate(out.len() - zeros);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_no_zeros_at_their_end() {
        let text = |amount| {
            let mut out = Vec::new();
            write_amount(&mut out, amount);
            String::from_utf8(out).expect("a text")
        };
        for amount in [0, 1, 123_760_000, ONE, 12 * ONE + 50, 10 * ONE] {
            assert_eq!(text(amount), digits::decimal(amount.into(), AMOUNT_PLACES));
        }
    }
}
