//! What every operation of the document has in common, added to what its handler declares.

use serde_json::{Map, Value, json};

use super::browser;
use super::conditions::add_conditions;
use super::example::Examples;
use crate::http::problem::{Code, Problem};

/// Adds what the declarations of handlers cannot say, or would all have to repeat.
pub fn complete(mut document: Value) -> Value {
    let declared = document.clone();
    let examples = Examples::of(&declared);
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("examples".to_owned(), problems());
        if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
            add_conditions(schemas);
        }
    }
    browser::describe_schemes(&mut document);
    let items = document.get_mut("paths").and_then(Value::as_object_mut);
    for (method, operation) in
        items.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut).flatten()
    {
        let Some(operation) = operation.as_object_mut() else { continue };
        // An operation without requirements says so. Otherwise it would inherit those of the document (OpenAPI 3.1
        // §4.8.10), and tools ask whether they were forgotten.
        operation.entry("security").or_insert_with(|| json!([]));
        browser::describe_requirements(method, operation);
        browser::describe_header(&declared, operation);
        describe_inputs(operation);
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

/// What may be absent is not what may be `null`: neither a body nor the value of a header has such a form.
fn without_null(schema: &mut Value) -> bool {
    let choices = schema.get("oneOf").and_then(Value::as_array);
    let is_null = |choice: &&Value| choice.get("type") == Some(&json!("null"));
    let (null, others): (Vec<_>, Vec<_>) = choices.into_iter().flatten().partition(is_null);
    let ([_], [value]) = (null.as_slice(), others.as_slice()) else { return false };
    *schema = (*value).clone();
    true
}

fn describe_inputs(operation: &mut Map<String, Value>) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(schema) = parameter.get_mut("schema") {
            without_null(schema);
        }
    }
    let Some(body) = operation.get_mut("requestBody") else { return };
    if let Some(contents) = body.get_mut("content") {
        describe_pictures(contents);
    }
    let is_optional = body.pointer_mut("/content/application~1json/schema").is_some_and(without_null);
    if is_optional && let Some(body) = body.as_object_mut() {
        body.insert("required".to_owned(), json!(false));
    }
}

fn describe_answer(response: &mut Map<String, Value>, examples: &Examples<'_>) {
    let description = response.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(contents) = response.get_mut("content") else { return };
    describe_pictures(contents);
    for (media_type, content) in contents.as_object_mut().into_iter().flatten() {
        let Some(content) = content.as_object_mut() else { continue };
        if media_type == "application/problem+json" {
            content.insert("examples".to_owned(), references(&description));
        } else if is_json(media_type)
            && let Some(schema) = content.get("schema")
        {
            let example = examples.value(schema);
            content.entry("example").or_insert(example);
        }
    }
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// An example of each problem that an operation can answer with. The others concern no operation: 404 and 405 of paths
/// without one, heads that no operation gets to see, and mistakes of the server.
fn problems() -> Value {
    use Code::{HeadersTooLarge, Internal, MethodNotAllowed, UriTooLong};
    let of_none = [HeadersTooLarge, Internal, MethodNotAllowed, UriTooLong];
    let codes = Code::ALL.into_iter().filter(|code| !of_none.contains(code));
    let example = |code: Code| {
        let value = Problem::example(code)?;
        Some((code.as_str().to_owned(), json!({ "summary": code.title(), "value": value })))
    };
    Value::Object(codes.filter_map(example).collect())
}

/// The examples of the problems that a description names.
fn references(description: &str) -> Value {
    let names = description.split('`').skip(1).step_by(2).filter(|name| Code::named(name).is_some());
    let reference =
        |name: &str| (name.to_owned(), json!({ "$ref": format!("#/components/examples/{name}") }));
    Value::Object(names.map(reference).collect())
}

/// Bytes are not an array of numbers (OpenAPI 3.1 §4.8.14.2).
fn describe_pictures(contents: &mut Value) {
    for (media_type, content) in contents.as_object_mut().into_iter().flatten() {
        if media_type.starts_with("image/") {
            *content = json!({ "schema": { "type": "string", "contentMediaType": media_type } });
        }
    }
}
