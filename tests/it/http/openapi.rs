//! The OpenAPI document and its reader, Swagger UI.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use super::common::{Document, members, needs_session, shared};
use crate::sms::refused::NO_NUMBERS;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Reply, send};
use crate::support::repository;

#[tokio::test]
async fn paths_methods_and_statuses_are_a_contract() {
    let shared = shared().await;
    let document = Document::of(&shared.client()).await;
    assert!(document.0["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    let operations = document.operations().into_iter().map(|(path, method, operation)| {
        let statuses = members(&operation["responses"]).join(" ");
        (format!("{path} {}", method.to_uppercase()), statuses)
    });
    insta::assert_json_snapshot!("openapi_operations", operations.collect::<BTreeMap<_, _>>());
}

#[tokio::test]
async fn each_operation_is_described() {
    let shared = shared().await;
    let document = Document::of(&shared.client()).await;
    let mut ids = BTreeSet::new();
    for (path, method, operation) in document.operations() {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}"));
        assert!(ids.insert(id), "{id} is not unique");
        let says_of_what = id.contains(|letter: char| letter.is_ascii_uppercase());
        assert!(says_of_what || ["login", "logout", "register"].contains(&id), "{id}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id}");
        let responses = operation["responses"].as_object().expect("responses");
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{id} {status}");
            let report = path == "/health" && status == "503";
            if method == "head" {
                assert!(response.get("content").is_none(), "{id} {status}");
            } else if status.starts_with(['4', '5']) && !report {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{id} {status}");
            }
        }
        let protected = path.starts_with("/api/v1/me")
            || path.starts_with("/api/v1/admin")
            || path.starts_with("/api/v1/avatars")
            || [
                "/logout-all",
                "/verify-token",
                "/step-up",
                "/step-up/challenge",
                "/password/change",
                "/email/change",
            ]
            .iter()
            .any(|end| path.ends_with(end));
        assert!(operation["security"].is_array(), "{id} says whether it needs a token");
        assert_eq!(needs_session(operation), protected, "{id}");
    }
    let mut references = Vec::new();
    collect_references(&document.0, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.0.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

/// What a browser sends instead of a bearer token.
#[tokio::test]
async fn cookies_and_their_header_are_described() {
    let shared = shared().await;
    let document = Document::of(&shared.client()).await;
    let schemes = &document.0["components"]["securitySchemes"];
    for (scheme, place, name) in [
        ("cookie", "cookie", "__Host-kindred_at_v1"),
        ("refreshCookie", "cookie", "__Host-kindred_rt_v1"),
        ("csrf", "header", "X-CSRF-Token"),
    ] {
        assert_eq!((&schemes[scheme]["in"], &schemes[scheme]["name"]), (&json!(place), &json!(name)));
    }
    for (path, method, operation) in document.operations() {
        let place = format!("{method} {path}");
        let requirements = operation["security"].as_array().expect("requirements");
        let with_cookies = if ["get", "head"].contains(&method) {
            json!({"cookie": []})
        } else {
            json!({"cookie": [], "csrf": []})
        };
        let is_bearer = requirements.contains(&json!({"bearer": []}));
        assert_eq!(requirements.contains(&with_cookies), is_bearer, "{place}: {requirements:?}");
    }
    let header = |path: &str| {
        let parameters = document.0["paths"][path]["post"]["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "X-CSRF-Token"))
    };
    for path in ["login", "mfa/verify", "passkey/verify", "register", "password/reset", "email/verify"] {
        assert!(header(&format!("/api/v1/auth/{path}")), "{path}");
    }
    let refresh = &document.0["paths"]["/api/v1/auth/refresh"]["post"]["security"];
    assert_eq!(*refresh, json!([{}, {"refreshCookie": [], "csrf": []}]));
}

/// Clients of a release are generated from the file, and a change of the contract shows in its difference.
#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    let shared = shared().await;
    let printed = shared.node.run(&["openapi"]);
    let file = repository().join("docs/openapi.json");
    let committed = std::fs::read_to_string(file).expect("docs/openapi.json");
    assert!(
        committed.trim_end() == printed.trim_end(),
        "docs/openapi.json is out of date: cargo run -- openapi > docs/openapi.json"
    );
}

#[tokio::test]
async fn each_json_answer_has_an_example_without_placeholders() {
    let shared = shared().await;
    let document = Document::of(&shared.client()).await;
    for (path, method, operation) in document.operations() {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            for (media_type, content) in response["content"].as_object().into_iter().flatten() {
                let place = format!("{method} {path} {status} {media_type}");
                if media_type == "application/problem+json" {
                    assert!(content["examples"].is_object(), "{place}");
                } else if media_type == "application/json" {
                    assert!(!content["example"].is_null(), "{place}");
                    assert!(!content["example"].to_string().contains("\"string\""), "{place}");
                }
            }
        }
    }
}

/// The schema of a problem once refused every problem but one.
#[tokio::test]
async fn only_what_every_problem_has_is_required_of_one() {
    let shared = shared().await;
    let client = shared.client();
    let document = Document::of(&client).await;
    let schema = &document.0["components"]["schemas"]["Problem"];
    assert!(schema.get("allOf").is_none() && schema.get("oneOf").is_none(), "{schema}");
    let problem = client.get("/api/v1/me").await.body;
    for required in schema["required"].as_array().expect("required members") {
        assert!(problem.get(required.as_str().expect("a name")).is_some(), "{required}: {problem}");
    }
    for name in members(&problem) {
        assert!(schema["properties"].get(name).is_some(), "{name} is not described");
    }
}

