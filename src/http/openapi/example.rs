//! Examples of answers, composed from the examples of the members in their schemas.

use serde_json::{Map, Value, json};

/// Composes examples from the schemas of a document.
pub struct Examples<'a> {
    schemas: Option<&'a Map<String, Value>>,
}

impl<'a> Examples<'a> {
    pub fn of(document: &'a Value) -> Self {
        Self { schemas: document.pointer("/components/schemas").and_then(Value::as_object) }
    }

    /// A value that the schema allows.
    pub fn value(&self, schema: &Value) -> Value {
        if let Some(example) = schema.get("example") {
            return example.clone();
        }
        if let Some(target) = self.target(schema) {
            return self.value(target);
        }
        if let Some(word) = schema.pointer("/enum/0") {
            return word.clone();
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(parts);
        }
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            let choice = choices.iter().find(|choice| choice.get("type") != Some(&json!("null")));
            return choice.map_or(Value::Null, |choice| self.value(choice));
        }
        self.typed(schema)
    }

    fn target(&self, schema: &Value) -> Option<&'a Value> {
        let name = schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")?;
        self.schemas?.get(name)
    }

    fn merged(&self, parts: &[Value]) -> Value {
        let objects = parts.iter().filter_map(|part| match self.value(part) {
            Value::Object(members) => Some(members),
            _ => None,
        });
        Value::Object(objects.flatten().collect())
    }

    fn typed(&self, schema: &Value) -> Value {
        match type_name(schema) {
            "object" => self.object(schema),
            "array" => json!([schema.get("items").map_or(Value::Null, |items| self.value(items))]),
            "boolean" => json!(false),
            "integer" | "number" => json!(1),
            "string" => json!(text(schema)),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value) -> Value {
        let members = schema.get("properties").and_then(Value::as_object);
        let example = |(name, schema): (&String, &Value)| (name.clone(), self.value(schema));
        Value::Object(members.into_iter().flatten().map(example).collect())
    }
}

/// The type, or that of the types that is not `null`.
fn type_name(schema: &Value) -> &str {
    let found = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().find(|name| **name != json!("null")),
        other => other,
    };
    found.and_then(Value::as_str).unwrap_or_default()
}

fn text(schema: &Value) -> &'static str {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "01a1fdfe-9b6f-7f8b-8a1a-5ce5e7342e04",
        Some("date-time") => "2026-11-26T12:00:01Z",
        _ => "string",
    }
}
