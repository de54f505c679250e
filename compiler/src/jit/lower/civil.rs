//! Dates, and questions of the calendar.

use super::number::SIGN;
use super::{Array, Exits, Lowering};
use crate::jit::civil::NO_ANSWER;
use crate::jit::graph::{Form, Id};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

const NANOSECONDS_IN_DAY: i64 = 86_400_000_000_000;
/// Days whose nanoseconds surely fit 64 bits, on either side of 1970.
const MOST_DAYS: i64 = 106_000;

impl Lowering<'_, '_> {
    /// The answer to a question about an instant or a day.
    pub(super) fn answer(&mut self, question: usize, form: Form, most: i64, about: Id, exits: Exits) -> Value {
        let about = self.value(about, Exits { absent: exits.fail, ..exits });
        let Some(civil) = self.frame.arrays.get(&Array::Civil).copied() else { return self.never(exits.fail, form) };
        let question = self.code(i64::try_from(question).unwrap_or(i64::MAX));
        let call = self.builder.ins().call(self.helpers.answer, &[civil, question, about]);
        let Some(answer) = self.builder.inst_results(call).first().copied() else {
            return self.never(exits.fail, form);
        };
        let is_none = self.builder.ins().icmp_imm_s(IntCC::Equal, answer, NO_ANSWER);
        self.leave_if(is_none, exits.fail);
        match form {
            Form::Code => answer,
            Form::Truth => self.builder.ins().ireduce(types::I8, answer),
            Form::Number => {
                // What was proven of it holds.
                let is_out = self.builder.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, answer, most);
                self.leave_if(is_out, exits.fail);
                self.wide(answer)
            }
        }
    }

    pub(super) fn day(&mut self, time: Id, exits: Exits) -> Value {
        let time = self.value(time, Exits { absent: exits.fail, ..exits });
        let length = self.code(NANOSECONDS_IN_DAY);
        let whole = self.builder.ins().sdiv(time, length);
        let product = self.builder.ins().imul(whole, length);
        let rest = self.builder.ins().isub(time, product);
        let step = self.builder.ins().sshr_imm_s(rest, SIGN);
        self.builder.ins().iadd(whole, step)
    }

    pub(super) fn day_start(&mut self, day: Id, exits: Exits) -> Value {
        let day = self.value(day, Exits { absent: exits.fail, ..exits });
        let shifted = self.builder.ins().iadd_imm_s(day, MOST_DAYS);
        let is_out = self.builder.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, shifted, 2 * MOST_DAYS);
        self.leave_if(is_out, exits.fail);
        self.builder.ins().imul_imm_s(day, NANOSECONDS_IN_DAY)
    }
}
