//! Integers as decimal text, and decimal text as integers.

/// Writes a number.
pub fn write(out: &mut Vec<u8>, number: u64) {
    let mut buffer = [0u8; 20];
    let mut rest = number;
    let mut used = 0;
    for place in buffer.iter_mut().rev() {
        *place = digit(rest % 10);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(buffer.iter().skip(buffer.len() - used));
}

/// Writes the last `width` digits of a number.
pub fn write_padded(out: &mut Vec<u8>, number: u64, width: u32) {
    (0..width).rev().for_each(|place| out.push(digit(number / 10u64.pow(place) % 10)));
}

fn digit(of: u64) -> u8 {
    b'0' + u8::try_from(of).unwrap_or(0)
}

/// A count of the last of so many decimal places, without zeros at its end.
#[must_use]
pub fn decimal(count: i128, places: u32) -> String {
    let sign = if count < 0 { "-" } else { "" };
    let scale = 10u128.pow(places);
    let (whole, part) = (count.unsigned_abs() / scale, count.unsigned_abs() % scale);
    let part = if places == 0 { String::new() } else { format!("{part:0width$}", width = places as usize) };
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// A decimal text as a count of the last of so many places; none where it has more of them or is no number.
#[must_use]
pub fn parse_decimal(text: &str, places: u32) -> Option<i128> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let missing = places.checked_sub(u32::try_from(part.len()).ok()?)?;
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let whole = digits(whole)?.checked_mul(10i128.checked_pow(places)?)?;
    whole.checked_add(digits(part)?.checked_mul(10i128.pow(missing))?)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for (count, places, text) in
            [(0, 3, "0"), (12_340, 3, "12.34"), (-5, 1, "-0.5"), (7, 0, "7"), (1, 10, "0.0000000001")]
        {
            assert_eq!(decimal(count, places), text);
            assert_eq!(parse_decimal(text, places), Some(count));
        }
        assert_eq!(parse_decimal("0.0001", 3), None);
    }

    #[test]
    fn digits_are_written() {
        let mut out = Vec::new();
        write(&mut out, 0);
        write(&mut out, 1_234);
        write_padded(&mut out, 7, 3);
        assert_eq!(out, b"01234007");
    }
}
