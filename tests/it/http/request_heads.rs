//! Heads and bodies that two programs could read in two ways, and heads that are too large.

use reqwest::Method;
use serde_json::json;

use super::common::shared;
use super::raw_socket::{exchange, status};
use crate::support::client::send;

const FIRST: &str = "POST /api/v1/auth/login HTTP/1.1\r\nContent-Type: application/json\r\n";
/// What a smuggler wants to be taken for a request of its own.
const SECOND: &str = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";

/// The statuses of the answers to everything that was sent on one connection.
async fn statuses(message: String) -> Vec<u16> {
    let answer = exchange(&shared().await.node, message.as_bytes()).await;
    let answers = answer.split("HTTP/1.1 ").skip(1);
    answers.map(|answer| status(&format!("HTTP/1.1 {answer}"))).collect()
}

#[tokio::test]
async fn no_second_request_is_hidden_in_a_body() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (headers, body) in [
        // Two lengths, in every order and spelling.
        ("Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: chunked\r\ncontent-length: 4\r\n", "0\r\n\r\n"),
        ("Host: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nContent-Length: 0\r\nContent-Length: 40\r\n", ""),
        ("Host: a\r\nContent-Length: 40\r\nContent-Length: 0\r\n", ""),
        ("Host: a\r\nContent-Length: 0, 40\r\n", ""),
        ("Host: a\r\nContent-Length : 40\r\n", ""),
        ("Host: a\r\n Content-Length: 40\r\n", ""),
        ("Host: a\r\nContent\u{0}-Length: 40\r\n", ""),
        ("Host: a\r\nContent-Length: \u{b}40\r\n", ""),
        ("Host: a\r\nContent-Length: 4 0\r\n", ""),
        ("Host: a\r\nContent-Length: 1e1\r\n", ""),
        ("Host: a\r\nContent-Length: 18446744073709551616\r\n", ""),
        // Codings that another program may take for chunked, or not.
        ("Host: a\r\nTransfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: ,chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: chunked,\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: cow\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding:\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding\t: chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nX: y\r\n\tTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: chun\r\n ked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: chunked\u{0}\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: \u{c}chunked\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
        ("Host: a\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        // Line ends.
        ("Host: a\r\nX: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("Host: a\nContent-Length: 4\nTransfer-Encoding: chunked\n", "0\r\n\r\n"),
        ("Host: a\r\nX: y\r\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        // A protocol without an end.
        ("Host: a\r\nContent-Length: 2\r\nConnection: upgrade\r\nUpgrade: websocket\r\n", "{}"),
        ("Host: a\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n", ""),
    ] {
        let seen = statuses(format!("{FIRST}{headers}\r\n{body}{SECOND}")).await;
        assert_eq!(seen, [400], "{headers:?}");
    }
    for body in [
        "0x2\r\n{}\r\n0\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        " 2\r\n{}\r\n0\r\n\r\n",
        "2\n{}\n0\n\n",
        "2\r{}\r\n0\r\n\r\n",
        "2\r\n{}X0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "1\r\n{}\r\n0\r\n\r\n",
        "\r\n{}\r\n0\r\n\r\n",
        "g\r\n{}\r\n0\r\n\r\n",
        "10000000000000002\r\n{}\r\n0\r\n\r\n",
        "2;x\n\r\n{}\r\n0\r\n\r\n",
        "2;x\nff\r\n{}\r\n0\r\n\r\n",
    ] {
        let seen = statuses(format!("{FIRST}Host: a\r\n{chunked}\r\n{body}{SECOND}")).await;
        assert_eq!(seen, [400], "{body:?}");
    }
}

/// A byte beside the name or the value of `Transfer-Encoding` makes one program see a chunked body, and another none.
#[tokio::test]
async fn no_byte_hides_a_coding() {
    let shared = shared().await;
    let length: &[u8] = b"Content-Length: 5\r\n";
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    for byte in 0..=255_u8 {
        let one = [byte];
        let mut codings: Vec<[&[u8]; 4]> = vec![
            [b"Transfer-Encoding:", &one, b"chunked", b"\r\n"],
            [b"Transfer-Encoding: chunked", &one, b"", b"\r\n"],
            [b"Transfer-Encoding: chun", &one, b"ked", b"\r\n"],
        ];
        // With a character of a token the name is another one.
        if !is_token(byte) && byte != b'\n' {
            codings.push([b"", &one, b"Transfer-Encoding: chunked", b"\r\n"]);
            codings.push([b"Transfer-Encoding", &one, b": chunked", b"\r\n"]);
        }
        for coding in codings {
            for fields in [[length, &coding.concat()], [&coding.concat(), length]] {
                let head = [FIRST.as_bytes(), b"Host: a\r\n", &fields.concat(), b"\r\n0\r\n\r\n"].concat();
                let answer = exchange(&shared.node, &[&head, SECOND.as_bytes()].concat()).await;
                assert_eq!(status(&answer), 400, "{byte:#04x}: {:?}", String::from_utf8_lossy(&head));
                assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{byte:#04x}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn one_reading_is_accepted() {
    for (headers, body) in [
        ("Content-Length: 2\r\n", "{}"),
        ("content-length:  2 \r\n", "{}"),
        ("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding:\tCHUNKED \r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "02\r\n{}\r\n000\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "2;name=value\r\n{}\r\n0\r\n\r\n"),
        ("Expect: 100-continue\r\nContent-Length: 2\r\n", "{}"),
        ("Upgrade: h2c\r\nContent-Length: 2\r\n", "{}"),
    ] {
        let last = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let seen = statuses(format!("{FIRST}Host: a\r\n{headers}\r\n{body}{last}")).await;
        let seen: Vec<u16> = seen.into_iter().filter(|status| *status != 100).collect();
        assert_eq!(seen, [422, 200], "{headers:?} {body:?}");
    }
}

#[tokio::test]
async fn a_request_is_for_one_host() {
    for (target, host, expected) in [
        ("/health/live", "Host: a.example:8080\r\n", 200),
        ("/health/live", "Host: [::1]:8080\r\n", 200),
        ("/health/live", "Host:\r\n", 200),
        ("http://a.example/health/live", "Host: a.example\r\n", 200),
        ("http://evil.example/health/live", "Host: a.example\r\n", 400),
        ("http://a.example:1/health/live", "Host: a.example\r\n", 400),
        ("http://evil@a.example/health/live", "Host: a.example\r\n", 400),
        ("/health/live", "", 400),
        ("/health/live", "Host: a\r\nHost: a\r\n", 400),
        ("/health/live", "Host: a, b\r\n", 400),
        ("/health/live", "Host: a b\r\n", 400),
        ("/health/live", "Host: a/b\r\n", 400),
        ("/health/live", "Host: a@b\r\n", 400),
        ("/health/live", "Host: http://a\r\n", 400),
        ("/health/live", "Host: a:port\r\n", 400),
        ("/health/live", "Host: a:99999\r\n", 400),
        ("/health/live", "Host: [::1\r\n", 400),
        ("/health/live", "Host: é\r\n", 400),
        ("/health/live", "Host : a\r\n", 400),
        ("health/live", "Host: a\r\n", 400),
        ("/health\\live", "Host: a\r\n", 404),
        ("/health live", "Host: a\r\n", 400),
    ] {
        let seen = statuses(format!("GET {target} HTTP/1.1\r\n{host}Connection: close\r\n\r\n")).await;
        assert_eq!(seen, [expected], "{target} {host:?}");
    }
    // A tunnel is none of our methods, and what follows is no request.
    let tunnel =
        statuses(format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n{SECOND}"));
    let seen = tunnel.await;
    assert!(matches!(seen[..], [400 | 404 | 405]), "{seen:?}");
}

#[tokio::test]
async fn a_field_of_one_value_occurs_once() {
    let shared = shared().await;
    let user = shared.client().signed_in().await;
    let bearer = format!("Bearer {}", user.access);
    for (name, value) in [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
        ("User-Agent", "curl/8"),
        ("Idempotency-Key", "0123456789abcdef"),
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Correlation-ID", "abc"),
    ] {
        let request = shared.client().request(Method::GET, "/health/live");
        let reply = send(request.header(name, value).header(name, value)).await;
        reply.assert_problem(400, "invalid_request");
        assert!(reply.text("/detail").contains(&name.to_lowercase()), "{name}: {reply:?}");
        let once = send(shared.client().request(Method::GET, "/health/live").header(name, value)).await;
        assert_eq!(once.status, 200, "{name}: {once:?}");
    }
}

#[tokio::test]
async fn heads_are_bounded() {
    let shared = shared().await;
    let client = shared.client();
    let path = |length: usize| format!("/health/live?{}", "x".repeat(length - "/health/live?".len()));
    assert_eq!(client.get(&path(8 * 1024)).await.status, 200);
    client.get(&path(8 * 1024 + 1)).await.assert_problem(414, "uri_too_long");
    client.get(&format!("/{}", "x".repeat(60_000))).await.assert_problem(414, "uri_too_long");
    // With the field's name, and without the other fields of the client.
    for (length, expected) in [(30_000, 200), (33_000, 431)] {
        let reply = send(client.request(Method::GET, "/health/live").header("X", "y".repeat(length))).await;
        assert_eq!(reply.status, expected, "{length}");
    }
    let many = (0..8).fold(client.request(Method::GET, "/health/live"), |request, number| {
        request.header(format!("x-{number}"), "y".repeat(5_000))
    });
    send(many).await.assert_problem(431, "headers_too_large");
}

#[tokio::test]
async fn compressed_bodies_are_refused() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let body = json!({"email": "ada@example.com", "password": "x"});
    for coding in ["gzip", "br", "deflate", "zstd", "identity, gzip", "x-gzip"] {
        let request = client.request(Method::POST, "/api/v1/auth/login").header("Content-Encoding", coding);
        send(request.json(&body)).await.assert_problem(415, "unsupported_media_type");
        let picture = client.request(Method::PUT, "/api/v1/me/avatar").header("Content-Type", "image/png");
        let picture = picture.header("Content-Encoding", coding).bearer_auth(&user.access).body("x");
        send(picture).await.assert_problem(415, "unsupported_media_type");
        // A gateway passes on the fields of a request whose body it holds back.
        let held =
            client.request(Method::POST, "/api/v1/auth/verify-token").header("Content-Encoding", coding);
        send(held.bearer_auth(&user.access)).await.assert_status(204);
    }
}
