//! Prices as price lists state them: exact, never negative, never absurd.

use super::json::Json;
use super::report::Reason;
use florin_compiler::exact::Rational;

/// The highest price of a token in US dollars that is believed: a thousand times the dearest of any list. More is
/// nearly always a price for a million tokens that was taken for the price of one.
pub const MAX_PER_TOKEN: i128 = 1;
/// The same for a request, a search or a query.
pub const MAX_PER_REQUEST: i128 = 1_000;

/// A price, times a power of ten: a list may state it for one token, a book for a million.
///
/// # Errors
/// Where it is no number, negative, or more than `most` after that.
pub fn price(key: &str, value: &Json, power: u32, most: i128) -> Result<Rational, Reason> {
    let wrong = |words: String| Err(Reason::Wrong(words));
    let Json::Number(text) = value else {
        return wrong(format!("the price `{key}` is {}, not a number", value.what()));
    };
    let Ok(stated) = Rational::parse(text) else {
        return wrong(format!("the price `{key}` has too many digits: {text}"));
    };
    let price = &stated * &Rational::power_of_ten(power);
    if price.is_negative() {
        return wrong(format!("the price `{key}` is negative: {text}"));
    }
    if price > Rational::from(most) {
        return wrong(format!("the price `{key}` is too high to be believed: {text}"));
    }
    Ok(price)
}

/// A number of tokens from which on another price holds.
///
/// # Errors
/// Where it is no whole number above zero.
pub fn threshold(key: &str, value: &Json) -> Result<Rational, Reason> {
    let number = if let Json::Number(text) = value { Rational::parse(text).ok() } else { None };
    match number.filter(|number| number.is_integer() && number.is_positive()) {
        Some(number) => Ok(number),
        None => Err(Reason::Wrong(format!("a tier of `{key}` does not begin at a whole number of tokens above zero"))),
    }
}
