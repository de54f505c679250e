//! JSON as it is written: numbers by their digits, and objects with every entry in its order, also one that stands
//! twice, so that nothing is lost before someone has looked at it.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// How deep objects and lists may nest; price lists need less than ten.
const MAX_DEPTH: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Truth(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// `[..]`
    List(Vec<Json>),
    /// `{..}`, in the order in which the entries stand.
    Object(Entries),
}

/// The entries of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries(Vec<(String, Json)>);

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoJson(String);

impl Json {
    /// Reads a text.
    ///
    /// # Errors
    /// [`NoJson`] with the place of the fault, where the text is no JSON or nests too deep.
    pub fn read(text: &str) -> Result<Json, NoJson> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| NoJson(error.to_string()))?;
        value(raw, MAX_DEPTH)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn list(&self) -> Option<&[Json]> {
        if let Json::List(items) = self { Some(items) } else { None }
    }

    /// The object, if it is one.
    #[must_use]
    pub fn object(&self) -> Option<&Entries> {
        if let Json::Object(entries) = self { Some(entries) } else { None }
    }

    /// What it is, for a message.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Truth(_) => "true or false",
            Json::Number(_) => "a number",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }
}

impl Entries {
    /// The entries, in their order.
    pub fn each(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The value of a key; the first one, if it stands there twice.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.each().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// The first key that stands there twice.
    #[must_use]
    pub fn doubled(&self) -> Option<&str> {
        let mut seen = std::collections::BTreeSet::new();
        self.each().map(|(key, _)| key).find(|key| !seen.insert(*key))
    }
}

fn value(raw: &RawValue, depth: usize) -> Result<Json, NoJson> {
    let text = raw.get();
    let Some(below) = depth.checked_sub(1) else {
        return Err(NoJson(format!("nests more than {MAX_DEPTH} deep")));
    };
    let failed = |error: serde_json::Error| NoJson(error.to_string());
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let raw: Pairs<'_> = serde_json::from_str(text).map_err(failed)?;
            let entries = raw.0.into_iter().map(|(key, raw)| Ok((key, value(raw, below)?)));
            Json::Object(Entries(entries.collect::<Result<_, _>>()?))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(failed)?;
            Json::List(items.into_iter().map(|raw| value(raw, below)).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::Text(serde_json::from_str(text).map_err(failed)?),
        Some(b'n') => Json::Null,
        Some(b't') => Json::Truth(true),
        Some(b'f') => Json::Truth(false),
        _ => Json::Number(text.to_owned()),
    })
}

/// An object whose values are not read yet.
struct Pairs<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs<'de>, D::Error> {
        struct Gather;
        impl<'de> Visitor<'de> for Gather {
            type Value = Pairs<'de>;

            fn expecting(&self, words: &mut fmt::Formatter<'_>) -> fmt::Result {
                words.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = entries.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Gather)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_doubled_keys_are_seen() {
        let read = Json::read(r#" {"a": 1.50e-07, "b": [true, null, "x\n"], "a": {}} "#).expect("JSON");
        let entries = read.object().expect("an object");
        assert_eq!(entries.get("a"), Some(&Json::Number("1.50e-07".to_owned())));
        let items = [Json::Truth(true), Json::Null, Json::Text("x\n".to_owned())];
        assert_eq!(entries.get("b"), Some(&Json::List(items.to_vec())));
        assert_eq!((entries.each().count(), entries.doubled()), (3, Some("a")));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "[1,]", "{\"a\": NaN}", "pricebook p", "1 2"] {
            assert!(Json::read(text).is_err(), "{text}");
        }
        let nested = |deep: usize| format!("{}{}", "[".repeat(deep), "]".repeat(deep));
        assert!(Json::read(&nested(MAX_DEPTH)).is_ok());
        assert!(Json::read(&nested(MAX_DEPTH + 1)).is_err());
    }
}
