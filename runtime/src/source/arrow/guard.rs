//! Keeps a fault in a library that reads a damaged file from stopping the program: it becomes a sentence.

use crate::source::Problem;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Reads from bytes that nobody vouches for. What the reader leaves behind where it fails must not be used again.
///
/// # Errors
/// A [`Problem`] where the reader panics.
pub(super) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, Problem> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IS_GUARDED.get() {
                usual(info);
            }
        }));
    });
    IS_GUARDED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(false);
    outcome.map_err(|_| Problem::new("its parts do not fit together"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_sentence() {
        assert_eq!(guarded(|| 1), Ok(1));
        let words = guarded(|| -> u8 { panic!("never seen") }).map_err(|problem| problem.to_string());
        assert_eq!(words, Err("its parts do not fit together".to_owned()));
    }
}
