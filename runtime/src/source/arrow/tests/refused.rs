//! Columns for which a whole file is refused, before any record.

use super::*;
use arrow_array::{BinaryArray, Float32Array, Float64Array, Int64Array, TimestampMicrosecondArray};

fn refusal(column: &'static str, array: ArrayRef) -> String {
    let mut columns = calls(array.len());
    match columns.iter_mut().find(|(name, _)| *name == column) {
        Some(known) => known.1 = array,
        None => columns.push((column, array)),
    }
    let batch = batch(columns);
    let program = program();
    let words = match Layout::of(&program.schema, batch.schema_ref()) {
        Ok(_) => "taken".to_owned(),
        Err(problem) => problem.to_string(),
    };
    if words != "taken" {
        let (records, parsed) = read(&batch);
        assert_eq!((records.len(), parsed.rejects.len()), (0, batch.num_rows()));
    }
    words
}

#[test]
fn binary_floating_point_is_never_a_number() {
    let doubles: ArrayRef = Arc::new(Float64Array::from(vec![0.1, 0.2]));
    assert_eq!(
        refusal("duration", Arc::clone(&doubles)),
        "column \"duration\" is DOUBLE, a binary floating-point number: it can not hold most prices and quantities \
         exactly (0.1 is not 0.1 in it), and digits may be lost already; write the column as DECIMAL, as an integer \
         or as text: CAST(duration AS DECIMAL(38, 9))"
    );
    assert_eq!(
        refusal("id", Arc::clone(&doubles)),
        "column \"id\" is DOUBLE, a binary floating-point number, but it should be a text or an integer; a long \
         number has lost digits in it, so write the column as it was metered, not by a cast of this one"
    );
    let floats: ArrayRef = Arc::new(Float32Array::from(vec![0.1]));
    assert!(refusal("score", floats).starts_with("column \"score\" is FLOAT, "));
    assert!(refusal("time", Arc::clone(&doubles)).contains("should be a timestamp with its time zone; "));
    assert_eq!(refusal("undeclared", doubles), "taken");
    let legs = arrow_array::StructArray::from(vec![(
        Arc::new(arrow_schema::Field::new("cost", arrow_schema::DataType::Float64, true)),
        Arc::new(Float64Array::from(vec![0.5])) as ArrayRef,
    )]);
    let item = Arc::new(arrow_schema::Field::new("item", legs.data_type().clone(), true));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([1]);
    let lists: ArrayRef = Arc::new(arrow_array::ListArray::new(item, offsets, Arc::new(legs), None));
    assert!(refusal("legs", lists).starts_with("column \"legs.cost\" is DOUBLE, "));
}

#[test]
fn what_says_no_instant_and_what_is_no_text() {
    let naive: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0]));
    assert_eq!(
        refusal("time", Arc::clone(&naive)),
        "column \"time\" is a timestamp without a time zone, so it says no instant; write it with the zone it is in: \
         time AT TIME ZONE 'UTC'"
    );
    assert!(refusal("answered", naive).starts_with("column \"answered\" is a timestamp without"));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![b"A".as_slice()]));
    assert_eq!(
        refusal("account", bytes),
        "column \"account\" is BINARY, which may be anything; write it as text: CAST(account AS VARCHAR)"
    );
    let spans: ArrayRef = Arc::new(arrow_array::DurationSecondArray::from(vec![1]));
    assert!(refusal("duration", spans).starts_with("column \"duration\" is of a type that can not be read (Duration("));
}

#[test]
fn a_column_named_twice_is_refused() {
    let mut columns = calls(1);
    columns.push(("id", Arc::new(Int64Array::from(vec![1]))));
    let program = program();
    let refused = Layout::of(&program.schema, batch(columns).schema_ref()).err().map(|problem| problem.to_string());
    assert_eq!(refused.as_deref(), Some("there are two columns \"id\"; which one counts?"));
}
