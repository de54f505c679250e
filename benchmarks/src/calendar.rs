//! Instants of 2026 as seconds since its beginning, in UTC.

use crate::digits;

/// Nanoseconds since 1970 at which 2026 begins.
pub const START_NANOSECONDS: i64 = 1_767_225_600_000_000_000;
/// Seconds in a day.
pub const DAY: u64 = 86_400;
/// The first day of each month of 2026, counted from 0, and of the year after.
pub const MONTH_STARTS: [u64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/// The month of an instant, from 0.
#[must_use]
pub fn month(second: u64) -> u32 {
    let day = second / DAY;
    let begun = MONTH_STARTS.iter().take_while(|start| **start <= day).count();
    u32::try_from(begun.saturating_sub(1)).unwrap_or(0)
}

/// Nanoseconds since 1970.
#[must_use]
pub fn nanoseconds(second: u64) -> i64 {
    START_NANOSECONDS + i64::try_from(second).unwrap_or(0) * 1_000_000_000
}

/// Writes an instant as `2026-03-01T00:00:00Z`.
pub fn write(out: &mut Vec<u8>, second: u64) {
    let month = month(second);
    let first = MONTH_STARTS.get(month as usize).copied().unwrap_or(0);
    let in_day = second % DAY;
    out.extend_from_slice(b"2026-");
    digits::write_padded(out, u64::from(month) + 1, 2);
    out.push(b'-');
    digits::write_padded(out, second / DAY - first + 1, 2);
    out.push(b'T');
    digits::write_padded(out, in_day / 3_600, 2);
    out.push(b':');
    digits::write_padded(out, in_day / 60 % 60, 2);
    out.push(b':');
    digits::write_padded(out, in_day % 60, 2);
    out.push(b'Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(second: u64) -> String {
        let mut out = Vec::new();
        write(&mut out, second);
        String::from_utf8(out).expect("a text")
    }

    #[test]
    fn instants_have_their_text() {
        assert_eq!(text(0), "2026-01-01T00:00:00Z");
        assert_eq!(text(59 * DAY + 3_723), "2026-03-01T01:02:03Z");
        assert_eq!(text(365 * DAY - 1), "2026-12-31T23:59:59Z");
        assert_eq!((month(59 * DAY - 1), month(59 * DAY)), (1, 2));
    }
}
