//! Step-up where there are two factors.

use std::time::Duration;

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{Enrolled, step_up};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::family::{Family, NO_RACE, claims};
use crate::support::scene::Scene;
use crate::support::security_events::details_in;
use crate::support::sql::sql;

const AGE: Duration = Duration::from_secs(301);

#[apply(on_both_databases)]
async fn the_second_factor_is_asked_for_not_the_password(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, mut person) = (scene.client(), scene.enrolled().await);
    let access = person.family.access().to_owned();
    scene.clock.advance(AGE);
    let body = json!({ "new_email": unique_email() });
    let change = "/api/v1/auth/email/change";
    let refused = client.call(Method::POST, change, &access, body.clone()).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(refused.body["acr_required"], "aal2");
    assert_eq!(refused.body["methods"], json!(["totp", "backup_code"]));
    let password = client.step_up(&access, person.family.live(), PASSWORD).await;
    password.assert_problem(403, "step_up_required");
    assert_eq!(password.body["methods"], json!(["totp", "backup_code"]));

    let wrong = person.app.wrong_at(scene.seconds());
    let wrong = step_up(client, &mut person.family, "totp", &wrong).await;
    wrong.assert_problem(401, "mfa_code_invalid");
    let code = person.app.code_at(scene.seconds());
    let fresh = step_up(client, &mut person.family, "totp", &code).await;
    assert_eq!(fresh.status, 200, "{fresh:?}");
    assert_eq!(fresh.session_id(), person.family.id);
    assert_eq!(claims(&fresh.access())["auth_time"], scene.seconds());
    assert_eq!(client.call(Method::POST, change, &fresh.access(), body).await.status, 202);
    assert_eq!(
        details_in(&env, "step_up.succeeded", &person.family.id).last(),
        Some(&json!({"methods": ["otp"]}))
    );
    // The code is spent for a login, too, and for another step-up.
    let again = step_up(client, &mut person.family, "totp", &code).await;
    again.assert_problem(401, "mfa_code_invalid");
    scene.server.stop().await;
}

/// I-9: the code that is shown with a token that was spent before is not looked at, and of two factors with one token
/// one is spent.
#[apply(on_both_databases)]
async fn the_table_comes_before_the_code(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, mut person) = (scene.client(), scene.enrolled().await);
    let (access, live) = (person.family.access().to_owned(), person.family.live().to_owned());
    let codes = &person.backup_codes;
    let tries = codes[..2].iter().map(|code| {
        let body = json!({"method": "backup_code", "code": code, "refresh_token": live});
        client.call(Method::POST, "/api/v1/auth/step-up", &access, body)
    });
    let replies = join_all(tries).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!((won.len(), lost[0].code()), (1, "refresh_in_flight"), "{replies:?}");
    let used = "SELECT count(*) FROM backup_codes WHERE used_at IS NOT NULL";
    assert_eq!(sql(&env, used), "1", "the other code is still good");
    assert_eq!(sql(&env, "SELECT consecutive FROM factor_attempts WHERE factor = 'backup_code'"), "0");
    person.family.take(won[0]);
    let wrong =
        json!({"method": "totp", "code": person.app.wrong_at(scene.seconds()), "refresh_token": live});
    let raced = client.call(Method::POST, "/api/v1/auth/step-up", &access, wrong).await;
    raced.assert_problem(409, "refresh_in_flight");
    let failed = "SELECT count(*) FROM security_events WHERE kind = 'factor.failed'";
    assert_eq!(sql(&env, failed), "0", "such an event names no session");
    assert_eq!(sql(&env, "SELECT count(*) FROM factor_attempts WHERE consecutive > 0"), "0");
    person.family.assert_lives(client).await;
    scene.server.stop().await;
}

/// Adding a factor raises nothing: the session rises by a step-up with it.
#[apply(on_both_databases)]
async fn adding_a_factor_raises_nothing(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let family = Family::open(client).await;
    let mut person = Enrolled::set_up(client, family, scene.seconds()).await;
    assert_eq!(claims(person.family.access())["acr"], "aal1");
    let copy = person.family.clone();
    let code = person.app.code_at(scene.seconds() + 30);
    let raised = step_up(client, &mut person.family, "totp", &code).await;
    assert_eq!(claims(&raised.access())["acr"], "aal2", "{raised:?}");
    // A copy of the token from before does not rise along.
    client.refresh(copy.live(), None).await.assert_problem(409, "refresh_in_flight");
    scene.clock.advance(NO_RACE);
    client.refresh(copy.live(), None).await.assert_problem(401, "refresh_token_reused");
    scene.server.stop().await;
}

/// I-9, MF-10: a session of one factor rises by the verification of another, and stays there.
#[apply(on_both_databases)]
async fn a_session_of_one_factor_rises(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let first = Family::open(client).await;
    let mut other = first.sibling(client).await;
    let person = Enrolled::of(client, first, scene.seconds()).await;
    other.rotate(client).await;
    assert_eq!(claims(other.access())["acr"], "aal1", "nothing was proven in this session");
    let delicate = client.call(Method::DELETE, "/api/v1/me/mfa/totp", other.access(), json!(null)).await;
    delicate.assert_problem(403, "step_up_required");
    let raised = step_up(client, &mut other, "backup_code", &person.backup_codes[0]).await;
    assert_eq!(raised.status, 200, "{raised:?}");
    assert_eq!(claims(&raised.access())["acr"], "aal2");
    assert_eq!(raised.body["session"]["amr"], json!(["pwd", "otp", "mfa"]));
    other.rotate(client).await;
    assert_eq!(claims(other.access())["acr"], "aal2");
    scene.server.stop().await;
}