/// The suite of the contract puts a real number in the place of a generated one, so that it cannot find this out.
#[tokio::test]
async fn the_schema_of_a_phone_number_refuses_what_the_server_refuses() {
    let shared = shared().await;
    let document = Document::of(&shared.client()).await;
    let schema = &document.0["components"]["schemas"]["PhoneBody"]["properties"]["phone"];
    let pattern = schema["pattern"].as_str().expect("a pattern");
    // Both ways of writing a character by its number mean the same to JSON Schema and to this library.
    let pattern = regex::Regex::new(pattern).expect("a regular expression");
    let length =
        |name: &str| schema[name].as_u64().and_then(|length| usize::try_from(length).ok()).expect(name);
    let (shortest, longest) = (length("minLength"), length("maxLength"));
    let is_taken =
        |phone: &str| (shortest..=longest).contains(&phone.chars().count()) && pattern.is_match(phone);
    for phone in NO_NUMBERS {
        assert!(!is_taken(phone), "{phone:?}");
    }
    for phone in [
        "+491701234542",
        "+49 (170) 123-45 42",
        " +49 170/123.45.67 ",
        "\u{202a}+49\u{a0}170\u{2011}1234567\u{202c}\r\n",
        "＋４９　１７０ー１２３４５６７",
        "+٤٩١٧٠١٢٣٤٥٦٧",
        "+49\u{2011}170\u{2011}12345\u{2011}42",
        "+12345678",
    ] {
        assert!(is_taken(phone), "{phone:?}");
    }
}

/// Two types of one name become one schema, so that one operation is published with the body of the other.
#[test]
fn no_two_schemas_share_a_name() {
    let mut seen = BTreeSet::new();
    for file in rust_files(&repository().join("src/http")) {
        let text = std::fs::read_to_string(&file).expect("source");
        let items = text
            .split("#[derive(")
            .skip(1)
            .filter(|item| item.split(")]").next().is_some_and(|derived| derived.contains("ToSchema")));
        for item in items {
            let declared = item.split("pub struct ").nth(1).or_else(|| item.split("pub enum ").nth(1));
            let name: String =
                declared.unwrap_or_default().chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            assert!(seen.insert(name.clone()), "{}: {name} is the name of another schema", file.display());
        }
    }
    assert!(seen.len() > 50);
}

fn rust_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| rust_files(folder));
    below.chain(files).filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

fn collect_references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_command_prints_what_is_served() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_SERVER__PUBLIC_URL", "https://id.example.com:8443/")]).await;
    let client = node.client();
    let served = Document::of(&client).await;
    let printed = node.run(&["openapi"]);
    let mut printed: Value = serde_json::from_str(&printed).expect("JSON");
    // Where the server is published depends on its configuration, which the command does not read.
    assert_eq!(served.0["servers"][0]["url"], "https://id.example.com:8443");
    printed["servers"] = served.0["servers"].clone();
    assert_eq!(printed, served.0);
    let reply = client.get("/api/openapi.json").await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(send(client.request(Method::HEAD, "/api/openapi.json")).await.status, 200);
    let refused = send(client.request(Method::POST, "/api/openapi.json")).await;
    refused.assert_problem(405, "method_not_allowed");
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
}

/// The values of an attribute in a page.
fn attribute<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!("{name}=\"");
    let parts = page.split(opening.as_str()).skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

fn page(reply: &Reply) -> &str {
    reply.body.as_str().expect("text")
}

#[tokio::test]
async fn the_reader_loads_under_its_policy() {
    let shared = shared().await;
    let client = shared.client();
    let reply = client.get("/docs/").await;
    assert_eq!(reply.status, 200);
    let html = page(&reply);
    let files: Vec<&str> = [attribute(html, "src"), attribute(html, "href")].concat();
    assert!(
        files.iter().any(|file| file.ends_with(".js")) && files.iter().any(|file| file.ends_with(".css"))
    );
    for file in files {
        let answer = client.get(&format!("/docs/{}", file.trim_start_matches("./"))).await;
        assert_eq!(answer.status, 200, "{file}");
        let media_type = answer.header("content-type").unwrap_or_default();
        let expected = match file.rsplit('.').next() {
            Some("js") => "javascript",
            Some("css") => "text/css",
            _ => "image/",
        };
        assert!(media_type.contains(expected), "{file}: {media_type}");
    }
    // No script in the page itself: the policy would not let it run.
    let inline = html.split("<script").skip(1).filter(|script| !script.trim_start().starts_with("src="));
    assert_eq!(inline.count(), 0, "{html}");
    assert!(!html.contains("onload=") && !html.contains("<style") && !html.contains("style="), "{html}");
    let policy = reply.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self';") && policy.contains("connect-src 'self';"), "{policy}");
    let initializer = client.get("/docs/swagger-initializer.js").await;
    assert!(page(&initializer).contains("/api/openapi.json"));
    let redirect = client.get("/docs").await;
    assert_eq!((redirect.status, redirect.header("location")), (307, Some("/docs/")));
}

#[tokio::test]
async fn the_reader_can_be_off() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_SERVER__DOCS", "false")]).await;
    let client = node.client();
    for path in ["/docs/", "/docs", "/docs/swagger-ui.css", "/docs/swagger-initializer.js"] {
        client.get(path).await.assert_problem(404, "not_found");
    }
    assert_eq!(client.get("/api/openapi.json").await.status, 200);
}
