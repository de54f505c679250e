//! Rated records as typed columns, a batch at a time.

use super::{SinkError, name};
use crate::rated::RatedRow;
use arrow_array::builder::{Decimal128Builder, StringBuilder, TimestampNanosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use florin_compiler::compiled::Figure;
use jiff::Timestamp;
use std::sync::Arc;

/// The decimal places of quantities and amounts.
pub const SCALE: u8 = 18;
/// The digits of quantities and amounts, those behind the point included.
pub const PRECISION: u8 = 38;

/// The columns of rated records.
#[must_use]
pub fn schema() -> SchemaRef {
    let decimal = || DataType::Decimal128(PRECISION, 18);
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("account", DataType::Utf8, false),
        Field::new("time", time, false),
        Field::new("line", DataType::Utf8, false),
        Field::new("quantity", decimal(), true),
        Field::new("unit", DataType::Utf8, true),
        Field::new("amount", decimal(), false),
    ]))
}

/// Rows that wait to be written.
pub(super) struct Rows {
    schema: SchemaRef,
    id: StringBuilder,
    account: StringBuilder,
    time: TimestampNanosecondBuilder,
    line: StringBuilder,
    quantity: Decimal128Builder,
    unit: StringBuilder,
    amount: Decimal128Builder,
    pub(super) count: usize,
}

impl Rows {
    pub(super) fn new() -> Rows {
        let schema = schema();
        let of = |name: &str| schema.field_with_name(name).map_or(DataType::Null, |field| field.data_type().clone());
        Rows {
            id: StringBuilder::new(),
            account: StringBuilder::new(),
            time: TimestampNanosecondBuilder::new().with_data_type(of("time")),
            line: StringBuilder::new(),
            quantity: Decimal128Builder::new().with_data_type(of("quantity")),
            unit: StringBuilder::new(),
            amount: Decimal128Builder::new().with_data_type(of("amount")),
            schema,
            count: 0,
        }
    }

    /// Adds a row, or nothing where a number does not fit its column.
    pub(super) fn push(&mut self, row: &RatedRow<'_>) -> Result<(), SinkError> {
        let quantity = row.quantity.map(|quantity| scaled("quantity", quantity, row)).transpose()?;
        let amount = scaled("amount", row.amount, row)?;
        let time = i64::try_from(row.nanoseconds).map_err(|_| late(row))?;
        self.id.append_option(row.id);
        self.account.append_value(row.account);
        self.time.append_value(time);
        self.line.append_value(row.line);
        self.quantity.append_option(quantity);
        self.unit.append_option(row.unit);
        self.amount.append_value(amount);
        self.count += 1;
        Ok(())
    }

    /// The rows so far; none are left.
    pub(super) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(self.account.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.line.finish()),
            Arc::new(self.quantity.finish()),
            Arc::new(self.unit.finish()),
            Arc::new(self.amount.finish()),
        ];
        self.count = 0;
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

/// A time that no column holds.
fn late(row: &RatedRow<'_>) -> SinkError {
    let time =
        Timestamp::from_nanosecond(row.nanoseconds).map_or_else(|error| error.to_string(), |time| time.to_string());
    SinkError::Time { time, id: name(row.id), line: row.line.to_owned() }
}

fn scaled(what: &'static str, number: &Figure, row: &RatedRow<'_>) -> Result<i128, SinkError> {
    let limit = 10u128.pow(u32::from(PRECISION));
    let fits = number.at_scale(SCALE).filter(|mantissa| mantissa.unsigned_abs() < limit);
    fits.ok_or_else(|| SinkError::number(what, &number.to_string(), row.id, row.line))
}
