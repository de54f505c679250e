//! A schema for the unit tests of the readers.

use florin_compiler::exact::Rational;
use florin_compiler::model::{
    Belongs, Dimension, Enumeration, EnumerationMember, Field, Kind, Schema, Type, Unit, Value,
};
use florin_compiler::source::{SourceId, Span};

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

pub(crate) fn number(text: &str) -> Rational {
    Rational::parse(text).expect("a number")
}

pub(crate) fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.into(),
        wire: vec![name.into()],
        ty,
        unit: None,
        optional: false,
        least: None,
        default: None,
        span: span(),
    }
}

fn enumeration(name: &str, members: &[(&str, &str)]) -> Enumeration {
    let member = |(name, wire): &(&str, &str)| EnumerationMember { name: (*name).into(), wire: (*wire).into() };
    Enumeration { name: name.into(), members: members.iter().map(member).collect(), span: span() }
}

fn in_unit(field: Field, name: &str, factor: i64) -> Field {
    let unit = Unit { name: name.into(), dimension: Dimension::time(), factor: Rational::from(factor) };
    Field { unit: Some(unit), ty: Type::Number(Dimension::time()), ..field }
}

fn call() -> Kind {
    let number = Type::Number(Dimension::none());
    let plain_text = Field { name: "".into(), wire: vec!["".into()], ..field("", Type::Text) };
    let leg = [field("country", Type::Text), field("cost", number.clone())];
    let fields = vec![
        Field { least: Some(Rational::zero()), ..in_unit(field("duration", number.clone()), "minute", 60) },
        Field { optional: true, ..field("size", Type::Enum(0)) },
        Field { default: Some(Value::Boolean(false)), ..field("video", Type::Boolean) },
        Field { optional: true, wire: vec!["meta.score".into(), "score".into()], ..field("rating", number) },
        Field { optional: true, ..field("day", Type::Date) },
        Field { optional: true, ..field("at", Type::Clock) },
        Field { optional: true, ..field("answered", Type::Time) },
        Field { optional: true, ..field("called", Type::Text) },
        Field { optional: true, ..field("tags", Type::List([plain_text].into())) },
        Field { optional: true, ..field("legs", Type::List(leg.into())) },
    ];
    Kind {
        name: "call".into(),
        wire: vec!["call".into(), "phone_call".into()],
        fields,
        belongs: Belongs::ToAccount,
        span: span(),
    }
}

/// Two kinds, an enum with wire names, two facts.
pub(crate) fn schema() -> Schema {
    let sms = Kind {
        name: "sms".into(),
        wire: vec!["sms".into()],
        fields: Vec::new(),
        belongs: Belongs::ToAccount,
        span: span(),
    };
    Schema {
        enums: vec![
            enumeration("Size", &[("S", "S"), ("X2L", "2XL")]),
            enumeration("Plan", &[("free", "free"), ("pro", "pro")]),
        ],
        facts: vec![field("plan", Type::Enum(1)), field("seats", Type::Number(Dimension::none()))],
        kinds: vec![call(), sms],
        ..Schema::default()
    }
}
