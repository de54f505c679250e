//! The registry of error codes: every code that a pass may report, and what it means.
//!
//! A code is stable: it is never used again for another thing. Each has a page under `grammar/errors` and a price
//! book that provokes it under `tests/diagnostics`.

use crate::{check, lints, resolve, syntax};
use std::collections::BTreeMap;

/// All codes with what they mean, sorted, each once.
#[must_use]
pub fn all() -> Vec<(&'static str, &'static str)> {
    let passes = [syntax::CODES, resolve::CODES, check::CODES, lints::CODES];
    passes.into_iter().flatten().copied().collect::<BTreeMap<_, _>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::{check, lints, resolve, syntax};

    #[test]
    fn no_code_means_two_things() {
        let passes = [syntax::CODES, resolve::CODES, check::CODES, lints::CODES];
        assert_eq!(all().len(), passes.iter().map(|codes| codes.len()).sum::<usize>());
    }

    #[test]
    fn codes_are_an_area_and_a_name() {
        for (code, meaning) in all() {
            let parts: Vec<&str> = code.split("::").collect();
            let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(parts.len() == 3 && parts[0] == "florin" && parts.iter().all(|part| plain(part)), "{code}");
            assert!(!meaning.is_empty(), "{code}");
        }
    }
}
