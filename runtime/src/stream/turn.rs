//! Something that all stretches of a run pass in their order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What only one stretch at a time may touch, each in its turn.
pub struct Turn<T> {
    state: Mutex<State<T>>,
    passed: Condvar,
}

struct State<T> {
    next: u64,
    held: T,
    /// A thread fell over, so stretches are missing for ever.
    is_abandoned: bool,
}

impl<T> Turn<T> {
    pub fn new(held: T) -> Turn<T> {
        Turn { state: Mutex::new(State { next: 0, held, is_abandoned: false }), passed: Condvar::new() }
    }

    /// Waits until all stretches before this one have passed, and touches what is held.
    pub fn take<R>(&self, stretch: u64, touch: impl FnOnce(&mut T) -> R) -> R {
        let mut state = self.lock();
        while state.next != stretch {
            if state.is_abandoned {
                std::panic::resume_unwind(Box::new("another thread of the run fell over"));
            }
            state = self.passed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut passing = Passing { state, passed: &self.passed };
        touch(&mut passing.state.held)
    }

    /// Nobody needs to wait any more: a thread fell over.
    pub fn abandon(&self) {
        self.lock().is_abandoned = true;
        self.passed.notify_all();
    }

    /// What is held, when all have passed.
    pub fn into_inner(self) -> T {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).held
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Passing<'t, T> {
    state: MutexGuard<'t, State<T>>,
    passed: &'t Condvar,
}

impl<T> Drop for Passing<'_, T> {
    fn drop(&mut self) {
        self.state.next += 1;
        self.passed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_pass_in_their_order() {
        let turn = Turn::new(Vec::new());
        std::thread::scope(|scope| {
            for stretch in [3u64, 1, 0, 2] {
                let turn = &turn;
                scope.spawn(move || turn.take(stretch, |seen| seen.push(stretch)));
            }
        });
        assert_eq!(turn.into_inner(), [0, 1, 2, 3]);
    }
}
