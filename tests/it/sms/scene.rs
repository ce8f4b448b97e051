//! A server with a clock in the test's hands, its SMS, and people with an authenticator app.

use std::time::Duration;

use kindred::clock::Clock;
use reqwest::Method;
use serde_json::json;

use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, Reply, send};
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::sql::{id_literal, sql};

pub const SMS: &str = "/api/v1/me/mfa/sms";
pub const CONFIRM: &str = "/api/v1/me/mfa/sms/confirm";
pub const NUMBER: &str = "+491701234542";
/// Longer than the pause between two codes of a flow.
pub const PAUSE: Duration = Duration::from_secs(31);

/// A server that sends its SMS at once.
pub async fn start(env: &Env, further: &[(&str, &str)]) -> Scene {
    let mut settings = vec![("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
    settings.extend_from_slice(further);
    Scene::start(env, &settings).await
}

impl Scene {
    /// Someone with a confirmed number.
    pub async fn with_number(&self, env: &Env, number: &str) -> Holder {
        let holder = Holder::of(env, self.client()).await;
        self.add_number(&holder, number).await;
        holder
    }

    /// Names and confirms a number.
    pub async fn add_number(&self, holder: &Holder, number: &str) {
        let sent = self.phones().all(number).len();
        assert_eq!(holder.enroll(self.client(), number).await.status, 202);
        let code = self.phones().wait_for_nth(number, sent + 1).await;
        let confirmed = holder.confirm(self.client(), &code).await;
        assert_eq!(confirmed.status, 204, "{confirmed:?}");
    }
}

/// Someone with an authenticator app, in a session that has proven both factors.
pub struct Holder {
    pub email: String,
    pub id: String,
    pub session_id: String,
    pub access: String,
    pub refresh: String,
}

impl Holder {
    pub async fn of(env: &Env, client: &Client) -> Holder {
        Holder::within(env, client, &Family::open(client).await).await
    }

    /// Gives the account of this session an app, which the session has proven. From now on logins ask for it.
    pub async fn within(env: &Env, client: &Client, family: &Family) -> Holder {
        let id = client.me(family.access()).await.text("/id");
        add_app(env, &id);
        let session = id_literal(env, &family.id);
        sql(env, &format!("UPDATE session_families SET amr = 'pwd otp mfa', aal = 2 WHERE id = {session}"));
        let tokens = client.refresh(family.live(), None).await;
        let (access, refresh) = (tokens.access(), tokens.refresh_token());
        Holder { email: family.email.clone(), id, session_id: family.id.clone(), access, refresh }
    }

    pub async fn enroll(&self, client: &Client, phone: &str) -> Reply {
        client.post_as(&self.access, SMS, json!({ "phone": phone })).await
    }

    pub async fn confirm(&self, client: &Client, code: &str) -> Reply {
        client.post_as(&self.access, CONFIRM, json!({ "code": code })).await
    }

    pub async fn remove(&self, client: &Client) -> Reply {
        send(client.request(Method::DELETE, SMS).bearer_auth(&self.access)).await
    }
}

/// A confirmed authenticator app, as far as others than it are concerned.
pub fn add_app(env: &Env, user_id: &str) {
    let (id, nothing) = (id_literal(env, user_id), if is_sqlite(env) { "x'00'" } else { "'\\x00'::bytea" });
    sql(
        env,
        &format!(
            "INSERT INTO totp_authenticators (user_id, sealed, last_step, created_at, confirmed_at) \
             VALUES ({id}, {nothing}, 0, 1, 1)"
        ),
    );
    sql(env, &format!("UPDATE users SET mfa_enrolled_at = 1 WHERE id = {id}"));
}

pub fn remove_app(env: &Env, user_id: &str) {
    sql(env, &format!("DELETE FROM totp_authenticators WHERE user_id = {}", id_literal(env, user_id)));
}

pub fn now(scene: &Scene) -> String {
    scene.clock.now().rfc3339()
}

fn is_sqlite(env: &Env) -> bool {
    env.backend() == Backend::Sqlite
}
