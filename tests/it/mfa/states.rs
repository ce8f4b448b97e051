//! AU-14: what was begun while an account was in order comes to nothing once it is not, by whichever way in.

use kindred::clock::Clock;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::person::Person;
use super::scene::{STEP, verify};
use crate::browser::jar::Browser;
use crate::federation::scene::{
    CHALLENGE, COMPLETE, VERIFIER, begin as send_to_provider, code_of, come_back,
};
use crate::http::common::prove_addresses;
use crate::passkeys::scene::{begin_login, usual};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, send};
use crate::support::eventually::eventually;
use crate::support::fake_provider::{FakeProvider, Person as PersonThere};
use crate::support::sql::sql;

const STAFF: &str = "/api/v1/auth/federation/staff";
/// How many of the ways open a session. The others go on with one.
const LOGINS: usize = 6;

/// Someone with every factor there is, who has an account at a provider as well.
struct Scene {
    person: Person,
    staff: FakeProvider,
}

/// Ways in that were begun.
struct Begun {
    challenge: String,
    ceremony: String,
    assertion: Value,
    /// Of a login with the provider.
    code: String,
    /// What another login with the provider has led to.
    federated_challenge: String,
}

impl Scene {
    async fn start(env: &Env, further: &[(&str, &str)]) -> Scene {
        let staff = FakeProvider::start().await;
        let settings = staff.settings("staff");
        let settings = settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let settings: Vec<_> = settings.chain(further.iter().copied()).collect();
        let person = Person::with(env, &settings).await;
        prove_addresses(env);
        Scene { person, staff }
    }

    /// Who the person is at the provider.
    fn at_provider(&self) -> PersonThere {
        let seconds = self.person.clock.now().unix_seconds();
        let times = json!({ "iat": seconds, "exp": seconds + 300, "auth_time": seconds });
        PersonThere::at("1", self.person.enrolled.email()).with(times)
    }

    /// Goes to the provider and comes back.
    async fn code(&self, purpose: &str) -> String {
        let origin = format!("http://{}", self.person.server.kindred.address());
        let mut browser = Browser::new(self.person.client(), &origin);
        let query = format!("purpose={purpose}&code_challenge={CHALLENGE}");
        let authorize = send_to_provider(&mut browser, "staff", &query).await;
        code_of(&come_back(&mut browser, &self.staff.log_in(&authorize, &self.at_provider())).await)
    }

    /// A login with the provider waits for the second factor.
    async fn federated_challenge(&self) -> String {
        let reply = complete(&self.person, &self.code("login").await).await;
        assert_eq!((reply.status, &reply.body["mfa_required"]), (200, &json!(true)), "{reply:?}");
        reply.text("/challenge_token")
    }

    async fn begin(&self) -> Begun {
        let person = &self.person;
        person.clock.advance(STEP);
        let federated_challenge = self.federated_challenge().await;
        let code = self.code("login").await;
        let challenge = person.enrolled.challenge(person.client()).await;
        let (ceremony, options) = begin_login(person.client()).await;
        let assertion = person.passkey.get(&options, &usual());
        Begun { challenge, ceremony, assertion, code, federated_challenge }
    }
}

async fn complete(person: &Person, code: &str) -> Reply {
    post(person, COMPLETE, json!({ "code": code, "code_verifier": VERIFIER })).await
}

async fn post(person: &Person, path: &str, body: Value) -> Reply {
    send(person.client().request(Method::POST, path).json(&body)).await
}

/// Each way in, with what is right for it, and its answer: first those that open a session.
async fn try_all(person: &Person, begun: &Begun) -> Vec<(&'static str, Reply)> {
    let client = person.client();
    let family = &person.enrolled.family;
    let asked = json!({"challenge_token": begun.challenge, "method": "webauthn"});
    let passkey = json!({"ceremony": begun.ceremony, "credential": begun.assertion});
    let token = family.live();
    let totp = json!({"method": "totp", "code": person.code(), "refresh_token": token});
    let webauthn = json!({"method": "webauthn"});
    let password = json!({"current_password": PASSWORD, "new_password": "another-Horse-43-battery", "refresh_token": token});
    vec![
        ("login", client.login(&family.email, PASSWORD).await),
        ("mfa/challenge", post(person, "/api/v1/auth/mfa/challenge", asked).await),
        ("mfa/verify", verify(client, &begun.challenge, "totp", &person.code()).await),
        ("passkey/verify", post(person, "/api/v1/auth/passkey/verify", passkey).await),
        ("federation/complete", complete(person, &begun.code).await),
        ("federation, mfa/verify", verify(client, &begun.federated_challenge, "totp", &person.code()).await),
        ("refresh", client.refresh(family.live(), None).await),
        ("step-up", client.call(Method::POST, "/api/v1/auth/step-up", family.access(), totp).await),
        (
            "step-up/challenge",
            client.call(Method::POST, "/api/v1/auth/step-up/challenge", family.access(), webauthn).await,
        ),
        (
            "change",
            client.call(Method::POST, "/api/v1/auth/password/change", family.access(), password).await,
        ),
    ]
}

