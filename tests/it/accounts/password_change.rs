//! A new password by someone who knows the old one.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{CHANGE, LinkScene, NEW_PASSWORD};
use crate::http::common::prove_addresses;
use crate::login::lock::guess;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::eventually::wait_until;
use crate::support::family::{Family, NO_RACE, claims};
use crate::support::security_events::count_events;
use crate::support::sql::sql;

/// Wrong passwords of unknown devices, and of known ones.
const FAILURES: &str = "SELECT failures, known_failures FROM password_credentials";

/// A change of the password; the family keeps the tokens if it is made.
async fn change(client: &Client, family: &mut Family, current: &str, new: &str) -> Reply {
    let reply = change_with(client, (family.access(), family.live()), current, new).await;
    if reply.status == 200 {
        family.take(&reply);
    }
    reply
}

async fn change_with(client: &Client, (access, refresh): (&str, &str), current: &str, new: &str) -> Reply {
    let body = json!({"current_password": current, "new_password": new, "refresh_token": refresh});
    client.post_as(access, CHANGE, body).await
}

#[apply(on_both_databases)]
async fn the_session_that_asks_is_the_only_one_that_stays(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let mut stranger = Family::open(&scene.client).await;
    prove_addresses(&env);
    let email = scene.verified().await;
    let mut family = Family::login(&scene.client, &email).await;
    family.rotate(&scene.client).await;
    let (other, third) = (family.sibling(&scene.client).await, family.sibling(&scene.client).await);
    let reset = scene.reset_token(&email, 1).await;
    let reply = change(&scene.client, &mut family, PASSWORD, NEW_PASSWORD).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    // A copy of the refresh token from before is worth nothing.
    let copy = &family.refresh[1];
    scene.client.refresh(copy, None).await.assert_problem(409, "refresh_in_flight");
    other.assert_ended(&scene.client).await;
    third.assert_ended(&scene.client).await;
    family.assert_lives(&scene.client).await;
    family.assert_lives(&scene.client).await;
    stranger.assert_lives(&scene.client).await;
    scene.client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(scene.client.login(&email, NEW_PASSWORD).await.status, 200);
    scene.mailbox.wait_for(&email, "password_changed").await;
    assert_eq!(count_events(&env, "password.changed"), 1);
    scene.reset(&reset, PASSWORD).await.assert_problem(401, "token_invalid");
}

