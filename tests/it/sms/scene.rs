//! A server with a clock in the test's hands, its SMS, and people with an authenticator app.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kindred::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, Reply, send};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::sql::{id_literal, sql};

pub const SMS: &str = "/api/v1/me/mfa/sms";
pub const CONFIRM: &str = "/api/v1/me/mfa/sms/confirm";
pub const NUMBER: &str = "+491701234542";
/// Longer than the pause between two codes of a flow.
pub const PAUSE: Duration = Duration::from_secs(31);

pub struct Scene {
    pub server: InProcess,
    pub clock: Arc<StoppedClock>,
    pub phones: Phones,
}

impl Scene {
    pub async fn start(env: &Env, further: &[(&str, &str)]) -> Scene {
        let clock = StoppedClock::new();
        let mut settings = vec![("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
        settings.extend_from_slice(further);
        let server = InProcess::start(env, clock.clone(), &settings).await;
        let phones = Phones(server.data_dir().join("outbox"));
        Scene { server, clock, phones }
    }

    pub fn client(&self) -> &Client {
        &self.server.client
    }

    /// Somebody with a confirmed number.
    pub async fn enrolled(&self, env: &Env, number: &str) -> Holder {
        let holder = Holder::of(env, self.client()).await;
        let sent = self.phones.all(number).len();
        assert_eq!(holder.enroll(self.client(), number).await.status, 202);
        let code = self.phones.wait_for_nth(number, sent + 1).await;
        let confirmed = holder.confirm(self.client(), &code).await;
        assert_eq!(confirmed.status, 204, "{confirmed:?}");
        holder
    }
}

/// The SMS that were written as files.
pub struct Phones(pub PathBuf);

impl Phones {
    /// The n-th code to this number, from 1; waits for it.
    pub async fn wait_for_nth(&self, number: &str, n: usize) -> String {
        let what = format!("SMS {n} to {number}");
        eventually(&what, async || self.all(number).into_iter().nth(n - 1)).await
    }

    /// All codes to this number that have arrived, the oldest first.
    pub fn all(&self, number: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.0) else {
            return Vec::new(); // made with the first message
        };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let messages = files.iter().map(|file| {
            serde_json::from_slice::<Value>(&std::fs::read(file).expect("an SMS")).expect("JSON")
        });
        messages
            .filter(|sms| sms["to"] == number)
            .map(|sms| code(sms["text"].as_str().expect("text")))
            .collect()
    }
}

/// The digits that an SMS begins with.
pub fn code(text: &str) -> String {
    text.split(' ').next().expect("a word").to_owned()
}

/// Somebody with an authenticator app, in a session that has proven both factors.
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
