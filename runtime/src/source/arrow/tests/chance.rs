//! Batches made at random: both ways of reading them say the same, which `read` sees to.

use super::*;
use arrow_array::{
    BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int64Array, StructArray, TimestampMicrosecondArray,
    UInt64Array,
};

/// A small generator, so that a failure comes again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn some<T: Copy>(&mut self, rows: usize, of: &[T]) -> Vec<Option<T>> {
        (0..rows).map(|_| if self.below(6) == 0 { None } else { Some(self.one(of)) }).collect()
    }
}

const TEXTS: [&str; 22] = [
    "",
    " ",
    "1",
    "-1",
    "1.50",
    "0.0000000000000000001",
    "9223372036854775808",
    "1e3",
    "x",
    "true",
    "TRUE",
    "S",
    "2XL",
    "call",
    "sms",
    "fax",
    "2026-03-01",
    "2026-03-01T00:00:00Z",
    "1772323200000",
    "04:30",
    "[\"a\"]",
    "1,000",
];

fn array(chance: &mut Chance, rows: usize) -> ArrayRef {
    match chance.below(8) {
        0 => Arc::new(Int64Array::from(chance.some(rows, &[0, 1, -1, i64::MAX, i64::MIN, 1_772_323_200_000, 100]))),
        1 => Arc::new(UInt64Array::from(chance.some(rows, &[0, 1, u64::MAX]))),
        2 => {
            let scale = chance.one(&[0, 2, 9, 18, 19, 30, -1]);
            let values = chance
                .some(rows, &[0, 1, -1, 10, 1_500_000_000, i128::from(i64::MAX), i128::from(i64::MIN), 10i128.pow(37)]);
            Arc::new(Decimal128Array::from(values).with_precision_and_scale(38, scale).expect("a scale"))
        }
        3 => Arc::new(BooleanArray::from(chance.some(rows, &[true, false]))),
        4 => Arc::new(Date32Array::from(chance.some(rows, &[0, -1, 20_513, 3_000_000, i32::MAX]))),
        5 => {
            let times = chance.some(rows, &[0, -1, 1_772_323_200_000_000, i64::MAX, 32_503_680_000_000_000]);
            Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))
        }
        6 => {
            let texts: DictionaryArray<arrow_array::types::Int8Type> = chance.some(rows, &TEXTS).into_iter().collect();
            Arc::new(texts)
        }
        _ => Arc::new(StringArray::from(chance.some(rows, &TEXTS))),
    }
}

/// A column that mostly has what a field wants.
fn fitting(chance: &mut Chance, name: &str, rows: usize) -> ArrayRef {
    let texts =
        |chance: &mut Chance, of: &[&'static str]| Arc::new(StringArray::from(chance.some(rows, of))) as ArrayRef;
    match (name, chance.below(2)) {
        ("duration" | "score", 0) => {
            texts(chance, &["1", "0.5", " 1.50 ", "9000000000000000000", "1e3", "00.10", "-0"])
        }
        ("duration" | "score", _) => {
            let values = chance.some(rows, &[0, 1, 15, 1_500_000_000, 10i128.pow(20), 10i128.pow(37), i64::MAX.into()]);
            let scale = chance.one(&[0, 1, 9, 18, 20]);
            Arc::new(Decimal128Array::from(values).with_precision_and_scale(38, scale).expect("a scale"))
        }
        ("size", _) => texts(chance, &["S", "2XL", "S", "2XL", "XXL"]),
        ("video", 0) => Arc::new(BooleanArray::from(chance.some(rows, &[true, false]))),
        ("video", _) => texts(chance, &["true", " False", "false"]),
        ("day", 0) => Arc::new(Date32Array::from(chance.some(rows, &[0, 20_513, 2_932_896, 2_932_897]))),
        ("day", _) => texts(chance, &["2026-03-01", " 2026-03-01"]),
        ("at", _) => texts(chance, &["04:30", "04:30:15 "]),
        ("answered", 0) => texts(chance, &["2026-03-01T00:00:00Z", "1772323200000", "3000-01-01T00:00:00Z"]),
        ("answered", _) => Arc::new(Int64Array::from(chance.some(rows, &[0, 1_772_323_200_000, 32_503_680_000_000]))),
        ("tags", _) => texts(chance, &["[]", "[\"a\"]", "[1]"]),
        (_, 0) => Arc::new(Int64Array::from(chance.some(rows, &[1, 2]))),
        _ => texts(chance, &["x", "y", " "]),
    }
}

#[test]
fn both_ways_agree_on_anything() {
    let mut chance = Chance(11);
    let mut taken = 0;
    for _ in 0..1_500 {
        let rows = chance.below(12);
        let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
        for (name, good) in calls(rows) {
            match chance.below(24) {
                0 => columns.push((name, array(&mut chance, rows))),
                1 => {}
                _ => columns.push((name, good)),
            }
        }
        for name in
            ["duration", "size", "video", "score", "day", "at", "answered", "called", "tags", "source", "type", "x"]
        {
            match chance.below(24) {
                0 => columns.push((name, array(&mut chance, rows))),
                1..12 => columns.push((name, fitting(&mut chance, name, rows))),
                _ if name == "duration" => columns.push((name, fitting(&mut chance, name, rows))),
                _ => {}
            }
        }
        if chance.below(3) == 0 {
            let field = arrow_schema::Field::new("score", arrow_schema::DataType::Int64, true);
            let scores: ArrayRef = Arc::new(Int64Array::from(chance.some(rows, &[1, 2])));
            let nulls = (0..rows).map(|_| chance.below(3) > 0).collect::<Vec<bool>>();
            columns.push(("meta", Arc::new(StructArray::new(vec![field].into(), vec![scores], Some(nulls.into())))));
        }
        if columns.is_empty() {
            continue;
        }
        taken += read(&batch(columns)).0.len();
    }
    assert!(taken > 2_000, "{taken} records are too few to say anything");
}
