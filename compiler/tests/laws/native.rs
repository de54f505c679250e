//! Native kernels say what the definitions say, or that they can not tell.

use crate::generate::Case;
use crate::laws::Fault;
use florin_compiler::columns::{Batch, Block, Dictionary};
use florin_compiler::exact::Rational;
use florin_compiler::ir::{Program, Shape};
use florin_compiler::jit::{Computed, Integers, Kernels, Rung, Status, StreamColumns, Values};
use florin_compiler::model::{Type, Value};
use florin_compiler::reference::{Entered, Reference};

/// How many rows of streams kernels settled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settled {
    pub settled: usize,
    /// Of how many.
    pub rows: usize,
    /// How many the definitions settle.
    pub definite: usize,
}

/// What is wrong with the kernels of a case, on any rung.
pub fn compared(case: &Case) -> Result<Settled, Fault> {
    let Some(program) = case.program() else { return Ok(Settled::default()) };
    let dictionary = Dictionary::of(program);
    let kernels = Kernels::new(program, &dictionary);
    let reference = Reference::new(program, &case.accounts, &[]);
    let mut settled = Settled::default();
    for batch in &Block::of(program, &dictionary, &case.records).batches {
        for rung in [Rung::Narrow, Rung::Wide, Rung::Checked] {
            let comparison = Comparison { program, dictionary: &dictionary, reference: &reference, batch };
            comparison.batch(&kernels.run_at(batch, rung), &mut settled)?;
        }
    }
    Ok(settled)
}

struct Comparison<'c> {
    program: &'c Program,
    dictionary: &'c Dictionary,
    reference: &'c Reference<'c>,
    batch: &'c Batch,
}

impl Comparison<'_> {
    fn batch(&self, computed: &Computed, settled: &mut Settled) -> Result<(), Fault> {
        for row in 0..self.batch.len() {
            let record = self.batch.record(self.program, self.dictionary, row).ok_or("no such row")?;
            let entries = self.reference.entries_of(&record);
            let mut all_settled = true;
            for (at, stream) in computed.streams.iter().enumerate() {
                let Some(stream) = stream else { continue };
                let found = self.entry(at, stream, row);
                settled.rows += 1;
                settled.settled += usize::from(found.is_some());
                settled.definite += usize::from(entries.is_ok());
                all_settled &= found.is_some();
                let (Some(found), Ok(entries)) = (found, &entries) else { continue };
                let expected = entries.iter().find(|entry| entry.stream == at);
                if found.as_ref() != expected {
                    let rung = computed.rung;
                    return Err(format!("{rung:?}, {record:?}\nkernel: {found:?}\ndefinitions: {expected:?}"));
                }
            }
            self.missing(computed, row, all_settled, &entries)?;
            self.free(computed, row)?;
        }
        Ok(())
    }

    /// What has no value by the definitions, no kernel settles.
    fn missing(
        &self,
        computed: &Computed,
        row: usize,
        all_settled: bool,
        entries: &Result<Vec<Entered>, String>,
    ) -> Result<(), Fault> {
        let over_lists = self.program.streams.iter().any(|stream| stream.used && stream.list.is_some());
        match entries {
            Err(reason) if all_settled && !over_lists => {
                Err(format!("{:?}, row {row}: settled, though {reason}", computed.rung))
            }
            _ => Ok(()),
        }
    }

    fn free(&self, computed: &Computed, row: usize) -> Result<(), Fault> {
        let record = self.batch.record(self.program, self.dictionary, row).ok_or("no such row")?;
        let free = self.reference.is_free(&record);
        match (computed.free.get(row), &free) {
            (Some(&Status::UNSETTLED), _) | (Some(&Status::TAKEN), Ok(true)) | (Some(&Status::LEFT), Ok(false)) => {
                Ok(())
            }
            (status, _) => Err(format!("free: {status:?}, by the definitions {free:?}, {record:?}")),
        }
    }

    /// What a kernel says of a row in a stream; none where it can not tell.
    fn entry(&self, stream: usize, columns: &StreamColumns, row: usize) -> Option<Option<Entered>> {
        match columns.status[row] {
            Status::LEFT => Some(None),
            Status::TAKEN => {
                let described = &self.program.streams[stream];
                let keys = columns.keys.iter().zip(&described.keys);
                let keys = keys.map(|(values, key)| self.value(values, row, shape(&key.ty))).collect();
                let values = columns.values.iter().zip(&described.aggregates).map(|(values, aggregate)| {
                    let argument = self.program.aggregates[*aggregate].argument.as_ref();
                    let value = |values| self.value(values, row, argument.expect("an argument").shape);
                    values.as_ref().map_or(Value::Absent, value)
                });
                Some(Some(Entered { stream, item: 0, keys, values: values.collect() }))
            }
            status => {
                assert_eq!(status, Status::UNSETTLED);
                None
            }
        }
    }

    fn value(&self, values: &Values, row: usize, shape: Shape) -> Value {
        let (integer, absent) = match &values.integers {
            Integers::Narrow(integers) => (i128::from(integers[row]), i128::from(i64::MIN)),
            Integers::Wide(integers) => (integers[row], i128::MIN),
        };
        if integer == absent {
            return Value::Absent;
        }
        let code = || u32::try_from(integer).expect("a code");
        let time = || jiff::Timestamp::from_nanosecond(integer).expect("an instant");
        match shape {
            Shape::Number => Value::Number(Rational::fraction_of(integer, values.denominator).expect("above zero")),
            Shape::Text => Value::Text(self.dictionary.text(code()).expect("a known text")),
            Shape::Member(_) => Value::Member(code()),
            Shape::Boolean => Value::Boolean(integer == 1),
            Shape::Date => Value::Date((time_of_day_zero() + integer_days(integer)).date()),
            Shape::Time => Value::Time(time()),
            Shape::Clock => {
                let nanoseconds = jiff::SignedDuration::from_nanos(i64::try_from(integer).expect("within a day"));
                Value::Clock(jiff::civil::Time::midnight() + nanoseconds)
            }
            Shape::List => panic!("a list is no value of a kernel"),
        }
    }
}

fn time_of_day_zero() -> jiff::civil::DateTime {
    jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0)
}

fn integer_days(days: i128) -> jiff::Span {
    jiff::Span::new().days(i64::try_from(days).expect("days"))
}

fn shape(ty: &Type) -> Shape {
    match ty {
        Type::Number(_) => Shape::Number,
        Type::Text => Shape::Text,
        Type::Enum(at) => Shape::Member(*at),
        Type::Boolean => Shape::Boolean,
        Type::Date => Shape::Date,
        Type::Time => Shape::Time,
        Type::Clock => Shape::Clock,
        Type::List(_) => Shape::List,
    }
}
