//! Addresses that a stranger has registered before their owner: nothing of the stranger's must stay.

use serde_json::json;

use super::scene::{NEW_PASSWORD, REGISTER, REQUIRED, RESEND, Scene, VERIFY, count_events, invite, post};
use crate::http::common::sql;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, unique_email};
use crate::support::mailbox::Mailbox;

const EMAIL: &str = "ada@example.com";
const TERMS: (&str, &str) = ("KINDRED_ACCOUNTS__TERMS_VERSION", "2026-11");
const WORKING: &str = "SELECT count(*) FROM one_time_tokens \
                       WHERE purpose = 'verify_email' AND used_at IS NULL AND voided_at IS NULL";
const PASSWORDS: &str = "SELECT hash, credential_epoch, display_name, email_verified_at \
                         FROM users JOIN password_credentials ON user_id = users.id ORDER BY email";

/// As a stranger does, with a password of their own.
async fn squat(scene: &Scene) -> String {
    let body = json!({
        "email": EMAIL, "password": PASSWORD, "display_name": "Mallory", "locale": "de", "accepted_terms": "2026-11",
    });
    assert_sent(&scene.post(REGISTER, body).await);
    scene.mailbox.wait_for(EMAIL, "verify_email").await.token()
}

#[track_caller]
fn assert_sent(reply: &Reply) {
    assert_eq!((reply.status, &reply.body), (202, &json!({"status": "verification_sent"})), "{reply:?}");
}

/// How many of the links in the mails to the address work, tried one after the other.
async fn working_links(client: &Client, mailbox: &Mailbox) -> usize {
    let mut working = 0;
    for mail in mailbox.all(EMAIL, "verify_email") {
        let status = post(client, VERIFY, json!({"token": mail.token()})).await.status;
        assert!([204, 401].contains(&status), "{status}");
        working += usize::from(status == 204);
    }
    working
}

/// The account stays as it is, and its owner is told.
async fn assert_taken(env: &Env, scene: &Scene, email: &str) {
    let before = sql(env, PASSWORDS);
    let links = scene.mailbox.all(email, "verify_email").len();
    assert_sent(&scene.client.register(email, NEW_PASSWORD).await);
    let mail = scene.mailbox.wait_for(email, "address_taken").await;
    assert!(mail.link().ends_with("/account/forgot-password"), "{}", mail.link());
    scene.mailbox.settled(env).await;
    assert_eq!(scene.mailbox.all(email, "verify_email").len(), links, "no link for a password unknown");
    assert_eq!(sql(env, PASSWORDS), before);
}

