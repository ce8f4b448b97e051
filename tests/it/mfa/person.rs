//! Someone with every factor there is.

use std::sync::Arc;

use kindred::clock::Clock;
use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use super::scene::{Enrolled, STEP, codes, step_up_with};
use crate::passkeys::scene::{SERVICE, enroll, usual};
use crate::sms::scene::{NUMBER, PAUSE};
use crate::support::authenticator::Passkey;
use crate::support::backend::Env;
use crate::support::client::{Client, Reply, send};
use crate::support::family::Family;
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::phones::Phones;

pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// With a server of their own, and the time of it.
pub struct Person {
    pub clock: Arc<StoppedClock>,
    pub server: InProcess,
    phones: Phones,
    pub enrolled: Enrolled,
    pub passkey: Passkey,
    pub backup_codes: Vec<String>,
}

impl Person {
    pub async fn new(env: &Env) -> Person {
        Person::with(env, &[]).await
    }

    pub async fn with(env: &Env, further: &[(&str, &str)]) -> Person {
        let clock = StoppedClock::new();
        let server = start(env, &clock, further).await;
        let phones = Phones::of(server.data_dir());
        let family = Family::open(&server.client).await;
        let mut enrolled = Enrolled::of(&server.client, family, clock.now().unix_seconds()).await;
        clock.advance(STEP);
        let (passkey, added) = enroll(&server.client, enrolled.family.access(), &usual()).await;
        assert_eq!(added.status, 201, "{added:?}");
        enrolled.family.rotate(&server.client).await;
        let access = enrolled.family.access();
        let client = &server.client;
        let sent = client.call(Method::POST, "/api/v1/me/mfa/sms", access, json!({"phone": NUMBER})).await;
        assert_eq!(sent.status, 202, "{sent:?}");
        let code = json!({"code": phones.wait_for_nth(NUMBER, 1).await});
        let confirmed = client.call(Method::POST, "/api/v1/me/mfa/sms/confirm", access, code).await;
        assert_eq!(confirmed.status, 204, "{confirmed:?}");
        let renewed = client.call(Method::POST, "/api/v1/me/mfa/backup-codes", access, Value::Null).await;
        let backup_codes = codes(&renewed);
        Person { clock, server, phones, enrolled, passkey, backup_codes }
    }

    /// The same person, once the server was started again with these settings.
    pub async fn restarted(self, env: &Env, further: &[(&str, &str)]) -> Person {
        let Person { clock, server, enrolled, passkey, backup_codes, .. } = self;
        server.stop().await;
        let server = start(env, &clock, further).await;
        let phones = Phones::of(server.data_dir());
        Person { clock, server, phones, enrolled, passkey, backup_codes }
    }

    pub fn client(&self) -> &Client {
        &self.server.client
    }

    /// What the app shows at this moment.
    pub fn code(&self) -> String {
        self.enrolled.app.code_at(self.clock.now().unix_seconds())
    }

    /// What proves this factor now; `ask` asks the server for what it needs first.
    async fn answer(&mut self, method: &str, ask: impl AsyncFn(&Client, &str) -> Reply) -> Value {
        self.clock.advance(STEP);
        match method {
            "totp" => json!({"code": self.code()}),
            "backup_code" => json!({"code": self.backup_codes.pop().expect("one is left")}),
            "sms" => {
                self.clock.advance(PAUSE);
                let before = self.phones.all(NUMBER).len();
                let asked = ask(self.client(), method).await;
                assert_eq!(asked.status, 200, "{asked:?}");
                json!({"code": self.phones.wait_for_nth(NUMBER, before + 1).await})
            }
            _ => {
                let asked = ask(self.client(), method).await;
                assert_eq!(asked.status, 200, "{asked:?}");
                json!({"credential": self.passkey.get(&asked.body, &usual())})
            }
        }
    }

    /// A login by the password and this factor.
    pub async fn log_in(&mut self, method: &str) -> Reply {
        let token = self.enrolled.challenge(self.client()).await;
        let ask = async |client: &Client, method: &str| {
            let body = json!({"challenge_token": token, "method": method});
            send(client.request(Method::POST, "/api/v1/auth/mfa/challenge").json(&body)).await
        };
        let mut body = self.answer(method, ask).await;
        body["challenge_token"] = json!(token);
        body["method"] = json!(method);
        body["trust_device"] = json!(true);
        let request = self.client().request(Method::POST, "/api/v1/auth/mfa/verify");
        let reply = send(request.header(USER_AGENT, FIREFOX).json(&body)).await;
        assert_eq!(reply.status, 200, "{method}: {reply:?}");
        reply
    }

    /// A step-up of the session by this factor.
    pub async fn step_up(&mut self, family: &mut Family, method: &str) -> Reply {
        let access = family.access().to_owned();
        let ask = async |client: &Client, method: &str| {
            client
                .call(Method::POST, "/api/v1/auth/step-up/challenge", &access, json!({"method": method}))
                .await
        };
        let mut body = self.answer(method, ask).await;
        body["method"] = json!(method);
        step_up_with(self.client(), family, body).await
    }
}

async fn start(env: &Env, clock: &Arc<StoppedClock>, further: &[(&str, &str)]) -> InProcess {
    let mut settings = SERVICE.to_vec();
    settings.extend([
        ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"),
        ("KINDRED_SESSIONS__MAX_PER_USER", "50"),
        ("KINDRED_SESSIONS__STEP_UP_MAX_AGE", "1d"),
        ("KINDRED_THROTTLE__SMS_PER_NUMBER_HOUR", "20"),
        ("KINDRED_THROTTLE__SMS_PER_USER_HOUR", "20"),
    ]);
    settings.extend_from_slice(further);
    InProcess::start(env, clock.clone(), &settings).await
}
