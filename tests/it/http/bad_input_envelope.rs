//! The body as a whole: its media type and its size.

use super::bad_input::{endpoints, tester};
use super::common::shared;

#[tokio::test]
async fn a_body_is_application_json() {
    let shared = shared().await;
    let tester = tester(shared.client()).await;
    for (path, body, _) in endpoints() {
        for media_type in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/json; charset=latin1"),
            Some("application/json; charset=utf-16"),
            Some("application/xml"),
            Some("application/jsonx"),
            Some("text/json, application/json"),
            Some("é"),
            Some(""),
        ] {
            let reply = tester.send(path, media_type, body.to_string()).await;
            reply.assert_problem(415, "unsupported_media_type");
        }
        for media_type in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json; charset=utf8",
            "application/json;charset=\"UTF-8\"",
        ] {
            let reply = tester.send(path, Some(media_type), body.to_string()).await;
            assert_ne!(reply.status, 415, "{path} {media_type}");
        }
    }
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let shared = shared().await;
    let tester = tester(shared.client()).await;
    const LIMIT: usize = 64 * 1024;
    for (path, body, _) in endpoints() {
        let mut fits = body.to_string();
        fits.push_str(&" ".repeat(LIMIT - fits.len()));
        let reply = tester.send(path, Some("application/json"), fits.clone()).await;
        assert!([401, 403, 422].contains(&reply.status), "{path}: {reply:?}");
        tester.refused(path, format!("{fits} "), 413, "payload_too_large").await;
        tester.refused(path, "[".repeat(100_000), 413, "payload_too_large").await;
    }
    assert!(!shared.node.logs().contains("panicked"));
}