fn sessions(env: &Env) -> String {
    sql(env, "SELECT count(*), max(generation) FROM session_families")
}

#[apply(on_both_databases)]
async fn no_way_in_is_left_to_who_may_not_act(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = &scene.person;
    for status in ["disabled", "erasing", "quarantined"] {
        let (begun, before) = (scene.begin().await, sessions(&env));
        sql(&env, &format!("UPDATE users SET status = '{status}'"));
        for (number, (way, reply)) in try_all(person, &begun).await.into_iter().enumerate() {
            let expected =
                if number < LOGINS { (403, "account_not_active") } else { (401, "session_revoked") };
            let code = reply.body["code"].as_str().unwrap_or_default();
            assert_eq!((reply.status, code), expected, "{status}, {way}: {reply:?}");
        }
        assert_eq!(sessions(&env), before, "{status}");
        sql(&env, "UPDATE users SET status = 'active'");
    }
    scene.person.server.stop().await;
}

/// After a reset by an administrator no one comes in before the owner had time to object.
#[apply(on_both_databases)]
async fn nor_after_a_reset(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (begun, before) = (scene.begin().await, sessions(&env));
    sql(&env, "UPDATE users SET mfa_reset_until = 9000000000000000");
    for (way, reply) in try_all(&scene.person, &begun).await.into_iter().take(LOGINS) {
        assert_eq!(reply.status, 403, "{way}: {reply:?}");
        reply.assert_problem(403, "mfa_reset_pending");
    }
    assert_eq!(sessions(&env).split('|').next(), before.split('|').next());
    scene.person.server.stop().await;
}

/// What strangers guess does not end the login of an owner who knew the password.
#[apply(on_both_databases)]
async fn guesses_of_strangers_end_no_login_that_waits(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "2")]).await;
    let (person, begun) = (&scene.person, scene.begin().await);
    for _ in 0..3 {
        person
            .client()
            .login(person.enrolled.email(), "wrong horse")
            .await
            .assert_problem(401, "invalid_credentials");
    }
    let code = person.code();
    assert_eq!(verify(person.client(), &begun.challenge, "totp", &code).await.status, 200);
    // A passkey needs no password, and is not locked out with it (AU-11).
    let passkey = json!({"ceremony": begun.ceremony, "credential": begun.assertion});
    assert_eq!(post(person, "/api/v1/auth/passkey/verify", passkey).await.status, 200);
    scene.person.server.stop().await;
}

/// A provider that is taken out of the settings takes its ways in with it, also those that were begun. Nothing else ends.
#[tokio::test(flavor = "multi_thread")]
async fn nor_by_a_provider_that_was_taken_out() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    scene.person.clock.advance(STEP);
    let there =
        verify(scene.person.client(), &scene.federated_challenge().await, "totp", &scene.person.code()).await;
    there.assert_status(200);
    let (begun, fresh) = (scene.begin().await, scene.code("step_up").await);
    let nonce = post(&scene.person, &format!("{STAFF}/nonce"), json!({})).await.text("/nonce");
    let id_token = scene.staff.id_token(&scene.at_provider(), &nonce);
    let person = scene.person.restarted(&env, &[]).await;
    let client = person.client();
    eventually("the sessions of the provider are revoked", async || {
        (client.verify(&there.access()).await.code() == "session_revoked").then_some(())
    })
    .await;
    let before = sessions(&env);
    let family = &person.enrolled.family;
    let totp = json!({"challenge_token": begun.federated_challenge, "method": "totp", "code": person.code()});
    let webauthn = json!({"challenge_token": begun.federated_challenge, "method": "webauthn"});
    let token = json!({ "id_token": id_token, "nonce": nonce });
    let again = json!({
        "method": "federation", "code": fresh, "code_verifier": VERIFIER, "refresh_token": family.live(),
    });
    for (way, reply, expected) in [
        ("start", client.get(&format!("{STAFF}/start")).await, (404, "not_found")),
        ("complete", complete(&person, &begun.code).await, (401, "federation_failed")),
        ("token", post(&person, &format!("{STAFF}/token"), token).await, (404, "not_found")),
        ("mfa/verify", post(&person, "/api/v1/auth/mfa/verify", totp).await, (401, "challenge_invalid")),
        (
            "mfa/challenge",
            post(&person, "/api/v1/auth/mfa/challenge", webauthn).await,
            (401, "challenge_invalid"),
        ),
        ("refresh", client.refresh(&there.refresh_token(), None).await, (401, "session_revoked")),
        (
            "step-up",
            client.call(Method::POST, "/api/v1/auth/step-up", family.access(), again).await,
            (401, "federation_failed"),
        ),
    ] {
        assert_eq!((reply.status, reply.code()), expected, "{way}: {reply:?}");
    }
    assert_eq!(sessions(&env), before);
    let own = verify(client, &begun.challenge, "totp", &person.code()).await;
    own.assert_status(200);
    client.refresh(family.live(), None).await.assert_status(200);
    person.server.stop().await;
}
