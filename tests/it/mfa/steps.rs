//! Step-up where there are two factors.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::scene::{Enrolled, Scene, call, step_up};
use crate::support::audit::events;
use crate::support::backend::on_both_databases;
use crate::support::client::{PASSWORD, unique_email};
use crate::support::family::{Family, claims};

const AGE: Duration = Duration::from_secs(301);

on_both_databases! {
    async fn the_second_factor_is_asked_for_not_the_password(env: Env) {
        let scene = Scene::start(&env, &[]).await;
        let (client, person) = (scene.client(), scene.enrolled().await);
        let access = person.family.access();
        scene.clock.advance(AGE);
        let body = json!({ "new_email": unique_email() });
        let change = "/api/v1/auth/email/change";
        let refused = call(client, Method::POST, change, access, body.clone()).await;
        refused.assert_problem(403, "step_up_required");
        assert_eq!(refused.body["acr_required"], "aal2");
        assert_eq!(refused.body["methods"], json!(["totp", "backup_code"]));
        let password = client.step_up(access, PASSWORD).await;
        password.assert_problem(403, "step_up_required");
        assert_eq!(password.body["methods"], json!(["totp", "backup_code"]));

        let wrong = step_up(client, access, "totp", &person.app.wrong_at(scene.seconds())).await;
        wrong.assert_problem(401, "mfa_code_invalid");
        let code = person.app.code_at(scene.seconds());
        let fresh = step_up(client, access, "totp", &code).await;
        assert_eq!(fresh.status, 200, "{fresh:?}");
        assert_eq!(fresh.session_id(), person.family.id);
        assert_eq!(claims(&fresh.access())["auth_time"], scene.seconds());
        assert_eq!(call(client, Method::POST, change, &fresh.access(), body).await.status, 202);
        assert_eq!(events(&env, "step_up.succeeded", &person.family.id).last(), Some(&json!({"methods": ["otp"]})));
        // The code is spent for a login, too, and for another step-up.
        step_up(client, access, "totp", &code).await.assert_problem(401, "mfa_code_invalid");
        scene.server.stop().await;
    }

    /// I-9, MF-10: a session of one factor rises by the proof of another, and stays there.
    async fn a_session_of_one_factor_rises(env: Env) {
        let scene = Scene::start(&env, &[]).await;
        let client = scene.client();
        let first = Family::open(client).await;
        let mut other = first.sibling(client).await;
        let person = Enrolled::of(client, first, scene.seconds()).await;
        other.rotate(client).await;
        assert_eq!(claims(other.access())["acr"], "aal1", "nothing was proven in this session");
        let delicate = call(client, Method::DELETE, "/api/v1/me/mfa/totp", other.access(), json!(null)).await;
        delicate.assert_problem(403, "step_up_required");
        let raised = step_up(client, other.access(), "backup_code", &person.backup_codes[0]).await;
        assert_eq!(raised.status, 200, "{raised:?}");
        assert_eq!(claims(&raised.access())["acr"], "aal2");
        assert_eq!(raised.body["session"]["amr"], json!(["pwd", "otp", "mfa"]));
        other.rotate(client).await;
        assert_eq!(claims(other.access())["acr"], "aal2");
        scene.server.stop().await;
    }
}
