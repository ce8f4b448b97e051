//! Access tokens as services verify them, and `verify-token`.

use reqwest::Method;
use serde_json::{Value, json};

use super::common::{members, shared};
use super::jws;
use crate::support::backend::{Backend, Env};
use crate::support::client::{PASSWORD, send};

const GENERATION: &str = "https://kindred.dev/claims/generation";
const PATH: &str = "/api/v1/auth/verify-token";

#[tokio::test]
async fn the_claims_are_those_of_the_contract() {
    let env = Env::new(Backend::Sqlite).await;
    let public = [
        ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com/"),
        ("KINDRED_TOKENS__AUDIENCE", "shop"),
        ("KINDRED_TOKENS__CLIENT_ID", "app"),
    ];
    let node = env.node(&public).await;
    let client = node.client();
    let user = client.signed_in().await;
    let header = jws::header(&user.access);
    assert_eq!(members(&header), ["alg", "kid", "typ"]);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));

    let claims = jws::verified_claims(&client, &user.access, "https://auth.example.com", "shop").await;
    let expected = [
        "acr",
        "amr",
        "aud",
        "auth_time",
        "client_id",
        "exp",
        GENERATION,
        "iat",
        "iss",
        "jti",
        "nbf",
        "roles",
        "sid",
        "sub",
    ];
    assert_eq!(members(&claims), expected);
    assert_eq!(claims["iss"], "https://auth.example.com");
    assert_eq!((&claims["aud"], &claims["client_id"]), (&json!("shop"), &json!("app")));
    assert_eq!(claims["sid"], user.session_id);
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal1"), &json!(["pwd"])));
    assert_eq!((&claims["roles"], &claims[GENERATION]), (&json!(["user"]), &json!(1)));
    let times = ["nbf", "iat"].map(|name| claims[name].as_i64().expect("a time"));
    assert_eq!(times[0], times[1] - 60, "a verifier whose clock is behind accepts it");
    assert_eq!(claims["auth_time"], claims["iat"]);
    assert!(!claims.to_string().contains(&user.email), "no personal data in tokens");

    let refreshed = client.refresh(&user.refresh, None).await;
    let next = jws::verified_claims(&client, &refreshed.access(), "https://auth.example.com", "shop").await;
    assert_eq!(next[GENERATION], 2);
    assert_ne!(next["jti"], claims["jti"]);
    for same in ["iss", "aud", "sub", "sid", "auth_time", "acr", "amr", "roles"] {
        assert_eq!(next[same], claims[same], "{same}");
    }
}

#[tokio::test]
async fn lives_differ_by_five_percent_at_most() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let mut lives = Vec::new();
    for _ in 0..12 {
        let claims = jws::claims(&client.login(&user.email, PASSWORD).await.access());
        let second = |name: &str| claims[name].as_i64().expect("seconds");
        lives.push(second("exp") - second("iat"));
    }
    assert!(lives.iter().all(|life| (570..=630).contains(life)), "{lives:?}");
    // 61 possible lives: twelve draws are the same once in 10^19.
    assert!(lives.iter().any(|life| *life != lives[0]), "{lives:?}");
}

#[tokio::test]
async fn verify_token_tells_whose_it_is() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let subject = jws::claims(&user.access)["sub"].as_str().expect("an id").to_owned();
    for method in [Method::GET, Method::HEAD] {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let request = client.request(method.clone(), PATH);
            let reply = send(request.header("Authorization", format!("{scheme} {}", user.access))).await;
            assert_eq!((reply.status, &reply.body), (204, &Value::Null), "{method} {scheme}");
            assert_eq!(reply.header("x-auth-subject"), Some(subject.as_str()));
            assert_eq!(reply.header("x-auth-session"), Some(user.session_id.as_str()));
            assert_eq!(reply.header("x-auth-aal"), Some("1"));
            assert_eq!(reply.header("x-auth-roles"), Some("user"));
        }
    }
}

#[tokio::test]
async fn a_refusal_names_no_one() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    assert_eq!(client.logout(&user.access).await.status, 204);
    for method in [Method::GET, Method::HEAD] {
        let reply = send(client.request(method, PATH).bearer_auth(&user.access)).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        let named = reply.headers.keys().any(|name| name.as_str().starts_with("x-auth-"));
        assert!(!named, "{reply:?}");
    }
}

#[tokio::test]
async fn a_token_comes_in_one_header_and_nowhere_else() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let with = |value: String| client.request(Method::GET, PATH).header("Authorization", value);
    send(client.request(Method::GET, PATH)).await.assert_problem(401, "token_missing");
    send(with(format!("Basic {}", user.access))).await.assert_problem(401, "token_missing");
    for nonsense in ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "x", "", "Bearer é"] {
        send(with(nonsense.to_owned())).await.assert_problem(401, "token_invalid");
    }
    for spoiled in [
        format!("Bearer\t{}", user.access),
        format!("Bearer {} x", user.access),
        format!("Bearer {},Bearer {}", user.access, user.access),
        format!("Bearer {}=", user.access),
        format!("Bearer {}", &user.access[..user.access.len() - 1]),
        format!("Bearer {}", user.access.to_lowercase()),
    ] {
        send(with(spoiled)).await.assert_problem(401, "token_invalid");
    }
    let bearer = format!("Bearer {}", user.access);
    let twice = with(bearer.clone()).header("Authorization", bearer);
    send(twice).await.assert_problem(400, "invalid_request");
    for query in ["access_token", "token", "authorization"] {
        let path = format!("{PATH}?{query}={}", user.access);
        send(client.request(Method::GET, &path)).await.assert_problem(401, "token_missing");
    }
}

#[tokio::test]
async fn kinds_of_tokens_do_not_mix() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    client.verify(&user.refresh).await.assert_problem(401, "token_invalid");
    client.refresh(&user.access, None).await.assert_problem(401, "refresh_token_invalid");
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200, "neither has ended the session");
}
