//! What every operation of the document has in common, added to what its handler declares.

use serde_json::{Map, Value, json};

use super::example::Examples;
use crate::http::problem::Problem;

/// Adds what the declarations of handlers cannot say, or would all have to repeat.
pub fn complete(mut document: Value) -> Value {
    let declared = document.clone();
    let examples = Examples::of(&declared);
    let items = document.get_mut("paths").and_then(Value::as_object_mut);
    for (method, operation) in
        items.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut).flatten()
    {
        let Some(operation) = operation.as_object_mut() else { continue };
        // An operation without requirements says so. Otherwise it would inherit those of the document (OpenAPI 3.1
        // §4.8.10), and tools ask whether they were forgotten.
        operation.entry("security").or_insert_with(|| json!([]));
        if let Some(contents) = operation.get_mut("requestBody").and_then(|body| body.get_mut("content")) {
            describe_pictures(contents);
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for response in responses.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            if method == "head" {
                // An answer to HEAD has no content (RFC 9110 §9.3.2).
                response.remove("content");
            }
            describe_answer(response, &examples);
        }
    }
    document
}

fn describe_answer(response: &mut Map<String, Value>, examples: &Examples<'_>) {
    let description = response.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(contents) = response.get_mut("content") else { return };
    describe_pictures(contents);
    for (media_type, content) in contents.as_object_mut().into_iter().flatten() {
        let Some(content) = content.as_object_mut() else { continue };
        let example = match media_type.as_str() {
            "application/problem+json" => problem(&description),
            name if is_json(name) => content.get("schema").map(|schema| examples.value(schema)),
            _ => None,
        };
        if let Some(example) = example {
            content.entry("example").or_insert(example);
        }
    }
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// The problem whose code a description names first.
fn problem(description: &str) -> Option<Value> {
    let name = description.split('`').nth(1)?;
    Problem::example(name)
}

/// Bytes are not an array of numbers (OpenAPI 3.1 §4.8.14.2).
fn describe_pictures(contents: &mut Value) {
    for (media_type, content) in contents.as_object_mut().into_iter().flatten() {
        if media_type.starts_with("image/") {
            *content = json!({ "schema": { "type": "string", "contentMediaType": media_type } });
        }
    }
}
