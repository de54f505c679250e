//! Arithmetic, in the width of the rung.

use super::{Exits, Lowering};
use crate::exact::Rounding;
use crate::jit::Rung;
use crate::jit::graph::{Form, Id, Node};
use crate::jit::helpers;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{FuncRef, InstBuilder, Value, types};

/// The sign of an integer of 64 bits is its last bit.
pub(super) const SIGN: i64 = 63;

impl Lowering<'_, '_> {
    /// A constant number.
    pub(super) fn integer(&mut self, integer: i128) -> Value {
        if let Ok(narrow) = i64::try_from(integer) {
            let narrow = self.code(narrow);
            return self.wide(narrow);
        }
        // On the narrow rung every constant is proven to fit.
        #[allow(clippy::cast_possible_truncation)] // The halves are meant.
        let (low, high) = (integer as i64, (integer >> 64) as i64);
        let (low, high) = (self.code(low), self.code(high));
        if self.is_wide() { self.builder.ins().iconcat(low, high) } else { low }
    }

    /// A number of 64 bits in the width of the rung.
    pub(super) fn wide(&mut self, narrow: Value) -> Value {
        if self.is_wide() { self.builder.ins().sextend(types::I128, narrow) } else { narrow }
    }

    pub(super) fn count(&mut self, code: Id, exits: Exits) -> Value {
        let code = self.value(code, exits);
        self.wide(code)
    }

    pub(super) fn arithmetic(&mut self, id: Id, exits: Exits) -> Value {
        match *self.plan.graph.node(id) {
            Node::Add(a, b) => {
                let (a, b) = self.both(a, b, exits);
                let sum = self.builder.ins().iadd(a, b);
                self.checked_sum(sum, [(a, sum), (b, sum)], exits)
            }
            Node::Subtract(a, b) => {
                let (a, b) = self.both(a, b, exits);
                let difference = self.builder.ins().isub(a, b);
                self.checked_sum(difference, [(a, b), (a, difference)], exits)
            }
            Node::Multiply(a, b) => {
                let (a, b) = self.both(a, b, exits);
                self.product(a, b, exits)
            }
            _ => self.never(exits.fail, Form::Number),
        }
    }

    /// Where both pairs differ in sign, the result overflowed.
    fn checked_sum(&mut self, result: Value, pairs: [(Value, Value); 2], exits: Exits) -> Value {
        if self.rung != Rung::Checked {
            return result;
        }
        let [first, second] = pairs.map(|(a, b)| {
            let (a, b) = (self.high(a), self.high(b));
            self.builder.ins().bxor(a, b)
        });
        let signs = self.builder.ins().band(first, second);
        let overflowed = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        self.leave_if(overflowed, exits.fail);
        result
    }

    fn product(&mut self, a: Value, b: Value, exits: Exits) -> Value {
        if self.rung != Rung::Checked {
            return self.builder.ins().imul(a, b);
        }
        let (joint, product) = self.joint(Form::Number);
        let (small, large) = (self.builder.create_block(), self.builder.create_block());
        let (a_small, b_small) = (self.is_small(a), self.is_small(b));
        let both_small = self.builder.ins().band(a_small, b_small);
        self.builder.ins().brif(both_small, small, &[], large, &[]);
        self.builder.switch_to_block(small);
        let fits = self.builder.ins().imul(a, b);
        self.jump(joint, &[fits]);
        self.builder.switch_to_block(large);
        let helped = self.helped(self.helpers.multiply, (a, b), None, exits);
        self.jump(joint, &[helped]);
        self.builder.switch_to_block(joint);
        product
    }

    /// Whether 64 bits hold a number of 128.
    fn is_small(&mut self, number: Value) -> Value {
        let (low, high) = self.builder.ins().isplit(number);
        let sign = self.builder.ins().sshr_imm_s(low, SIGN);
        self.builder.ins().icmp(IntCC::Equal, sign, high)
    }

    /// The upper half, or the whole of a narrow number: it has the sign.
    fn high(&mut self, number: Value) -> Value {
        if self.is_wide() { self.builder.ins().isplit(number).1 } else { number }
    }

