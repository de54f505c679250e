//! "Did you mean": the nearest of the names that would be right.

use super::wire::quoted;

/// `; did you mean "sms"?`, or nothing where no name is near.
pub(crate) fn hint<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> String {
    nearest(given, names).map_or(String::new(), |name| format!("; did you mean {}?", quoted(name)))
}

/// The longest text, in bytes, that is compared with names: comparing costs the product of both lengths.
const MAX_COMPARED_BYTES: usize = 200;

/// The nearest name, if it is near enough: a third of the letters may differ.
pub(crate) fn nearest<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if given.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let lower = given.to_lowercase();
    let letters = given.chars().count();
    names
        .filter(|name| name.len() <= MAX_COMPARED_BYTES)
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance * 3 <= letters.max(name.chars().count()))
        .min()
        .map(|(_, name)| name)
}

/// `one of "a", "b"`, the first few of many.
pub(crate) fn one_of(names: &[&str]) -> String {
    match names {
        [only] => quoted(only),
        _ => format!("one of {}", some(names)),
    }
}

/// `"a", "b"`, the first few of many.
pub(crate) fn some(names: &[&str]) -> String {
    const MOST: usize = 12;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| quoted(name)).collect();
    let rest = names.len().saturating_sub(MOST);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered() {
        let names = ["sms_message", "call"];
        assert_eq!(hint("sms_mesage", names.into_iter()), "; did you mean \"sms_message\"?");
        assert_eq!(hint("SMS_MESSAGE", names.into_iter()), "; did you mean \"sms_message\"?");
        assert_eq!(hint("fax", names.into_iter()), "");
    }
}
