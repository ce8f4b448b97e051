//! The Big List of Naughty Strings, and texts of our own, in every text that a client can send: each member of each body
//! of the OpenAPI document, each parameter of a query or a path.

use futures_util::{StreamExt, stream};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::admin::common::{Person, person};
use crate::http::common::{Document, concrete};
use crate::http::hostile_text::TEXTS;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, Reply, send, unique_email};

const LIST: &str = include_str!("naughty_strings.json");
const SETTINGS: &[(&str, &str)] = &[
    ("KINDRED_THROTTLE__ENABLED", "false"),
    ("KINDRED_TOKENS__ACCESS_TTL", "1h"),
    ("KINDRED_SESSIONS__STEP_UP_MAX_AGE", "1h"),
];
const PARALLEL: usize = 8;
/// The operation that would end the session of the test.
const LOGOUT: &str = "/api/v1/auth/logout";

/// A place for a text.
enum Place {
    /// In a body of this form.
    Body {
        form: Value,
        member: Text,
    },
    Query(String),
    Path(String),
}

/// A text in a body.
struct Text {
    /// The members that lead to it.
    members: Vec<String>,
    /// Only some words or forms are allowed, so that other texts are refused by one line.
    is_closed: bool,
}

/// An operation, and a place in its requests.
struct Target {
    method: Method,
    path: String,
    place: Place,
}

fn resolve<'a>(document: &'a Document, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(target) => document.0.pointer(target.trim_start_matches('#')).expect("a schema"),
        None => schema,
    }
}

fn is_a(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|own| own == kind),
        own => own == kind,
    }
}

/// The members that are texts.
fn texts(document: &Document, schema: &Value, above: &[String], found: &mut Vec<Text>) {
    let schema = resolve(document, schema);
    if is_a(schema, "string") {
        let is_closed = schema["enum"].is_array() || schema["format"] == "uuid";
        found.push(Text { members: above.to_vec(), is_closed });
    }
    let choices = schema["oneOf"].as_array().filter(|_| schema["properties"].is_null());
    choices.into_iter().flatten().for_each(|choice| texts(document, choice, above, found));
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        texts(document, member, &[above, std::slice::from_ref(name)].concat(), found);
    }
    if is_a(schema, "array") {
        texts(document, &schema["items"], &[above, &["0".to_owned()]].concat(), found);
    }
}

/// A value that the schema allows, with the members that it requires.
fn sample(document: &Document, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if is_a(schema, "object") {
        let member = |name: &str| (name.to_owned(), sample(document, &schema["properties"][name]));
        return Value::Object(required.map(member).collect());
    }
    json!("01919191-9191-7919-9919-919191919191")
}

fn targets(document: &Document) -> Vec<Target> {
    let mut targets = Vec::new();
    for (path, method, operation) in document.operations() {
        let mut push = |place| {
            let method = method.to_uppercase().parse().expect("a method");
            targets.push(Target { method, path: path.to_owned(), place });
        };
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name").to_owned();
            match parameter["in"].as_str() {
                Some("query") => push(Place::Query(name)),
                Some("path") => push(Place::Path(name)),
                _ => {}
            }
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let (form, mut found) = (sample(document, schema), Vec::new());
        texts(document, schema, &[], &mut found);
        found.into_iter().for_each(|member| push(Place::Body { form: form.clone(), member }));
    }
    targets
}

/// Puts the text where these members lead, and makes those that are missing.
fn put(body: &mut Value, members: &[String], text: &str) {
    let Some((first, rest)) = members.split_first() else {
        *body = json!(text);
        return;
    };
    if first == "0" {
        *body = json!([null]);
        return put(&mut body[0], rest, text);
    }
    if !body.is_object() {
        *body = Value::Object(Map::new());
    }
    put(&mut body[first], rest, text);
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

async fn ask(client: &Client, caller: &Person, target: &Target, text: &str) -> Reply {
    let request = match &target.place {
        Place::Query(name) => {
            let path = format!("{}?{name}={}", concrete(&target.path), encoded(text));
            client.request(target.method.clone(), &path)
        }
        Place::Path(name) => {
            let path = target.path.replace(&format!("{{{name}}}"), &encoded(text));
            client.request(target.method.clone(), &concrete(&path))
        }
        Place::Body { form, member } => {
            let mut body = form.clone();
            if body["email"].is_string() {
                body["email"] = json!(unique_email());
            }
            put(&mut body, &member.members, text);
            client.request(target.method.clone(), &concrete(&target.path)).json(&body)
        }
    };
    send(if target.path == LOGOUT { request } else { request.bearer_auth(&caller.access) }).await
}

/// Parameters of paths and queries and what is closed are read by few lines, which our own texts try.
fn texts_for<'a>(target: &'a Target, all: &'a [&'a str]) -> impl Iterator<Item = (&'a Target, &'a str)> {
    let is_open = matches!(&target.place, Place::Body { member, .. } if !member.is_closed);
    let texts = if is_open { all } else { TEXTS };
    texts.iter().map(move |text| (target, *text))
}

#[apply(on_both_databases)]
async fn every_text_is_answered(env: Env) {
    let node = env.node(SETTINGS).await;
    let client = node.client();
    let document = Document::of(&client).await;
    let caller = person(&env, &client, "user admin").await;
    let list: Vec<String> = serde_json::from_str(LIST).expect("a list");
    // The texts are the same for both databases, of which SQLite refuses the least: a part is enough there.
    let step = if env.backend() == Backend::Sqlite { 4 } else { 1 };
    let all: Vec<&str> = TEXTS.iter().copied().chain(list.iter().step_by(step).map(String::as_str)).collect();
    assert!(TEXTS.len() + list.len() >= 485, "{}", list.len());
    let targets = targets(&document);
    assert!(targets.len() > 80, "{}", targets.len());
    let requests: Vec<_> = targets.iter().flat_map(|target| texts_for(target, &all)).collect();
    let count = requests.len();
    let answers = stream::iter(requests).map(|(target, text)| {
        let (client, caller) = (&client, &caller);
        async move { (target, text, ask(client, caller, target, text).await) }
    });
    let mut answers = answers.buffer_unordered(PARALLEL);
    let mut seen = 0;
    while let Some((target, text, reply)) = answers.next().await {
        let Target { method, path, .. } = target;
        assert!(reply.status < 500, "{method} {path} {text:?}: {reply:?}");
        if reply.status >= 400 && *method != Method::HEAD {
            reply.assert_problem(reply.status, reply.code());
        }
        seen += 1;
    }
    assert_eq!(seen, count);
    assert!(seen > 10_000, "{seen}");
    assert_eq!(client.me(&caller.access).await.status, 200, "the caller is still signed in");
    assert!(!node.logs().contains("panicked"));
}
