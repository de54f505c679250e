//! A field of each type from a column of each type, with values that are right and wrong.

use super::*;
use arrow_array::types::{Decimal256Type, Int8Type, Int32Type, UInt16Type};
use arrow_array::{
    BooleanArray, Date32Array, Date64Array, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array,
    DictionaryArray, Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, ListArray, PrimitiveArray,
    StringViewArray, StructArray, Time32SecondArray, Time64MicrosecondArray, Time64NanosecondArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::{OffsetBuffer, i256};
use arrow_schema::{DataType, Field as ColumnField};

const MISSING: &str = "field \"duration\" is missing";

fn no_minutes(shown: &str) -> String {
    format!("field \"duration\" should be a number of minutes, but is {shown}")
}

fn check(field: &str, array: impl arrow_array::Array + 'static, expected: &[&str]) {
    let sort = array.data_type().to_string();
    assert_eq!(outcomes(field, field, Arc::new(array)), expected, "{field} from {sort}");
}

#[test]
fn integers_of_all_widths_are_numbers() {
    let least = "field \"duration\" should be at least 0 minutes, but is -1";
    check("duration", Int8Array::from(vec![Some(2), None, Some(-1)]), &["120", MISSING, least]);
    check("duration", Int16Array::from(vec![2, -1]), &["120", least]);
    check("duration", Int32Array::from(vec![2, -1]), &["120", least]);
    check("duration", Int64Array::from(vec![2, -1]), &["120", least]);
    check("duration", UInt8Array::from(vec![255]), &["15300"]);
    check("duration", UInt16Array::from(vec![2]), &["120"]);
    check("duration", UInt32Array::from(vec![u32::MAX]), &["257698037700"]);
    check("duration", UInt64Array::from(vec![2, u64::MAX]), &["120", "1106804644422573096900"]);
    check("duration", Int64Array::from(vec![i64::MAX]), &["553402322211286548420"]);
}

#[test]
fn decimals_keep_every_digit() {
    let of = |values: Vec<i128>, precision, scale| {
        Decimal128Array::from(values).with_precision_and_scale(precision, scale).expect("a scale")
    };
    check("duration", of(vec![1_500_000_000, 0, 1], 38, 9), &["90", "0", "0.00000006"]);
    let widest = 99_999_999_999_999_999_999_999_999_999_999_999_999;
    check("duration", of(vec![widest], 38, 38), &["59.9999999999999999999999999999999999994"]);
    check("duration", of(vec![widest], 38, 0), &["5999999999999999999999999999999999999940"]);
    check("duration", of(vec![20_000_000_000_000_000_000], 38, 18), &["1200"]);
    check("duration", of(vec![2], 5, -2), &["12000"]);
    let small = Decimal32Array::from(vec![15]).with_precision_and_scale(5, 1).expect("a scale");
    check("duration", small, &["90"]);
    let middle = Decimal64Array::from(vec![150, -1]).with_precision_and_scale(5, 2).expect("a scale");
    check("duration", middle, &["90", "field \"duration\" should be at least 0 minutes, but is -0.01"]);
    let large = PrimitiveArray::<Decimal256Type>::from(vec![i256::from_i128(15)]);
    let large: Decimal256Array = large.with_precision_and_scale(76, 1).expect("a scale");
    check("duration", large, &["90"]);
}

#[test]
fn texts_are_cells() {
    let comma = no_minutes("\"1,5\"; write it with a decimal point: 1.5");
    let ten = no_minutes("\"ten\"");
    let expected = ["90", MISSING, MISSING, ten.as_str(), comma.as_str(), "120", "60000000000000000000000000000000"];
    let texts = vec![Some("1.50"), None, Some(" "), Some("ten"), Some("1,5"), Some(" 2 "), Some("1e30")];
    check("duration", StringArray::from(texts.clone()), &expected);
    check("duration", LargeStringArray::from(texts.clone()), &expected);
    check("duration", StringViewArray::from(texts.clone()), &expected);
    let dictionary: DictionaryArray<Int8Type> = texts.iter().copied().collect();
    check("duration", dictionary, &expected);
    check("called", Int64Array::from(vec![Some(4930), None]), &["'4930'", "absent"]);
    check("called", StringArray::from(vec![" a", ""]), &["' a'", "absent"]);
    check("called", BooleanArray::from(vec![true]), &["field \"called\" should be a text, but is true"]);
    let decimals = Decimal128Array::from(vec![150]).with_precision_and_scale(5, 2).expect("a scale");
    check("called", decimals, &["'1.50'"]);
}

#[test]
fn dictionaries_may_hold_nulls_and_have_keys_of_any_width() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("2XL"), None, Some("XXL")]));
    let wrong = "field \"size\" should be one of \"S\", \"2XL\", but is \"XXL\"; did you mean \"2XL\"?";
    let keys = UInt16Array::from(vec![Some(0), Some(1), None, Some(2), Some(0)]);
    let array = DictionaryArray::<UInt16Type>::new(keys, Arc::clone(&values));
    check("size", array, &["member 1", "absent", "absent", wrong, "member 1"]);
    let array = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0]), values);
    check("size", array, &["member 1"]);
    check(
        "size",
        StringArray::from(vec!["S", "2XL ", "S"]),
        &[
            "member 0",
            "field \"size\" should be one of \"S\", \"2XL\", but is \"2XL \"; did you mean \"2XL\"?",
            "member 0",
        ],
    );
    check("size", Int8Array::from(vec![1]), &["field \"size\" should be one of \"S\", \"2XL\", but is 1"]);
}

