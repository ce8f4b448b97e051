//! Codes as people type and paste them.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{Enrolled, STEP, codes, confirm, step_up, verify};
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::sql::count;
use crate::support::totp::App;

/// A code of an app with what surrounds it on the way through people's hands.
pub fn forms(code: &str) -> [String; 5] {
    let (head, tail) = code.split_at(3);
    let digits = |zero: char| -> String {
        code.chars()
            .map(|digit| char::from_u32(u32::from(zero) + u32::from(digit) - 48).expect("a digit"))
            .collect()
    };
    [
        format!("{head} {tail}"),
        format!("\u{feff}{head}\u{a0}{tail}\r\n"),
        format!("{head}\u{2013}{tail}\u{200b}"),
        digits('０'),
        digits('٠'),
    ]
}

#[apply(on_both_databases)]
async fn an_app_is_enrolled_and_used_whatever_surrounds_its_code(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    for form in 0..forms("000000").len() {
        let mut family = Family::open(client).await;
        let begun = client.call(Method::POST, "/api/v1/me/mfa/totp", family.access(), json!(null)).await;
        let app = App::new(&begun.text("/secret"));
        let typed = forms(&app.code_at(scene.seconds()))[form].clone();
        let confirmed = confirm(client, family.access(), &typed).await;
        assert_eq!(confirmed.status, 200, "{typed:?}: {confirmed:?}");
        family.rotate(client).await;
        let person = Enrolled { family, app, backup_codes: codes(&confirmed) };
        scene.clock.advance(STEP);
        let challenge = person.challenge(client).await;
        let typed = forms(&person.app.code_at(scene.seconds()))[form].clone();
        assert_eq!(verify(client, &challenge, "totp", &typed).await.status, 200, "{typed:?}");
    }
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_backup_code_may_be_pasted(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    for (code, hyphen) in person.backup_codes.iter().zip(["", " ", "\u{2013}", "\u{a0}", "－", "\u{ad}-\r\n"])
    {
        let typed = code.to_uppercase().replace('-', hyphen);
        let challenge = person.challenge(scene.client()).await;
        let reply = verify(scene.client(), &challenge, "backup_code", &typed).await;
        assert_eq!(reply.status, 200, "{typed:?}: {reply:?}");
    }
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn what_cannot_be_a_code_is_no_attempt(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let mut person = scene.enrolled().await;
    let challenge = person.challenge(scene.client()).await;
    for method in ["totp", "backup_code"] {
        for typed in ["12345", "1234567", "12345u", "my code", "-", "12345²", "１２３４５"] {
            let reply = verify(scene.client(), &challenge, method, typed).await;
            reply.assert_problem(401, "mfa_code_invalid");
        }
    }
    for typed in ["12345", "my code", "12345²"] {
        let reply = step_up(scene.client(), &mut person.family, "totp", typed).await;
        reply.assert_problem(401, "mfa_code_invalid");
    }
    assert_eq!(count(&env, "factor_attempts WHERE recent > 0 OR consecutive > 0"), 0);
    assert_eq!(count(&env, "security_events WHERE kind = 'factor.failed'"), 0);
    let code = person.app.code_at(scene.seconds());
    assert_eq!(verify(scene.client(), &challenge, "totp", &code).await.status, 200);
    scene.server.stop().await;
}
