//! Amounts and quantities as people write them.

use florin_compiler::exact::{Rational, Rounding};
use florin_compiler::model::Currency;

/// The most decimal places of a number that people read and that has more.
const SHOWN_PLACES: u32 = 12;

/// An amount with the currency's places, and more only where it has more: `1234.50`.
#[must_use]
pub fn plain(amount: &Rational, currency: &Currency) -> String {
    let fixed = amount.to_fixed(currency.places);
    if Rational::parse(&fixed).as_ref() == Ok(amount) { fixed } else { amount.to_string() }
}

/// An amount as an invoice has it: `$1,234.50`, `-$5.00`, `EUR 12.00`.
#[must_use]
pub fn amount(amount: &Rational, currency: &Currency) -> String {
    with_symbol(&grouped(&plain(amount, currency)), currency)
}

/// An amount that was not rounded, with at least the currency's places; `~` before it where it is too long to be shown.
#[must_use]
pub fn exact(amount: &Rational, currency: &Currency) -> String {
    let shown = number(amount);
    let shown = if shown.starts_with('~') { shown } else { grouped(&plain(amount, currency)) };
    with_symbol(&shown, currency)
}

/// A number with thousands divided; `~` before it where it has too many places to be shown.
#[must_use]
pub fn number(value: &Rational) -> String {
    let rounded = Rounding::HalfAwayFromZero.to_places(value, SHOWN_PLACES);
    let digits = grouped(&rounded.to_string());
    if rounded == *value { digits } else { format!("~{digits}") }
}

/// Divides the thousands of a decimal.
pub(crate) fn grouped(decimal: &str) -> String {
    let (sign, rest) = decimal.strip_prefix('-').map_or(("", decimal), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut digits = String::with_capacity(decimal.len() * 2);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(digit);
    }
    let fraction = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
    format!("{sign}{digits}{fraction}")
}

fn with_symbol(number: &str, currency: &Currency) -> String {
    let (about, rest) = number.strip_prefix('~').map_or(("", number), |rest| ("~", rest));
    let (sign, digits) = rest.strip_prefix('-').map_or(("", rest), |digits| ("-", digits));
    match &currency.symbol {
        Some(symbol) => format!("{about}{sign}{symbol}{digits}"),
        None => format!("{about}{sign}{} {digits}", currency.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(symbol: Option<&str>, places: u32) -> Currency {
        Currency { code: "USD".into(), symbol: symbol.map(Into::into), places }
    }

    fn value(text: &str) -> Rational {
        Rational::parse(text).expect("a number")
    }

    #[test]
    fn amounts_have_the_currencys_places() {
        let dollar = currency(Some("$"), 2);
        for (text, expected) in [
            ("0", "$0.00"),
            ("1234567.5", "$1,234,567.50"),
            ("-5", "-$5.00"),
            ("0.123", "$0.123"),
            ("999", "$999.00"),
            ("1000", "$1,000.00"),
        ] {
            assert_eq!(amount(&value(text), &dollar), expected);
        }
        assert_eq!(amount(&value("-1200"), &currency(None, 0)), "-USD 1,200");
    }

    #[test]
    fn what_is_too_long_is_marked() {
        let third = Rational::fraction_of(-2000, 3).expect("three is not zero");
        assert_eq!(number(&third), "~-666.666666666667");
        assert_eq!(exact(&third, &currency(Some("$"), 2)), "~-$666.666666666667");
        assert_eq!(exact(&value("8"), &currency(Some("$"), 2)), "$8.00");
        assert_eq!(exact(&value("1810.5"), &currency(Some("$"), 2)), "$1,810.50");
        assert_eq!(exact(&value("0.0025"), &currency(Some("$"), 2)), "$0.0025");
        assert_eq!(number(&value("1e-12")), "0.000000000001");
        assert_eq!(number(&value("1e-13")), "~0");
    }
}