    pub(super) fn absolute(&mut self, a: Id, exits: Exits) -> Value {
        let a = self.value(a, exits);
        if !self.is_wide() {
            return self.builder.ins().iabs(a);
        }
        let zero = self.integer(0);
        let opposite = self.builder.ins().isub(zero, a);
        let high = self.high(a);
        let is_negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, high, 0);
        let size = self.either(is_negative, opposite, a);
        if self.rung == Rung::Checked {
            // The least integer has no opposite.
            let high = self.high(size);
            let overflowed = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, high, 0);
            self.leave_if(overflowed, exits.fail);
        }
        size
    }

    pub(super) fn modulo(&mut self, a: Id, b: Id, exits: Exits) -> Value {
        let (a, b) = self.both(a, b, exits);
        if self.is_wide() {
            return self.helped(self.helpers.modulo, (a, b), None, exits);
        }
        let divisor = self.divisor(b, exits);
        let rest = self.builder.ins().srem(a, divisor);
        let corrected = self.builder.ins().iadd(rest, b);
        let is_rest = self.builder.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
        let signs = self.builder.ins().bxor(rest, b);
        let differ = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let is_off = self.builder.ins().band(is_rest, differ);
        self.builder.ins().select(is_off, corrected, rest)
    }

    /// A divisor by which the processor can divide whatever there is: not zero, and 1 in the place of -1, which
    /// leaves the same rest.
    fn divisor(&mut self, divisor: Value, exits: Exits) -> Value {
        let is_zero = self.builder.ins().icmp_imm_s(IntCC::Equal, divisor, 0);
        self.leave_if(is_zero, exits.fail);
        let is_minus_one = self.builder.ins().icmp_imm_s(IntCC::Equal, divisor, -1);
        let one = self.code(1);
        self.builder.ins().select(is_minus_one, one, divisor)
    }

    /// A quotient, rounded to a whole number.
    pub(super) fn quotient(&mut self, rounding: Rounding, a: Id, b: Id, exits: Exits) -> Value {
        let constant = self.plan.graph.integer(b).filter(|divisor| *divisor > 0);
        let (a, b) = self.both(a, b, exits);
        if self.is_wide() {
            let direction = self.code(helpers::code_of(rounding));
            return self.helped(self.helpers.quotient, (a, b), Some(direction), exits);
        }
        let (a, b) = match constant {
            Some(_) => (a, b),
            None => self.above_zero(a, b, exits),
        };
        let whole = self.builder.ins().sdiv(a, b);
        let product = self.builder.ins().imul(whole, b);
        let rest = self.builder.ins().isub(a, product);
        let step = self.step(rounding, whole, rest, b);
        self.builder.ins().iadd(whole, step)
    }

    /// The same fraction with a divisor above zero.
    fn above_zero(&mut self, a: Value, b: Value, exits: Exits) -> (Value, Value) {
        let is_zero = self.builder.ins().icmp_imm_s(IntCC::Equal, b, 0);
        self.leave_if(is_zero, exits.fail);
        let is_negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, b, 0);
        let (minus_a, minus_b) = (self.builder.ins().ineg(a), self.builder.ins().ineg(b));
        let a = self.builder.ins().select(is_negative, minus_a, a);
        (a, self.builder.ins().select(is_negative, minus_b, b))
    }

    /// What rounding adds to a quotient that was cut off toward zero, by its rest: -1, 0 or 1.
    fn step(&mut self, rounding: Rounding, whole: Value, rest: Value, divisor: Value) -> Value {
        let zero = self.code(0);
        match rounding {
            Rounding::Down => zero,
            Rounding::Floor => self.builder.ins().sshr_imm_s(rest, SIGN),
            Rounding::Ceil => {
                let is_above = self.builder.ins().icmp_imm_s(IntCC::SignedGreaterThan, rest, 0);
                self.builder.ins().uextend(types::I64, is_above)
            }
            Rounding::Up => {
                let is_rest = self.builder.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
                let away = self.away(rest);
                self.builder.ins().select(is_rest, away, zero)
            }
            Rounding::HalfAwayFromZero => {
                let (size, left) = self.halves(rest, divisor);
                let goes = self.builder.ins().icmp(IntCC::SignedGreaterThanOrEqual, size, left);
                let away = self.away(rest);
                self.builder.ins().select(goes, away, zero)
            }
            Rounding::HalfEven => {
                let (size, left) = self.halves(rest, divisor);
                // An odd quotient goes away from zero on a half, and an even one stays.
                let odd = self.builder.ins().band_imm_s(whole, 1);
                let weighed = self.builder.ins().iadd(size, odd);
                let goes = self.builder.ins().icmp(IntCC::SignedGreaterThan, weighed, left);
                let away = self.away(rest);
                self.builder.ins().select(goes, away, zero)
            }
        }
    }

    /// The size of a rest, and what it lacks to the divisor.
    fn halves(&mut self, rest: Value, divisor: Value) -> (Value, Value) {
        let size = self.builder.ins().iabs(rest);
        (size, self.builder.ins().isub(divisor, size))
    }

    /// One, with the sign of a number that is not zero.
    fn away(&mut self, number: Value) -> Value {
        let sign = self.builder.ins().sshr_imm_s(number, SIGN);
        self.builder.ins().bor_imm_s(sign, 1)
    }

    /// What a helper makes of two wide numbers; it may find nothing.
    fn helped(&mut self, helper: FuncRef, (a, b): (Value, Value), more: Option<Value>, exits: Exits) -> Value {
        let ((a_low, a_high), (b_low, b_high)) = (self.builder.ins().isplit(a), self.builder.ins().isplit(b));
        let slot = self.helpers.slot;
        let out = self.builder.ins().stack_addr(types::I64, slot, 0);
        let arguments: Vec<Value> = [a_low, a_high, b_low, b_high].into_iter().chain(more).chain([out]).collect();
        let call = self.builder.ins().call(helper, &arguments);
        let status = self.builder.inst_results(call).first().copied();
        if let Some(status) = status {
            self.leave_if(status, exits.fail);
        }
        let low = self.builder.ins().stack_load(types::I64, types::I64, slot, 0);
        let high = self.builder.ins().stack_load(types::I64, types::I64, slot, 8);
        self.builder.ins().iconcat(low, high)
    }
}
