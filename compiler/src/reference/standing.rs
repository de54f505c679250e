//! How each record stands.

use super::eval::truth;
use super::evaluation::Evaluation;
use super::groups::{Member, Members};
use super::lines::KeyLines;
use super::reach::reach;
use super::scope::{Context, Missing, Outcome, RecordHome, Scope};
use crate::bill::Standing;
use crate::ir::{Charge, Expr};
use crate::model::Record;
use std::collections::BTreeMap;

/// What no bill of a book whose period is given can hold.
pub(super) const OUTSIDE: &str = "it lies in none of the periods that are asked for";
/// What nothing in the book takes.
pub(super) const UNREACHED: &str = "no charge takes this record, and no `free` clause says that it costs nothing";

/// The records that reach a line without a price, by their index, with what is missing.
pub(super) fn withheld(evaluation: &Evaluation<'_>) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    for (at, charge) in evaluation.context.program.charges.iter().enumerate() {
        for lines in &evaluation.charge(at).lines {
            if let Err(withheld) = &lines.lines {
                each_record(evaluation, charge, lines, &mut |record| {
                    found.entry(record).or_insert_with(|| withheld.missing.clone());
                });
            }
        }
    }
    found
}

/// The numbers of the groups of which only folds are kept whose records reach a line without a price, with what is
/// missing.
pub(super) fn withheld_groups(evaluation: &Evaluation<'_>) -> BTreeMap<u32, String> {
    let mut found = BTreeMap::new();
    for (at, charge) in evaluation.context.program.charges.iter().enumerate() {
        for lines in &evaluation.charge(at).lines {
            let Err(withheld) = &lines.lines else { continue };
            each_group(evaluation, charge, lines, &mut |members| {
                members.number().into_iter().for_each(|number| {
                    found.entry(number).or_insert_with(|| withheld.missing.clone());
                });
            });
        }
    }
    found
}

/// Calls `visit` for each group of records that a line is made of, itself and not through other lines.
fn each_group(evaluation: &Evaluation<'_>, charge: &Charge, lines: &KeyLines, visit: &mut dyn FnMut(&Members)) {
    let exprs: Vec<&Expr> = charge.body.expressions();
    for group in std::iter::once(&lines.group).chain(&lines.combinations) {
        reach(evaluation, &exprs, group, visit);
    }
}

/// Calls `visit` for each record that a line is made of, itself and not through other lines.
pub(super) fn each_record(
    evaluation: &Evaluation<'_>,
    charge: &Charge,
    lines: &KeyLines,
    visit: &mut dyn FnMut(usize),
) {
    each_group(evaluation, charge, lines, &mut |members| {
        members.within(None).flat_map(Member::sources).for_each(&mut *visit);
    });
}

/// How a record stands that no line takes by itself, by what is made of it if anything is.
pub(super) fn left(made: Option<&Standing>, untaken: impl FnOnce() -> Standing) -> Standing {
    match (made, untaken()) {
        (_, Standing::Free) => Standing::Free,
        (Some(made), _) => made.clone(),
        (None, untaken) => untaken,
    }
}

/// How a record stands that no line takes.
pub(super) fn untaken(context: &Context<'_>, record: &Record) -> Standing {
    match is_free(context, record) {
        Ok(true) => Standing::Free,
        Ok(false) => Standing::Unpriced(UNREACHED.to_owned()),
        Err(Missing(reason)) => Standing::Unpriced(reason),
    }
}

/// Whether a `free` clause takes a record.
pub(super) fn is_free(context: &Context<'_>, record: &Record) -> Outcome<bool> {
    let home = RecordHome::new(context.program, record);
    let scope = Scope::record(context, &home);
    for free in context.program.free.iter().filter(|free| free.kind == record.kind) {
        if free.condition.as_ref().map_or(Ok(true), |condition| truth(&scope, condition))? {
            return Ok(true);
        }
    }
    Ok(false)
}
