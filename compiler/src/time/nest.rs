//! Which windows lie in which, known from their rules alone.

use crate::model::{Clock, Step, Window};

/// Whether every stretch of `inner` lies within one stretch of `outer`, whatever the zone and the account.
///
/// A stretch that begins with the first use counts where it begins, so it nests in all that is cut by a rule.
#[must_use]
pub fn nests_in(inner: &Window, outer: &Window) -> bool {
    if same(inner, outer) || outer.step == Step::Forever {
        return true;
    }
    if outer.step == Step::Instant {
        return false;
    }
    if inner.step == Step::Instant {
        return true;
    }
    if inner.step == Step::Forever || outer.from_first_use {
        return false;
    }
    if inner.from_first_use {
        return true;
    }
    match (seconds(inner.step), seconds(outer.step)) {
        (_, _) if is_contract(inner) || is_contract(outer) => false,
        (_, _) if inner.step == Step::Given => false,
        (_, _) if outer.step == Step::Given => nests_in_given(inner),
        (_, _) if inner.at != outer.at => false,
        (Some(short), Some(long)) => divides(u64::from(inner.count) * short, u64::from(outer.count) * long),
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => day_like_nests(inner, outer),
    }
}

/// Whether it is cut by contracts, whose dates no rule knows.
fn is_contract(window: &Window) -> bool {
    matches!(window.step, Step::Term(_) | Step::Phase(_))
}

/// Whether two rules cut alike, whatever they are called.
fn same(a: &Window, b: &Window) -> bool {
    Window { name: b.name.clone(), ..a.clone() } == *b
}

/// The dates asked for are whole days.
fn nests_in_given(inner: &Window) -> bool {
    let days = seconds(inner.step).is_some() || (inner.step == Step::Day && inner.count == 1);
    days && inner.at == Clock::midnight()
}

fn day_like_nests(inner: &Window, outer: &Window) -> bool {
    if inner.step == Step::Day && inner.count == 1 {
        return true;
    }
    let counted_alike = inner.step == outer.step && inner.anchor == outer.anchor;
    let weeks_alike = inner.step != Step::Week || inner.anchor.is_some() || inner.weekday == outer.weekday;
    counted_alike && weeks_alike && divides(u64::from(inner.count), u64::from(outer.count))
}

fn divides(short: u64, long: u64) -> bool {
    short != 0 && long.is_multiple_of(short)
}

/// The length of what is counted in elapsed time.
fn seconds(step: Step) -> Option<u64> {
    match step {
        Step::Second => Some(1),
        Step::Minute => Some(60),
        Step::Hour => Some(3_600),
        Step::Day | Step::Week | Step::Month | Step::Given => None,
        Step::Term(_) | Step::Phase(_) | Step::Forever | Step::Instant => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::window;
    use super::*;

    fn early(window: Window) -> Window {
        Window { at: jiff::civil::time(4, 30, 0, 0), ..window }
    }

    #[test]
    fn what_lies_in_what() {
        let [minute, hour] = [window(Step::Minute, 1), window(Step::Hour, 1)];
        let [day, week, month] = [window(Step::Day, 1), window(Step::Week, 1), window(Step::Month, 1)];
        let [quarter, year] = [window(Step::Month, 3), window(Step::Month, 12)];
        let [given, forever] = [window(Step::Given, 1), window(Step::Forever, 1)];
        let anchored = Window { anchor: Some(0), ..month.clone() };
        let used = Window { from_first_use: true, ..window(Step::Hour, 24) };
        let inside = [
            (&minute, &hour),
            (&minute, &window(Step::Minute, 5)),
            (&hour, &day),
            (&hour, &month),
            (&day, &week),
            (&day, &month),
            (&day, &anchored),
            (&month, &quarter),
            (&quarter, &year),
            (&month, &year),
            (&hour, &given),
            (&day, &given),
            (&given, &given),
            (&given, &forever),
            (&year, &forever),
            (&used, &month),
            (&used, &used),
            (&early(day.clone()), &early(week.clone())),
            (&early(hour.clone()), &early(day.clone())),
        ];
        for (inner, outer) in inside {
            assert!(nests_in(inner, outer), "{inner:?} in {outer:?}");
        }
        let outside = [
            (&hour, &minute),
            (&day, &hour),
            (&week, &month),
            (&month, &week),
            (&month, &anchored),
            (&month, &day),
            (&anchored, &month),
            (&window(Step::Minute, 7), &hour),
            (&week, &given),
            (&month, &given),
            (&given, &month),
            (&forever, &year),
            (&early(day.clone()), &month),
            (&day, &early(week.clone())),
            (&hour, &early(day.clone())),
            (&early(day.clone()), &given),
            (&window(Step::Month, 2), &quarter),
            (&Window { weekday: 7, ..window(Step::Week, 1) }, &window(Step::Week, 2)),
            (&day, &used),
        ];
        for (inner, outer) in outside {
            assert!(!nests_in(inner, outer), "{inner:?} in {outer:?}");
        }
    }
}
