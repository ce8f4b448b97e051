//! Someone with an authenticator app.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::totp::App;

pub const STEP: Duration = Duration::from_secs(30);

impl Scene {
    /// Someone new with an app, in a session that has risen by it: two codes are spent, and the one of this moment is
    /// good.
    pub async fn enrolled(&self) -> Enrolled {
        let family = Family::open(self.client()).await;
        let person = Enrolled::of(self.client(), family, self.seconds()).await;
        self.clock.advance(2 * STEP);
        person
    }

    /// The code of this moment, which is spent by the time this returns: the next one is of the next step.
    pub async fn log_in(&self, person: &Enrolled) -> Reply {
        let challenge = person.challenge(self.client()).await;
        let reply = verify(self.client(), &challenge, "totp", &person.app.code_at(self.seconds())).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        self.clock.advance(STEP);
        reply
    }
}

/// Someone with an app.
pub struct Enrolled {
    pub family: Family,
    pub app: App,
    pub backup_codes: Vec<String>,
}

impl Enrolled {
    /// Registers, and sets an app up at this moment of the server. The session stays one of one factor.
    pub async fn new(client: &Client, seconds: i64) -> Enrolled {
        Enrolled::set_up(client, Family::open(client).await, seconds).await
    }

    /// Sets an app up in this session, and steps up by the app's next code: the session is one of two factors.
    pub async fn of(client: &Client, family: Family, seconds: i64) -> Enrolled {
        let mut person = Enrolled::set_up(client, family, seconds).await;
        let code = person.app.code_at(seconds + 30);
        let raised = step_up(client, &mut person.family, "totp", &code).await;
        assert_eq!(raised.status, 200, "{raised:?}");
        person
    }

    /// Sets an app up in this session, which raises nothing.
    pub async fn set_up(client: &Client, mut family: Family, seconds: i64) -> Enrolled {
        let begun = client.call(Method::POST, "/api/v1/me/mfa/totp", family.access(), json!(null)).await;
        assert_eq!(begun.status, 200, "{begun:?}");
        let app = App::new(&begun.text("/secret"));
        let confirmed = confirm(client, family.access(), &app.code_at(seconds)).await;
        assert_eq!(confirmed.status, 200, "{confirmed:?}");
        family.rotate(client).await;
        Enrolled { family, app, backup_codes: codes(&confirmed) }
    }

    pub fn email(&self) -> &str {
        &self.family.email
    }

    /// The token of a challenge, got by the password.
    pub async fn challenge(&self, client: &Client) -> String {
        let reply = client.login(self.email(), PASSWORD).await;
        assert_eq!((reply.status, &reply.body["mfa_required"]), (200, &json!(true)), "{reply:?}");
        reply.text("/challenge_token")
    }
}

pub fn codes(reply: &Reply) -> Vec<String> {
    let codes = reply.body["backup_codes"].as_array().expect("codes");
    codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect()
}

pub async fn confirm(client: &Client, access: &str, code: &str) -> Reply {
    client.call(Method::POST, "/api/v1/me/mfa/totp/confirm", access, json!({ "code": code })).await
}

pub async fn verify(client: &Client, challenge: &str, method: &str, code: &str) -> Reply {
    let body = json!({ "challenge_token": challenge, "method": method, "code": code });
    send(client.request(Method::POST, "/api/v1/auth/mfa/verify").json(&body)).await
}

/// A step-up by a code; the family keeps the tokens if that is right.
pub async fn step_up(client: &Client, family: &mut Family, method: &str, code: &str) -> Reply {
    let body = json!({ "method": method, "code": code });
    step_up_with(client, family, body).await
}

/// The same by any factor.
pub async fn step_up_with(client: &Client, family: &mut Family, mut factor: Value) -> Reply {
    factor["refresh_token"] = json!(family.live());
    let reply = client.call(Method::POST, "/api/v1/auth/step-up", family.access(), factor).await;
    if reply.status == 200 {
        family.take(&reply);
    }
    reply
}
