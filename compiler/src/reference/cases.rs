//! What is said for some lines only: of several overrides or discounts that hold, the most specific one counts, whatever
//! their order in the book.

use super::eval::truth;
use super::scope::{Missing, Outcome, Scope};
use crate::ir::{Body, Case, Discount, Override};

/// The override that holds in a scope.
pub(super) fn overriding<'b>(scope: &Scope<'_>, body: &'b Body) -> Outcome<Option<&'b Override>> {
    most_specific(scope, &body.overrides, |one| (&one.case, &one.label))
}

/// The discount that holds for a line.
pub(super) fn discounting<'b>(scope: &Scope<'_>, body: &'b Body) -> Outcome<Option<&'b Discount>> {
    most_specific(scope, &body.discounts, |one| (&one.case, &one.line.label))
}

fn most_specific<'b, T>(
    scope: &Scope<'_>,
    all: &'b [T],
    case: impl Fn(&'b T) -> (&'b Case, &'b str),
) -> Outcome<Option<&'b T>> {
    let mut found: Option<&T> = None;
    let mut tie: Option<&T> = None;
    for one in all {
        if !holds(scope, case(one).0)? {
            continue;
        }
        match found.map(|known| case(one).0.rank().cmp(&case(known).0.rank())) {
            Some(std::cmp::Ordering::Less) => {}
            Some(std::cmp::Ordering::Equal) => tie = Some(one),
            Some(std::cmp::Ordering::Greater) | None => (found, tie) = (Some(one), None),
        }
    }
    match (found, tie) {
        (Some(one), Some(other)) => {
            let (one, other) = (case(one).1, case(other).1);
            Err(Missing(format!("\"{one}\" and \"{other}\" both hold, and neither is more specific")))
        }
        (found, _) => Ok(found),
    }
}

fn holds(scope: &Scope<'_>, case: &Case) -> Outcome<bool> {
    if let Some(place) = case.in_plan
        && !scope.context.is_on_plan(place, scope.as_of())?
    {
        return Ok(false);
    }
    case.condition.as_ref().map_or(Ok(true), |condition| truth(scope, condition))
}
