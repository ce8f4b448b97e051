//! What docs/verifying-tokens.md tells services that verify tokens themselves.

use std::fs;

use super::verifying_example::verify;
use crate::http::jws;
use crate::support::backend::{Backend, Env};
use crate::support::repository;

/// The examples that are run: that for Rust below, that for nginx by `tests/keys/nginx.py`, and the others by `invalid_tokens.py` and
/// `rotation.py` beside it.
const EXAMPLES: [(&str, &str); 5] = [
    ("python", "tests/contract/verify.py"),
    ("js", "tests/contract/verify.mjs"),
    ("go", "tests/keys/verify.go"),
    ("rust", "tests/it/keys/verifying_example.rs"),
    ("nginx", "tests/keys/nginx.conf"),
];

#[test]
fn the_document_shows_what_is_run() {
    let read = |path: &str| fs::read_to_string(repository().join(path)).expect("a readable file");
    let document = read("docs/verifying-tokens.md");
    for (language, file) in EXAMPLES {
        let block = format!("```{language}\n{}```\n", read(file));
        assert!(document.contains(&block), "{file} is not in the document as it is");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_for_rust_accepts_what_is_valid_only() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    let set = node.client().get("/.well-known/jwks.json").await.body;
    let keys = serde_json::from_value(set).expect("a JWK Set");
    let own = jws::claims(&user.access);
    let issuer = own["iss"].as_str().expect("an issuer");
    let claims = verify(&user.access, &keys, issuer, "kindred").expect("it is valid");
    assert_eq!(claims, own);
    assert_eq!(verify(&user.access, &keys, "https://other.example", "kindred"), None);
    assert_eq!(verify(&user.access, &keys, issuer, "other"), None);
    let (message, signature) = user.access.rsplit_once('.').expect("three parts");
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let altered = format!("{message}.{first}{}", &signature[1..]);
    assert_eq!(verify(&altered, &keys, issuer, "kindred"), None);
}
