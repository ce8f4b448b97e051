//! How passwords are compared and kept.

use macro_rules_attribute::apply;

use super::common::shared;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::metrics::metric;
use crate::support::sql::sql;

#[tokio::test]
async fn spaces_and_accents_have_one_form() {
    let shared = shared().await;
    let client = shared.client();
    let email = unique_email();
    let composed = "caf\u{e9} lantern orbit";
    assert_eq!(client.register(&email, composed).await.status, 201);
    for same in ["cafe\u{301} lantern orbit", "caf\u{e9}\u{a0}lantern\u{3000}orbit"] {
        assert_eq!(client.login(&email, same).await.status, 200, "{same:?}");
    }
    for other in [
        "cafe lantern orbit",
        "Caf\u{e9} lantern orbit",
        "caf\u{e9} lantern orbit ",
        " caf\u{e9} lantern orbit",
        "ｃaf\u{e9} lantern orbit", // width is kept
        "caf\u{e9} lantern orbi",
    ] {
        let reply = client.login(&email, other).await;
        reply.assert_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn the_whole_password_counts() {
    let shared = shared().await;
    let client = shared.client();
    let email = unique_email();
    let head = "velvet heron 42 counts amber moons; lantern orbit drizzle; copper tuesday";
    let head = &head[..72];
    assert_eq!(client.register(&email, &format!("{head}A")).await.status, 201);
    for other in [format!("{head}B"), head.to_owned(), format!("{head}A ")] {
        client.login(&email, &other).await.assert_problem(401, "invalid_credentials");
    }
    assert_eq!(client.login(&email, &format!("{head}A")).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_login_brings_an_old_hash_up_to_date(env: Env) {
    let hash = |email: &str| {
        sql(
            &env,
            &format!(
                "SELECT hash FROM password_credentials JOIN users ON users.id = user_id WHERE email = '{email}'"
            ),
        )
    };
    let mut node = env.node(&[]).await;
    for email in ["one@example.com", "two@example.com"] {
        assert_eq!(node.client().register(email, PASSWORD).await.status, 201);
    }
    let (one, two) = (hash("one@example.com"), hash("two@example.com"));
    assert!(one.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{one}");
    assert_ne!(one, two, "the same password has a salt of its own");
    node.kill_9();

    let raised = [("KINDRED_PASSWORD__MEMORY_KIB", "32"), ("KINDRED_PASSWORD__ITERATIONS", "2")];
    let node = env.node(&raised).await;
    let client = node.client();
    client.login("one@example.com", "wrong horse").await.assert_problem(401, "invalid_credentials");
    assert_eq!(hash("one@example.com"), one, "a wrong password changes nothing");
    assert_eq!(client.login("one@example.com", PASSWORD).await.status, 200);
    let renewed = hash("one@example.com");
    assert!(renewed.starts_with("$argon2id$v=19$m=32,t=2,p=1$"), "{renewed}");
    assert_eq!(hash("two@example.com"), two);
    assert_eq!(client.login("one@example.com", PASSWORD).await.status, 200);
    assert_eq!(hash("one@example.com"), renewed, "once is enough");
    let rehashed = metric(&node, "auth_security_events_total", &[("kind", "password.rehashed")]).await;
    assert_eq!(rehashed, 1.0);
}