#[test]
fn truths_days_and_times_of_day() {
    let wrong = "field \"video\" should be true or false, but is 1";
    check("video", BooleanArray::from(vec![Some(true), Some(false), None]), &["true", "false", "false"]);
    check("video", StringArray::from(vec!["TRUE", "false"]), &["true", "false"]);
    check("video", Int8Array::from(vec![1]), &[wrong]);
    check("day", Date32Array::from(vec![Some(20_513), None, Some(0)]), &["2026-03-01", "absent", "1970-01-01"]);
    check("day", Date64Array::from(vec![20_513 * 86_400_000]), &["2026-03-01"]);
    let beyond = "field \"day\" should be a day like 2026-03-01, but is \"a day beyond any calendar\"";
    check("day", Date64Array::from(vec![1]), &[beyond]);
    check("day", Date32Array::from(vec![i32::MAX]), &[beyond]);
    check(
        "day",
        StringArray::from(vec!["2026-03-01", "2026-3-1"]),
        &["2026-03-01", "field \"day\" should be a day like 2026-03-01, but is \"2026-3-1\""],
    );
    check("at", Time32SecondArray::from(vec![16_215]), &["04:30:15"]);
    check("at", Time64NanosecondArray::from(vec![16_215_000_000_000]), &["04:30:15"]);
    check(
        "at",
        Time64MicrosecondArray::from(vec![16_215_500_000, -1, 86_400_000_000]),
        &[
            "field \"at\" should be a time of day like 04:30, but is \"04:30:15.5\"",
            "field \"at\" should be a time of day like 04:30, but is \"-1 Microseconds since midnight\"",
            "field \"at\" should be a time of day like 04:30, but is \"86400000000 Microseconds since midnight\"",
        ],
    );
    check("at", StringArray::from(vec!["04:30"]), &["04:30:00"]);
}

#[test]
fn instants_of_every_unit() {
    let seconds = 1_772_323_200i64;
    check("answered", TimestampSecondArray::from(vec![seconds]).with_timezone("UTC"), &["2026-03-01T00:00:00Z"]);
    check(
        "answered",
        TimestampMillisecondArray::from(vec![seconds * 1_000]).with_timezone("Europe/Berlin"),
        &["2026-03-01T00:00:00Z"],
    );
    check(
        "answered",
        TimestampMicrosecondArray::from(vec![seconds * 1_000_000 + 1]).with_timezone("UTC"),
        &["2026-03-01T00:00:00.000001Z"],
    );
    check(
        "answered",
        TimestampNanosecondArray::from(vec![seconds * 1_000_000_000 + 1]).with_timezone("UTC"),
        &["2026-03-01T00:00:00.000000001Z"],
    );
    let out = |shown: &str| format!("field \"answered\" is out of range: \"{shown}\" is not in the years 1970 to 9998");
    let beyond = "field \"answered\" should be a time like 2026-03-01T00:00:00Z, or milliseconds since 1970, but is \
        \"9223372036854775807 Seconds since 1970\"";
    check(
        "answered",
        TimestampSecondArray::from(vec![-1, 32_503_680_000, i64::MAX]).with_timezone("UTC"),
        &[&out("1969-12-31T23:59:59Z"), "3000-01-01T00:00:00Z", beyond],
    );
    check("answered", Int64Array::from(vec![seconds * 1_000]), &["2026-03-01T00:00:00Z"]);
    check(
        "answered",
        Date32Array::from(vec![0]),
        &["field \"answered\" has no time zone: \"1970-01-01\"; write 2026-03-01T00:00:00Z, or an offset like +02:00"],
    );
}

#[test]
fn lists_and_objects() {
    let tags =
        ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), Some(2)]), None, Some(vec![None])]);
    check("tags", tags, &["['1', '2']", "absent", "field \"tags\", item 1: it is null"]);
    let legs = StructArray::from(vec![
        (
            Arc::new(ColumnField::new("country", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec!["D\"E", "FR"])) as ArrayRef,
        ),
        (Arc::new(ColumnField::new("cost", DataType::Int64, true)), Arc::new(Int64Array::from(vec![Some(5), None]))),
    ]);
    let item = Arc::new(ColumnField::new("item", legs.data_type().clone(), true));
    let lists = ListArray::new(item, OffsetBuffer::from_lengths([1, 1, 0]), Arc::new(legs), None);
    check("legs", lists, &["['D\"E' 5]", "field \"legs\", item 1: field \"cost\" is missing", "[]"]);
    check(
        "legs",
        StringArray::from(vec!["[{\"country\":\"DE\",\"cost\":0.1}]", "x"]),
        &["['DE' 0.1]", "field \"legs\" should be a list, but is \"x\""],
    );
    let numbers = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    check("duration", numbers, &[&no_minutes("a list")]);
}

#[test]
fn paths_lead_into_objects() {
    let score: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), Some(8), None]));
    let field = Arc::new(ColumnField::new("score", DataType::Int64, true));
    let nulls = arrow_buffer::NullBuffer::from(vec![true, false, true]);
    let meta: ArrayRef = Arc::new(StructArray::new(vec![field].into(), vec![score], Some(nulls)));
    assert_eq!(outcomes("rating", "meta", Arc::clone(&meta)), ["7", "absent", "absent"]);
    let plain: ArrayRef = Arc::new(Int64Array::from(vec![3]));
    assert_eq!(outcomes("rating", "meta.score", Arc::clone(&plain)), ["3"]);
    assert_eq!(outcomes("rating", "score", plain), ["3"]);
    assert_eq!(
        outcomes("called", "called", meta)[..2],
        ["field \"called\" should be a text, but is an object", "absent"]
    );
}
