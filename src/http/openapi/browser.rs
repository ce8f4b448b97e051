//! What requests with cookies send instead of a bearer token, for every operation alike.

use serde_json::{Map, Value, json};

/// The names that cookies have on https with the default settings.
const SCHEMES: [(&str, &str, &str, &str); 3] = [
    ("cookie", "cookie", "__Host-kindred_at_v1", "The access token of a session in cookie transport."),
    (
        "refreshCookie",
        "cookie",
        "__Host-kindred_rt_v1",
        "The refresh token of a session in cookie transport.",
    ),
    (
        "csrf",
        "header",
        "X-CSRF-Token",
        "From `GET /api/v1/auth/csrf`, or from the last answer with tokens: for requests with cookies that have effects.",
    ),
];

/// Adds the schemes to the document.
pub fn describe_schemes(document: &mut Value) {
    let schemes = document.pointer_mut("/components/securitySchemes").and_then(Value::as_object_mut);
    let Some(schemes) = schemes else { return };
    for (scheme, place, name, description) in SCHEMES {
        let value = json!({ "type": "apiKey", "in": place, "name": name, "description": description });
        schemes.insert(scheme.to_owned(), value);
    }
}

/// Where a bearer token is accepted, so is the cookie of a browser; the refresh token has a cookie of its own.
pub fn describe_requirements(method: &str, operation: &mut Map<String, Value>) {
    let is_safe = ["get", "head", "options"].contains(&method);
    let is_refresh = operation.get("operationId") == Some(&json!("refreshTokens"));
    let Some(requirements) = operation.get_mut("security").and_then(Value::as_array_mut) else { return };
    if is_refresh {
        requirements.extend([json!({}), json!({ "refreshCookie": [], "csrf": [] })]);
    } else if requirements.contains(&json!({ "bearer": [] })) {
        requirements.push(if is_safe {
            json!({ "cookie": [] })
        } else {
            json!({ "cookie": [], "csrf": [] })
        });
    }
}

/// The header of an operation whose body chooses the transport.
pub fn describe_header(document: &Value, operation: &mut Map<String, Value>) {
    let body =
        operation.get("requestBody").and_then(|body| body.pointer("/content/application~1json/schema"));
    let reference = body.and_then(|schema| schema.get("$ref")).and_then(Value::as_str);
    let schema = reference.and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    if schema.and_then(|schema| schema.pointer("/properties/transport")).is_none() {
        return;
    }
    let header = json!({
        "name": "X-CSRF-Token",
        "in": "header",
        "required": false,
        "description": "Required in cookie transport: from `GET /api/v1/auth/csrf`",
        // In bearer transport its value does not matter.
        "schema": { "type": "string" },
    });
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(header);
    }
}
