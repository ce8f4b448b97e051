//! Objects as members of bodies.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

/// A member that is an object, null or absent. Serde itself would also accept an array with the object's members in their
/// order.
///
/// # Errors
/// The error of the deserializer for any other value.
pub fn optional_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let found = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(found.map(|object| object.0))
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        word: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "optional_object")]
        inner: Option<Inner>,
    }

    fn inner(json: &str) -> Result<Option<String>, serde_json::Error> {
        let body: Body = serde_json::from_str(json)?;
        Ok(body.inner.map(|inner| inner.word))
    }

    #[test]
    fn only_an_object_is_one() {
        assert_eq!(inner(r#"{"inner":{"word":"a"}}"#).unwrap().as_deref(), Some("a"));
        assert_eq!(inner(r#"{"inner":null}"#).unwrap(), None);
        assert_eq!(inner("{}").unwrap(), None);
        for wrong in [r#"["a"]"#, r#""a""#, "1", "{}"] {
            assert!(inner(&format!("{{\"inner\":{wrong}}}")).is_err(), "{wrong}");
        }
    }
}
