//! Rules between the members of a body, which the types of Rust do not express.

use serde_json::{Map, Value, json};

/// Adds the rules to the schemas of the document.
pub fn add_conditions(schemas: &mut Map<String, Value>) {
    let codes = ["totp", "backup_code", "sms"];
    let by_method = [
        ("FactorVerificationBody", vec![needs(&codes, code()), needs(&["webauthn"], credential())]),
        (
            "StepUpBody",
            vec![
                needs(&codes, code()),
                needs(&["webauthn"], credential()),
                needs(&["password"], ("password", json!({ "type": "string" }))),
            ],
        ),
    ];
    for (name, choices) in by_method {
        if let Some(schema) = schemas.get_mut(name).and_then(Value::as_object_mut) {
            schema.insert("oneOf".to_owned(), Value::Array(choices));
        }
    }
    if let Some(schema) = schemas.get_mut("EmailVerificationBody").and_then(Value::as_object_mut) {
        schema.insert("not".to_owned(), both("password", "registration_secret"));
    }
    schemas.values_mut().for_each(open_objects);
}

/// An object whose members belong to another standard, such as the result of a passkey, may have any. Without saying so,
/// generated clients take it for an empty one.
fn open_objects(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(open_objects);
            let kinds = members.get("type").into_iter().flat_map(|kind| match kind {
                Value::Array(kinds) => kinds.as_slice(),
                one => std::slice::from_ref(one),
            });
            let is_object = kinds.into_iter().any(|kind| kind == "object");
            if is_object && !members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(Value::Bool(true));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(open_objects),
        _ => {}
    }
}

fn code() -> (&'static str, Value) {
    ("code", json!({ "type": "string" }))
}

fn credential() -> (&'static str, Value) {
    ("credential", json!({ "type": "object" }))
}

/// With one of these methods, the member must be there and may not be `null`.
fn needs(methods: &[&str], (member, schema): (&str, Value)) -> Value {
    json!({ "properties": { "method": { "type": "string", "enum": methods }, member: schema }, "required": [member] })
}

/// Both members are there and neither is `null`.
fn both(one: &str, other: &str) -> Value {
    let text = json!({ "type": "string" });
    json!({ "properties": { one: text, other: text }, "required": [one, other] })
}