/// The token is looked at before the password: what is sent with a retry is not verified, and counts as nothing.
#[apply(on_both_databases)]
async fn a_lost_answer_is_found_again_by_its_key(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let family = Family::open(&scene.client).await;
    let attempt = async |current: &str| {
        let body = json!({
            "current_password": current, "new_password": NEW_PASSWORD, "refresh_token": family.live(),
        });
        let request = scene.client.request(Method::POST, CHANGE).bearer_auth(family.access());
        send(request.header("Idempotency-Key", "the-attempt-of-the-change").json(&body)).await
    };
    let first = attempt(PASSWORD).await;
    assert_eq!(first.status, 200, "{first:?}");
    let again = attempt("wrong horse").await;
    assert_eq!((again.status, claims(&again.access())), (200, claims(&first.access())), "{again:?}");
    assert_eq!(again.refresh_token(), first.refresh_token());
    assert_eq!((count_events(&env, "password.changed"), count_events(&env, "step_up.failed")), (1, 0));
    assert_eq!(sql(&env, FAILURES), "0|0");
    assert_eq!(scene.client.login(&family.email, NEW_PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_raced_token_is_refused_before_the_password(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let mut family = Family::open(&scene.client).await;
    family.rotate(&scene.client).await;
    let spent = (family.access().to_owned(), family.refresh[0].clone());
    let refused = change_with(&scene.client, (&spent.0, &spent.1), "wrong horse", NEW_PASSWORD).await;
    refused.assert_problem(409, "refresh_in_flight");
    assert_eq!(sql(&env, FAILURES), "0|0", "no attempt was made");
    family.assert_lives(&scene.client).await;
    // Later the same is no race, whatever the password.
    family.age(&env, NO_RACE);
    let stolen = change_with(&scene.client, (&spent.0, &spent.1), PASSWORD, NEW_PASSWORD).await;
    stolen.assert_problem(401, "refresh_token_reused");
    family.assert_ended(&scene.client).await;
    assert_eq!((count_events(&env, "password.changed"), count_events(&env, "step_up.failed")), (0, 0));
}

#[apply(on_both_databases)]
async fn it_takes_the_current_password(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let mut family = Family::open(&scene.client).await;
    let access = family.access().to_owned();
    let live = family.live().to_owned();
    for wrong in ["", "wrong-Lantern-42-velvet", &PASSWORD.to_uppercase(), "a\0b", &"x".repeat(300)] {
        change(&scene.client, &mut family, wrong, NEW_PASSWORD)
            .await
            .assert_problem(401, "invalid_credentials");
    }
    for (body, field, code) in [
        (json!({"new_password": NEW_PASSWORD, "refresh_token": live}), "current_password", "missing"),
        (json!({"current_password": null, "new_password": NEW_PASSWORD}), "current_password", "invalid"),
        (json!({"current_password": PASSWORD, "refresh_token": live}), "new_password", "missing"),
        (json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD}), "refresh_token", "missing"),
        (json!([{"current_password": PASSWORD, "new_password": NEW_PASSWORD}]), "", "invalid"),
    ] {
        let reply = scene.client.post_as(&access, CHANGE, body).await;
        assert_eq!(reply.status, 422, "{reply:?}");
        if !field.is_empty() {
            assert_eq!(
                (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
                (field, code)
            );
        }
    }
    let body = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD, "refresh_token": live});
    scene.post(CHANGE, body).await.assert_problem(401, "token_missing");
    scene.client.login(&family.email, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(scene.client.login(&family.email, PASSWORD).await.status, 200, "the old one still works");
    scene.mailbox.assert_none(&env, &family.email, "password_changed").await;
}

#[apply(on_both_databases)]
async fn guesses_count_towards_the_lock(env: Env) {
    let scene = LinkScene::start(&env, &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")]).await;
    let mut family = Family::open(&scene.client).await;
    // Unknown devices have failures of their own; a new password settles them as well.
    guess(&scene.client, &family.email, 2).await;
    for wrong in ["wrong-1", "wrong-2"] {
        change(&scene.client, &mut family, wrong, NEW_PASSWORD)
            .await
            .assert_problem(401, "invalid_credentials");
    }
    assert_eq!(sql(&env, FAILURES), "2|2");
    // What may not be chosen is refused before the current password is looked at.
    change(&scene.client, &mut family, "wrong-3", "password1").await.assert_problem(422, "weak_password");
    assert_eq!(change(&scene.client, &mut family, PASSWORD, NEW_PASSWORD).await.status, 200);
    assert_eq!(sql(&env, FAILURES), "0|0");
    for wrong in ["wrong-1", "wrong-2", "wrong-3", NEW_PASSWORD] {
        change(&scene.client, &mut family, wrong, PASSWORD).await.assert_problem(401, "invalid_credentials");
    }
    assert_eq!(count_events(&env, "step_up.failed"), 6);
    wait_until("the lock is noted", || (count_events(&env, "account.locked") == 1).then_some(()));
    let token = scene.reset_token(&family.email, 1).await;
    assert_eq!(scene.reset(&token, PASSWORD).await.status, 200);
    assert_eq!(sql(&env, "SELECT known_failures, known_locked_at FROM password_credentials"), "0|");
    assert_eq!(sql(&env, "SELECT count(*) FROM device_attempts"), "0");
    assert_eq!(scene.client.login(&family.email, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn the_new_one_is_judged_and_must_be_new(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let mut family = Family::open(&scene.client).await;
    let email = family.email.clone();
    for (new, code) in [
        (PASSWORD, "unchanged"),
        ("password1", "common_password"),
        ("short", "too_short"),
        (email.as_str(), "own_data"),
    ] {
        let reply = change(&scene.client, &mut family, PASSWORD, new).await;
        reply.assert_problem(422, "weak_password");
        assert_eq!(
            (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
            ("new_password", code)
        );
    }
    family.assert_lives(&scene.client).await;
}

#[apply(on_both_databases)]
async fn who_must_change_it_can_and_is_free_after_that(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let yes = if env.backend() == Backend::Sqlite { "1" } else { "true" };
    sql(&env, &format!("UPDATE users SET password_must_change = {yes}"));
    let mut family = Family::login(&scene.client, &email).await;
    scene.client.sessions(family.access()).await.assert_problem(403, "password_change_required");
    assert_eq!(change(&scene.client, &mut family, PASSWORD, NEW_PASSWORD).await.status, 200);
    assert_eq!(scene.client.sessions(family.access()).await.status, 200, "the answer's tokens are free");
    let refreshed = family.rotate(&scene.client).await;
    assert_eq!(refreshed.body["user"]["password_must_change"], false, "{refreshed:?}");
    assert_eq!(scene.client.sessions(family.access()).await.status, 200);
}

#[apply(on_both_databases)]
async fn the_authentication_of_the_session_is_not_renewed(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let mut family = Family::open(&scene.client).await;
    assert_eq!(change(&scene.client, &mut family, PASSWORD, NEW_PASSWORD).await.status, 200);
    family.rotate(&scene.client).await;
    assert_eq!(claims(&family.access[0])["auth_time"], claims(&family.access[1])["auth_time"]);
}

#[apply(on_both_databases)]
async fn of_many_at_once_one_changes_it(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let family = Family::open(&scene.client).await;
    let changes = (0..10).map(|number| {
        let (client, family) = (scene.client.clone(), family.clone());
        tokio::spawn(async move {
            let new = format!("{NEW_PASSWORD}-{number}");
            change_with(&client, (family.access(), family.live()), PASSWORD, &new).await
        })
    });
    let changes: Vec<_> = changes.collect();
    // Few enough that none of them ends the oldest session.
    let logins = (0..5).map(|_| {
        let (client, email) = (scene.client.clone(), family.email.clone());
        tokio::spawn(async move { client.login(&email, PASSWORD).await })
    });
    let logins: Vec<_> = logins.collect();
    let mut codes = Vec::new();
    for attempt in changes {
        let reply = attempt.await.expect("an answer");
        // Who comes late finds the attempts of others, or an access token from before the change.
        let lost = ["invalid_credentials", "refresh_in_flight", "rate_limited", "session_revoked"]
            .contains(&reply.code());
        assert!(reply.status == 200 || lost, "{reply:?}");
        codes.push(if reply.status == 200 { "changed".to_owned() } else { reply.code().to_owned() });
    }
    let changed = codes.iter().filter(|code| *code == "changed").count();
    assert_eq!((changed, count_events(&env, "password.changed")), (1, 1), "{codes:?}");
    for login in logins {
        let reply = login.await.expect("an answer");
        if reply.status == 200 {
            scene.client.refresh(&reply.refresh_token(), None).await.assert_problem(401, "session_revoked");
        } else {
            reply.assert_problem(401, "invalid_credentials");
        }
    }
}
