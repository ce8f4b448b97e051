//! `GET /.well-known/jwks.json`

use std::collections::BTreeSet;

use reqwest::Method;

use super::common::{members, shared};
use super::jws;
use crate::support::client::send;
use crate::support::metrics::metric;

const PATH: &str = "/.well-known/jwks.json";

#[tokio::test]
async fn the_set_has_public_members_only() {
    let shared = shared().await;
    let reply = shared.client().get(PATH).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/jwk-set+json"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(members(&reply.body), ["keys"]);
    let keys = reply.body["keys"].as_array().expect("keys");
    for key in keys {
        assert_eq!(members(key), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!((&key["kty"], &key["crv"]), (&"EC".into(), &"P-256".into()));
        assert_eq!((&key["alg"], &key["use"]), (&"ES256".into(), &"sig".into()));
    }
    let kids: BTreeSet<&str> = keys.iter().filter_map(|key| key["kid"].as_str()).collect();
    assert_eq!(kids.len(), keys.len(), "each key has a name of its own");
    let user = shared.client().signed_in().await;
    let active = jws::header(&user.access)["kid"].as_str().expect("a kid").to_owned();
    assert!(kids.contains(active.as_str()));
    assert!(kids.len() >= 2, "the next key is published before it signs");
}

#[tokio::test]
async fn an_unchanged_set_is_not_sent_again() {
    let shared = shared().await;
    let client = shared.client();
    let first = client.get(PATH).await;
    let etag = first.header("etag").expect("an entity tag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "{etag}");
    let not_modified = metric(&shared.node, "auth_jwks_requests_total", &[("outcome", "not_modified")]).await;
    let known = [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()];
    for method in [Method::GET, Method::HEAD] {
        for condition in &known {
            let reply = send(client.request(method.clone(), PATH).header("If-None-Match", condition)).await;
            assert_eq!((reply.status, reply.body.is_null()), (304, true), "{condition}");
            assert_eq!(reply.header("etag"), Some(etag.as_str()));
            assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
        }
        for condition in ["\"other\"", "", "nonsense"] {
            let reply = send(client.request(method.clone(), PATH).header("If-None-Match", condition)).await;
            assert_eq!(reply.status, 200, "{condition}");
        }
    }
    let counted = metric(&shared.node, "auth_jwks_requests_total", &[("outcome", "not_modified")]).await;
    assert!(counted - not_modified >= 8.0, "{not_modified} → {counted}");
}
