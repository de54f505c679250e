//! NDJSON of W1 into columns: the keys in the order in which they are written, all texts without escapes.

use super::interner::Interner;
use super::quote::before_quote;
use crate::calendar::{DAY, MONTH_STARTS};
use crate::prices::Matrix;
use crate::workload::w1::Columns;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How much is read at a time.
const BLOCK_BYTES: usize = 1 << 20;
/// A line is shorter.
const LINE_BYTES: usize = 4_096;
/// How long an id is.
pub const ID_BYTES: usize = 36;

/// The columns of a file.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// All ids, one behind the other.
    pub ids: Vec<u8>,
    /// The accounts' codes.
    pub accounts: Vec<u32>,
    /// What the accounts are called.
    pub names: Interner,
    /// Times and fields.
    pub columns: Columns,
}

/// Reads a file block by block; none where a line is not as expected.
///
/// # Errors
/// The system's.
pub fn parse(path: &Path, matrix: &Matrix) -> std::io::Result<Option<Parsed>> {
    let mut file = File::open(path)?;
    let mut parsed = Parsed::default();
    let mut texts = Texts { models: Interner::knowing(&matrix.models), regions: Interner::knowing(&matrix.regions) };
    let mut block = vec![0u8; BLOCK_BYTES + LINE_BYTES];
    let mut kept = 0;
    loop {
        let read = block.get_mut(kept..).map_or(Ok(0), |free| file.read(free))?;
        let filled = kept + read;
        let mut rest = block.get(..filled).unwrap_or_default();
        while rest.len() >= LINE_BYTES || (read == 0 && !rest.is_empty()) {
            let Some(next) = line(rest, &mut parsed, &mut texts) else { return Ok(None) };
            rest = next;
        }
        let left = rest.len();
        if read == 0 {
            return Ok(Some(parsed));
        }
        block.copy_within(filled - left..filled, 0);
        kept = left;
    }
}

struct Texts {
    models: Interner,
    regions: Interner,
}

/// Takes one line; what follows it comes back.
#[inline]
fn line<'a>(bytes: &'a [u8], parsed: &mut Parsed, texts: &mut Texts) -> Option<&'a [u8]> {
    let bytes = bytes.strip_prefix(b"{\"id\":\"")?;
    let (id, bytes) = bytes.split_at_checked(ID_BYTES)?;
    let (account, bytes) = text(bytes.strip_prefix(b"\",\"account\":\"")?)?;
    let (time, bytes) = bytes.strip_prefix(b"\",\"time\":\"")?.split_first_chunk::<20>()?;
    let (model, bytes) = text(bytes.strip_prefix(b"\",\"kind\":\"inference\",\"model\":\"")?)?;
    let (region, bytes) = text(bytes.strip_prefix(b"\",\"region\":\"")?)?;
    let (input, bytes) = number(bytes.strip_prefix(b"\",\"input\":")?)?;
    let (cached, bytes) = number(bytes.strip_prefix(b",\"cached\":")?)?;
    let (output, bytes) = number(bytes.strip_prefix(b",\"output\":")?)?;
    let bytes = bytes.strip_prefix(b"}\n")?;
    parsed.ids.extend_from_slice(id);
    parsed.accounts.push(parsed.names.code(account));
    parsed.columns.seconds.push(seconds(time)?);
    parsed.columns.models.push(texts.models.code(model));
    parsed.columns.regions.push(texts.regions.code(region));
    parsed.columns.inputs.push(input);
    parsed.columns.cacheds.push(cached);
    parsed.columns.outputs.push(output);
    Some(bytes)
}

#[inline]
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(before_quote(bytes)?)
}

#[inline]
fn number(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let mut value = 0i64;
    let mut used = 0;
    for byte in bytes.iter().take(18) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
        used += 1;
    }
    let follows = bytes.get(used..)?;
    (used > 0).then_some((value, follows))
}

/// `2026-03-01T00:00:00Z` as seconds since 2026 began.
#[inline]
fn seconds(text: &[u8; 20]) -> Option<u64> {
    let [b'2', b'0', b'2', b'6', b'-', m, n, b'-', d, e, b'T', h, i, b':', o, p, b':', s, t, b'Z'] = text else {
        return None;
    };
    let two = |tens: &u8, ones: &u8| {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        (tens <= 9 && ones <= 9).then(|| u64::from(tens) * 10 + u64::from(ones))
    };
    let month = usize::try_from(two(m, n)?.checked_sub(1)?).ok()?;
    let day = MONTH_STARTS.get(month)? + two(d, e)?.checked_sub(1)?;
    Some(day * DAY + two(h, i)? * 3_600 + two(o, p)? * 60 + two(s, t)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar;

    #[test]
    fn times_come_back() {
        for second in [0, 1, 59 * DAY + 3_723, 365 * DAY - 1] {
            let mut out = Vec::new();
            calendar::write(&mut out, second);
            assert_eq!(seconds(out.as_slice().try_into().expect("20 bytes")), Some(second));
        }
    }
}
