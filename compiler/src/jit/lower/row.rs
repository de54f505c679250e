//! Rows of tables and their cells.

use super::{Array, Exits, Lowering, reading};
use crate::jit::graph::{Form, Id};
use crate::jit::search::{ABSENT_CELL, Class, NO_CELL};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

/// Up to so many thresholds are counted in place; more are searched by a helper.
const IN_PLACE: usize = 8;

impl Lowering<'_, '_> {
    /// The place of the row for these keys. Where there is none, there are places too, without cells.
    pub(super) fn place(&mut self, search: usize, keys: &[Id], exits: Exits) -> Value {
        let Some(arrays) = self.plan.searches.get(search).cloned() else { return self.never(exits.fail, Form::Code) };
        let exits = Exits { absent: exits.fail, ..exits };
        let mut place: Option<Value> = None;
        for (at, (class, key)) in arrays.classes.iter().zip(keys).enumerate() {
            let key = self.value(*key, exits);
            let class_of_key = self.class(class, Array::Class(search, at), key, exits);
            place = Some(match place {
                None => class_of_key,
                Some(before) => {
                    let count = i64::try_from(class.count()).unwrap_or(0);
                    let base = self.builder.ins().imul_imm_s(before, count);
                    self.builder.ins().iadd(base, class_of_key)
                }
            });
        }
        let place = place.unwrap_or_else(|| self.builder.ins().iconst(types::I64, 0));
        match self.frame.arrays.get(&Array::Rows(search)).copied() {
            Some(rows) => {
                let address = self.element(rows, place, 2);
                self.builder.ins().uload32(reading(), address, 0)
            }
            None => place,
        }
    }

    /// The class of a key, always below the number of its classes.
    fn class(&mut self, class: &Class, array: Array, key: Value, exits: Exits) -> Value {
        let key = match self.builder.func.dfg.value_type(key) {
            types::I8 => self.builder.ins().uextend(types::I64, key),
            _ => key,
        };
        match class {
            Class::Direct { bound, other: false } => {
                let bound = i64::try_from(*bound).unwrap_or(0);
                let is_beyond = self.builder.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, key, bound);
                self.leave_if(is_beyond, exits.fail);
                key
            }
            Class::Direct { bound, other: true } => self.at_most(key, *bound),
            Class::Listed { classes, .. } => {
                let Some(base) = self.frame.arrays.get(&array).copied() else { return self.code(0) };
                let at = self.at_most(key, classes.len().saturating_sub(1));
                let address = self.element(base, at, 2);
                self.builder.ins().uload32(reading(), address, 0)
            }
            Class::Thresholds(thresholds) if thresholds.at.len() <= IN_PLACE => self.counted(&thresholds.at, key),
            Class::Thresholds(_) => self.searched(array, key),
        }
    }

    /// A code, or a bound in the place of all codes beyond.
    fn at_most(&mut self, code: Value, bound: usize) -> Value {
        let bound = self.code(i64::try_from(bound).unwrap_or(0));
        self.builder.ins().umin(code, bound)
    }

    /// How many thresholds are at most the key.
    fn counted(&mut self, thresholds: &[i64], key: Value) -> Value {
        let mut count = self.code(0);
        for threshold in thresholds {
            let threshold = match self.builder.func.dfg.value_type(key) {
                types::I128 => self.integer(i128::from(*threshold)),
                _ => self.code(*threshold),
            };
            let is_reached = self.builder.ins().icmp(IntCC::SignedGreaterThanOrEqual, key, threshold);
            let one = self.builder.ins().uextend(types::I64, is_reached);
            count = self.builder.ins().iadd(count, one);
        }
        count
    }

    fn searched(&mut self, array: Array, key: Value) -> Value {
        let Some(base) = self.frame.arrays.get(&array).copied() else { return self.code(0) };
        let (low, high) = match self.builder.func.dfg.value_type(key) {
            types::I128 => self.builder.ins().isplit(key),
            _ => (key, self.builder.ins().sshr_imm_s(key, 63)),
        };
        let call = self.builder.ins().call(self.helpers.count_at_most, &[base, low, high]);
        let count = self.builder.inst_results(call).first().copied();
        count.unwrap_or_else(|| self.builder.ins().iconst(types::I64, 0))
    }

    /// A cell of the row at a place.
    pub(super) fn cell(&mut self, search: usize, column: usize, row: Id, exits: Exits) -> Value {
        let plan = self.plan;
        let described =
            plan.searches.get(search).and_then(|arrays| Some((arrays.columns.len(), arrays.columns.get(column)?)));
        let base = self.frame.arrays.get(&Array::Cells(search)).copied();
        let (Some((width, described)), Some(base)) = (described, base) else {
            return self.never(exits.fail, Form::Number);
        };
        let place = self.value(row, Exits { absent: exits.fail, ..exits });
        let bytes = i64::try_from(width * 8).unwrap_or(0);
        let offset = self.builder.ins().imul_imm_s(place, bytes);
        let address = self.builder.ins().iadd(base, offset);
        let cell = self.builder.ins().load(types::I64, reading(), address, i32::try_from(column * 8).unwrap_or(0));
        let exists = described.complete && self.existing.iter().any(|rows| rows.contains(&row));
        if !exists {
            let is_none = self.builder.ins().icmp_imm_s(IntCC::Equal, cell, NO_CELL);
            self.leave_if(is_none, exits.fail);
            self.existing.last_mut().into_iter().for_each(|rows| {
                rows.insert(row);
            });
        }
        if described.optional {
            let is_absent = self.builder.ins().icmp_imm_s(IntCC::Equal, cell, ABSENT_CELL);
            self.leave_if(is_absent, exits.absent);
        }
        match described.form {
            Form::Number => self.wide(cell),
            Form::Code => cell,
            Form::Truth => self.builder.ins().ireduce(types::I8, cell),
        }
    }
}
