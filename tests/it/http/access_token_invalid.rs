//! Tokens that this server did not sign in the form in which they come.

use std::io::ErrorKind;
use std::net::TcpListener;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::common::shared;
use super::jws::{self, ForeignKey, assemble};
use crate::support::client::{Client, Reply};
use crate::support::metrics::metric;

/// Every refusal looks like this one: no one learns which check failed.
async fn assert_refused(client: &Client, token: &str, what: &str) {
    let reply: Reply = client.verify(token).await;
    assert_eq!((reply.status, reply.code()), (401, "token_invalid"), "{what}: {reply:?}");
    assert_eq!(reply.body["detail"], "The access token is not valid.", "{what}");
    client.me(token).await.assert_problem(401, "token_invalid");
}

#[tokio::test]
async fn other_algorithms_are_refused() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let (genuine, claims) = (jws::header(&user.access), jws::claims(&user.access));
    for alg in ["none", "None", "nOnE", "NONE", "", "ES384", "RS256", "PS256", "EdDSA", "HS256"] {
        let mut header = genuine.clone();
        header["alg"] = json!(alg);
        assert_refused(&client, &assemble(&header, &claims, |_| Vec::new()), alg).await;
        assert_refused(&client, &assemble(&header, &claims, |_| vec![0; 64]), alg).await;
    }
    // HMAC with what everyone knows as the secret.
    let jwks = client.get("/.well-known/jwks.json").await;
    let key = jwks.body["keys"].as_array().expect("keys").iter().find(|key| key["kid"] == genuine["kid"]);
    let key = key.expect("the signing key").clone();
    let coordinate =
        |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().expect("text")).expect("base64url");
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let mut header = genuine;
    header["alg"] = json!("HS256");
    for secret in
        [key.to_string().into_bytes(), point.clone(), point[1..].to_vec(), jwks.body.to_string().into_bytes()]
    {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let token = assemble(&header, &claims, |bytes| hmac::sign(&secret, bytes).as_ref().to_vec());
        assert_refused(&client, &token, "HMAC with the public key").await;
    }
}

#[tokio::test]
async fn keys_never_come_from_the_token() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let (genuine, claims) = (jws::header(&user.access), jws::claims(&user.access));
    let stranger = ForeignKey::generate();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a listener that does not wait");
    let url = format!("http://{}/jwks.json", listener.local_addr().expect("an address"));
    for (member, value) in [
        ("jwk", stranger.jwk()),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        let mut header = genuine.clone();
        header[member] = value;
        let token = assemble(&header, &claims, |bytes| stranger.sign(bytes));
        assert_refused(&client, &token, member).await;
    }
    let visitor = listener.accept().map_err(|error| error.kind());
    assert_eq!(visitor.err(), Some(ErrorKind::WouldBlock), "the server fetched a key");
}

#[tokio::test]
async fn a_kid_is_a_name_and_nothing_more() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let (mut header, claims) = (jws::header(&user.access), jws::claims(&user.access));
    let stranger = ForeignKey::generate();
    let before = metric(&shared.node, "auth_token_unknown_kid_total", &[]).await;
    let kids = ["../../dev/null", "' OR 1=1--", "a\0b", "", "unknown", &"x".repeat(4_000)];
    for kid in kids {
        header["kid"] = json!(kid);
        assert_refused(&client, &assemble(&header, &claims, |bytes| stranger.sign(bytes)), kid).await;
    }
    for kid in [Value::Null, json!(1), json!(["a"])] {
        header["kid"] = kid;
        assert_refused(&client, &assemble(&header, &claims, |bytes| stranger.sign(bytes)), "no text").await;
    }
    let seen = metric(&shared.node, "auth_token_unknown_kid_total", &[]).await - before;
    assert!(seen >= kids.len() as f64, "{seen}");
}

#[tokio::test]
async fn signatures_and_claims_belong_together() {
    let shared = shared().await;
    let client = shared.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (mine, theirs) = (parts(&user.access), parts(&other.access));
    let join = |head: &str, body: &str, signature: &str| format!("{head}.{body}.{signature}");
    assert_refused(&client, &join(&mine[0], &theirs[1], &mine[2]), "another's claims").await;
    assert_refused(&client, &join(&mine[0], &mine[1], ""), "no signature").await;
    assert_refused(&client, &format!("{}.{}", mine[0], mine[1]), "two parts").await;
    assert_refused(&client, &format!("{}.e.e", user.access), "five parts").await;
    let signature = URL_SAFE_NO_PAD.decode(&mine[2]).expect("base64url");
    for bit in (0..512).step_by(8) {
        let mut flipped = signature.clone();
        flipped[bit / 8] ^= 1 << (bit / 8 % 8);
        let flipped = URL_SAFE_NO_PAD.encode(flipped);
        assert_eq!(
            client.verify(&join(&mine[0], &mine[1], &flipped)).await.code(),
            "token_invalid",
            "bit {bit}"
        );
    }
    for (what, wrong) in [
        ("zeros", vec![0; 64]),
        ("short", signature[..63].to_vec()),
        ("long", [&signature[..], &[0]].concat()),
    ] {
        assert_refused(&client, &join(&mine[0], &mine[1], &URL_SAFE_NO_PAD.encode(wrong)), what).await;
    }
    let stranger = ForeignKey::generate();
    let (header, mut claims) = (jws::header(&user.access), jws::claims(&user.access));
    claims["roles"] = json!(["admin"]);
    assert_refused(&client, &assemble(&header, &claims, |bytes| stranger.sign(bytes)), "a stranger's key")
        .await;
    assert_eq!(client.verify(&user.access).await.status, 204, "the genuine one still holds");
}

#[tokio::test]
async fn another_servers_token_is_refused() {
    use crate::support::backend::{Backend, Env};
    let (shared, env) = (shared().await, Env::new(Backend::Sqlite).await);
    let node = env.node(&[]).await;
    let stranger = node.client().signed_in().await;
    assert_refused(&shared.client(), &stranger.access, "another server's").await;
    let reply = shared.client().refresh(&stranger.refresh, None).await;
    reply.assert_problem(401, "refresh_token_invalid");
}