on_both_databases! {
    async fn the_last_to_register_is_the_one_who_is_verified(env: Env) {
        let scene = Scene::start(&env, &[REQUIRED, TERMS]).await;
        let strangers = squat(&scene).await;
        let first = sql(&env, "SELECT id FROM consents");
        let body = json!({"email": EMAIL, "password": NEW_PASSWORD, "accepted_terms": "2026-11"});
        assert_sent(&scene.post(REGISTER, body).await);
        let owners = scene.mailbox.wait_for_nth(EMAIL, "verify_email", 2).await.token();

        scene.post(VERIFY, json!({"token": strangers})).await.assert_problem(401, "token_invalid");
        assert_eq!(scene.post(VERIFY, json!({"token": owners})).await.status, 204);
        scene.client.login(EMAIL, PASSWORD).await.assert_problem(401, "invalid_credentials");
        let login = scene.client.login(EMAIL, NEW_PASSWORD).await;
        let me = scene.client.me(&login.access()).await.body;
        assert_eq!((&me["display_name"], &me["locale"]), (&json!(null), &json!(null)), "{me}");
        assert_eq!(me["email_verified"], true);
        assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
        assert_eq!(sql(&env, "SELECT count(*) FROM consents"), "1");
        assert_ne!(sql(&env, "SELECT id FROM consents"), first, "the owner's own");
        assert_eq!((count_events(&env, "account.registered"), count_events(&env, "consent.given")), (2, 2));
    }

    async fn a_lock_by_the_stranger_does_not_stay(env: Env) {
        let scene = Scene::start(&env, &[REQUIRED, TERMS, ("KINDRED_PASSWORD__MAX_FAILURES", "3")]).await;
        squat(&scene).await;
        for _ in 0..4 {
            scene.client.login(EMAIL, "not-the-password").await.assert_problem(401, "invalid_credentials");
        }
        let body = json!({"email": EMAIL, "password": NEW_PASSWORD, "accepted_terms": "2026-11"});
        assert_sent(&scene.post(REGISTER, body).await);
        scene.client.login(EMAIL, NEW_PASSWORD).await.assert_problem(403, "email_not_verified");
    }

    async fn a_link_sent_again_is_void_too(env: Env) {
        let scene = Scene::start(&env, &[REQUIRED, TERMS]).await;
        let first = squat(&scene).await;
        assert_eq!(scene.post(RESEND, json!({"email": EMAIL})).await.status, 202);
        let second = scene.mailbox.wait_for_nth(EMAIL, "verify_email", 2).await.token();
        let body = json!({"email": EMAIL, "password": NEW_PASSWORD, "accepted_terms": "2026-11"});
        assert_sent(&scene.post(REGISTER, body).await);
        scene.mailbox.wait_for_nth(EMAIL, "verify_email", 3).await;
        for token in [first, second] {
            scene.post(VERIFY, json!({"token": token})).await.assert_problem(401, "token_invalid");
        }
        assert_eq!(sql(&env, WORKING), "1");
    }

    async fn nine_at_once_leave_one_account_and_one_link(env: Env) {
        let scene = Scene::start(&env, &[REQUIRED]).await;
        let attempts = (0..9).map(|number| {
            let client = scene.client.clone();
            let password = format!("{NEW_PASSWORD}-{number}");
            tokio::spawn(async move { (client.register(EMAIL, &password).await, password) })
        });
        let mut passwords = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            let (reply, password) = attempt.await.expect("an answer");
            assert_sent(&reply);
            passwords.push(password);
        }
        assert_eq!((sql(&env, "SELECT count(*) FROM users"), sql(&env, WORKING)), ("1".to_owned(), "1".to_owned()));
        scene.mailbox.settled(&env).await;
        assert_eq!(scene.mailbox.all(EMAIL, "verify_email").len(), 9);
        assert_eq!(working_links(&scene.client, &scene.mailbox).await, 1);
        let mut good = 0;
        for password in &passwords {
            good += usize::from(scene.client.login(EMAIL, password).await.status == 200);
        }
        assert_eq!(good, 1);
    }

    async fn a_link_followed_meanwhile_counts_for_its_own_password_only(env: Env) {
        let scene = Scene::start(&env, &[REQUIRED]).await;
        assert_sent(&scene.client.register(EMAIL, PASSWORD).await);
        let token = scene.mailbox.wait_for(EMAIL, "verify_email").await.token();
        let again = (0..8).map(|_| {
            let client = scene.client.clone();
            tokio::spawn(async move { client.register(EMAIL, NEW_PASSWORD).await })
        });
        let again: Vec<_> = again.collect();
        let verified = scene.post(VERIFY, json!({"token": token})).await.status;
        for attempt in again {
            assert_sent(&attempt.await.expect("an answer"));
        }
        scene.mailbox.settled(&env).await;
        let (stays, goes) = match verified {
            204 => (PASSWORD, NEW_PASSWORD),
            401 => {
                assert_eq!(working_links(&scene.client, &scene.mailbox).await, 1);
                (NEW_PASSWORD, PASSWORD)
            }
            other => panic!("{other}"),
        };
        scene.client.login(EMAIL, goes).await.assert_problem(401, "invalid_credentials");
        assert_eq!(scene.client.login(EMAIL, stays).await.status, 200);
        assert_eq!(count_events(&env, "email.verified"), 1);
    }

    async fn an_account_that_has_been_used_is_not_written_over(env: Env) {
        let scene = Scene::start(&env, &[]).await;
        assert_eq!(scene.client.register(EMAIL, PASSWORD).await.status, 201);
        assert_eq!(scene.client.login(EMAIL, PASSWORD).await.status, 200);
        scene.mailbox.settled(&env).await;
        drop(scene);
        let scene = Scene::start(&env, &[REQUIRED]).await;
        assert_taken(&env, &scene, EMAIL).await;
        // Nor once the session's row is gone.
        sql(&env, "DELETE FROM session_families");
        assert_taken(&env, &scene, EMAIL).await;
        scene.client.login(EMAIL, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
        scene.client.login(EMAIL, PASSWORD).await.assert_problem(403, "email_not_verified");
    }

    async fn what_is_more_than_a_registration_is_not_written_over(env: Env) {
        let scene = Scene::start(&env, &[REQUIRED]).await;
        let changes = [
            "UPDATE users SET roles = 'user support'",
            "UPDATE users SET status = 'disabled'",
            "UPDATE users SET password_must_change = true",
            "UPDATE users SET erase_at = 9000000000000000",
            "UPDATE security_events SET kind = 'account.created' WHERE kind = 'account.registered'",
            "DELETE FROM security_events",
        ];
        for change in changes {
            let email = unique_email();
            assert_sent(&scene.client.register(&email, PASSWORD).await);
            scene.mailbox.wait_for(&email, "verify_email").await;
            sql(&env, change);
            assert_taken(&env, &scene, &email).await;
        }
    }

    async fn an_invitation_goes_over_a_strangers_registration(env: Env) {
        let scene = Scene::start(&env, &[REQUIRED, TERMS]).await;
        let strangers = squat(&scene).await;
        let body = json!({
            "email": EMAIL, "password": NEW_PASSWORD, "display_name": "Ada", "accepted_terms": "2026-11",
            "invitation_token": invite(&env, EMAIL, "user support", i64::MAX),
        });
        let reply = scene.post(REGISTER, body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        scene.post(VERIFY, json!({"token": strangers})).await.assert_problem(401, "token_invalid");
        scene.client.login(EMAIL, PASSWORD).await.assert_problem(401, "invalid_credentials");
        let login = scene.client.login(EMAIL, NEW_PASSWORD).await;
        let me = scene.client.me(&login.access()).await.body;
        assert_eq!((&me["id"], &me["roles"]), (&reply.body["user"]["id"], &json!(["user", "support"])), "{me}");
        assert_eq!((&me["email_verified"], &me["display_name"]), (&json!(true), &json!("Ada")), "{me}");
    }
}
