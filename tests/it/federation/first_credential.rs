//! People who have come from a provider that cannot confirm them again get a first password or passkey by a link.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{COMPLETE, Scene, VERIFIER, begin, code_of, come_back};
use super::step_up::again;
use crate::passkeys::scene::{PASSKEYS, SERVICE, usual};
use crate::support::authenticator::Passkey;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, unique_email};
use crate::support::fake_provider::{FakeProvider, Person};
use crate::support::family::claims;
use crate::support::mailbox::Mailbox;
use crate::support::security_events::{count_events, details};
use crate::support::sql::{count, sql};

const REQUEST: &str = "/api/v1/me/first-credential";
const BY_LINK: &str = "/api/v1/me/first-credential/password";
const PASSKEY_OPTIONS: &str = "/api/v1/me/first-credential/passkey/options";
const PASSKEY: &str = "/api/v1/me/first-credential/passkey";
const FIRST: &str = "/api/v1/me/password";
const NEW_PASSWORD: &str = "another-Lantern-77-velvet";
const AT_ONCE: usize = 50;

/// A server that knows GitHub beside the provider of the other tests.
struct World {
    scene: Scene,
    github: FakeProvider,
    client: Client,
    mailbox: Mailbox,
}

/// Someone who is logged in.
struct Visitor {
    email: String,
    login: Reply,
}

impl World {
    async fn start(env: &Env) -> World {
        World::with(env, &[]).await
    }

    async fn with(env: &Env, further: &[(&str, &str)]) -> World {
        let github = FakeProvider::start().await;
        let own = github.settings_of("github", "github");
        let trusted = [("KINDRED_FEDERATION__PROVIDERS__GITHUB__TRUSTED_EMAIL_DOMAINS", "example.com")];
        let settings = own.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let settings: Vec<_> =
            settings.chain(trusted).chain(SERVICE.iter().chain(further).copied()).collect();
        let scene = Scene::start(env, &settings).await;
        let (client, mailbox) = (scene.client(), scene.node.mailbox());
        World { scene, github, client, mailbox }
    }

    /// A login with GitHub in a new browser.
    async fn visit(&self, id: &str, email: &str) -> Visitor {
        let known =
            json!({ "emails": [{ "email": email, "primary": true, "verified": true }], "name": "Ada" });
        let person = Person::new(id).with(known);
        let mut browser = self.scene.browser();
        let authorize = begin(&mut browser, "github", "return_to=/").await;
        let code = code_of(&come_back(&mut browser, &self.github.log_in(&authorize, &person)).await);
        let login = browser.post(COMPLETE, json!({ "code": code })).await;
        login.assert_status(200);
        Visitor { email: email.to_owned(), login }
    }

    /// The token of the n-th link of this person, which is asked for here.
    async fn link(&self, person: &Visitor, n: usize) -> String {
        let asked = self.post(person, REQUEST, json!({})).await;
        asked.assert_status(202);
        assert_eq!(asked.body, json!({ "status": "sent" }), "the link is in the mail only");
        self.mailbox.wait_for_nth(&person.email, "first_credential", n).await.token()
    }

    async fn post(&self, person: &Visitor, path: &str, body: Value) -> Reply {
        self.client.post_as(&person.login.access(), path, body).await
    }
}

fn password(token: &str) -> Value {
    json!({ "token": token, "new_password": NEW_PASSWORD })
}

#[apply(on_both_databases)]
async fn a_link_sets_a_first_password_once_in_the_session_that_asked_for_it(env: Env) {
    let world = World::start(&env).await;
    let email = unique_email();
    let (here, there) = (world.visit("1", &email).await, world.visit("1", &email).await);
    let stranger = world.client.signed_in().await;
    assert_eq!(world.scene.me(&here.login).await.body["has_password"], false);
    // Someone who authenticated long ago, and cannot do so again, has only the link.
    sql(&env, "UPDATE session_families SET auth_time = auth_time - 3600000000");
    let here = Visitor { login: world.client.refresh(&here.login.refresh_token(), None).await, ..here };
    let refused = world.post(&here, FIRST, json!({ "new_password": NEW_PASSWORD })).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(refused.body["methods"], json!([]));

    let replaced = world.link(&here, 1).await;
    let token = world.link(&here, 2).await;
    world.post(&here, BY_LINK, password(&replaced)).await.assert_problem(401, "challenge_invalid");
    // Another browser, another person, no one, and a password that may not be chosen: none of them uses the link up.
    world.post(&there, BY_LINK, password(&token)).await.assert_problem(403, "forbidden");
    let foreign = world.client.post_as(&stranger.access, BY_LINK, password(&token)).await;
    foreign.assert_problem(403, "forbidden");
    world.client.post(BY_LINK, password(&token)).await.assert_problem(401, "token_missing");
    let weak = world.post(&here, BY_LINK, json!({ "token": token, "new_password": "password1" })).await;
    assert_eq!((weak.status, count_events(&env, "password.set")), (422, 0), "{weak:?}");

    let attempts = (0..AT_ONCE).map(|_| world.post(&here, BY_LINK, password(&token)));
    let replies = join_all(attempts).await;
    let set = replies.iter().filter(|reply| reply.status == 204).count();
    assert_eq!(set, 1, "{replies:?}");
    assert!(replies.iter().all(|reply| [204, 401, 409, 503].contains(&reply.status)), "{replies:?}");
    world.post(&here, BY_LINK, password(&token)).await.assert_problem(401, "challenge_invalid");
    assert_eq!(details(&env, "password.set"), [json!({ "via": "link" })]);
    assert_eq!(count_events(&env, "first_credential.requested"), 2);
    world.mailbox.wait_for(&email, "password_set").await;

    // As after a change of the password: this session goes on, with what it was worth, and the others are over.
    let renewed = world.client.refresh(&here.login.refresh_token(), None).await;
    renewed.assert_status(200);
    let (before, after) = (claims(&here.login.access()), claims(&renewed.access()));
    for claim in ["acr", "amr", "auth_time"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    world.client.refresh(&there.login.refresh_token(), None).await.assert_problem(401, "session_revoked");
    assert_eq!(world.scene.me(&renewed).await.body["has_password"], true);
    world.client.login(&email, NEW_PASSWORD).await.assert_status(200);
    let more = world.client.post_as(&renewed.access(), REQUEST, json!({})).await;
    more.assert_problem(409, "conflict");
}

#[apply(on_both_databases)]
async fn a_link_adds_a_first_passkey_or_comes_to_nothing(env: Env) {
    let world = World::start(&env).await;
    let bob = world.visit("2", &unique_email()).await;
    let token = world.link(&bob, 1).await;
    let other = world.visit("2", &bob.email).await;
    world.post(&other, PASSKEY_OPTIONS, json!({ "token": token })).await.assert_problem(403, "forbidden");
    let begun = world.post(&bob, PASSKEY_OPTIONS, json!({ "token": token })).await;
    begun.assert_status(200);
    let (_, credential) = Passkey::create(&begun.body["options"], &usual());
    let body = json!({ "token": token, "ceremony": begun.text("/ceremony"), "credential": credential });
    world.post(&other, PASSKEY, body.clone()).await.assert_problem(403, "forbidden");
    let added = world.post(&bob, PASSKEY, body.clone()).await;
    added.assert_status(201);
    assert!(!added.body["backup_codes"].as_array().expect("codes").is_empty());
    let again = world.post(&bob, PASSKEY, body).await;
    again.assert_problem(401, "challenge_invalid");
    assert_eq!(count(&env, "passkeys"), 1);
    let raised = world.client.refresh(&bob.login.refresh_token(), None).await;
    assert_eq!(claims(&raised.access())["acr"], "aal1", "to add it raises nothing");
    // One who has a second factor steps up with it.
    let asked = world.client.post_as(&raised.access(), REQUEST, json!({})).await;
    asked.assert_problem(409, "conflict");

    // It has expired.
    let carl = world.visit("3", &unique_email()).await;
    let token = world.link(&carl, 1).await;
    sql(&env, "UPDATE one_time_tokens SET expires_at = 1 WHERE purpose = 'first_credential'");
    world.post(&carl, BY_LINK, password(&token)).await.assert_problem(401, "challenge_invalid");
    // A passkey has been added in another way: the link is no longer needed.
    let token = world.link(&carl, 2).await;
    let begun = world.post(&carl, &format!("{PASSKEYS}/options"), json!({})).await;
    let (_, credential) = Passkey::create(&begun.body["options"], &usual());
    let own = json!({ "ceremony": begun.text("/ceremony"), "credential": credential });
    world.post(&carl, PASSKEYS, own).await.assert_status(201);
    world.post(&carl, BY_LINK, password(&token)).await.assert_problem(409, "conflict");

    // The session has ended, and another one of the same person does not take its place.
    let dora = world.visit("4", &unique_email()).await;
    let token = world.link(&dora, 1).await;
    world.client.logout(&dora.login.access()).await.assert_status(204);
    world.post(&dora, BY_LINK, password(&token)).await.assert_problem(401, "session_revoked");
    let back = world.visit("4", &dora.email).await;
    world.post(&back, BY_LINK, password(&token)).await.assert_problem(403, "forbidden");
    // Nothing is sent to an address that is not proven, nor to someone with a password.
    sql(&env, &format!("UPDATE users SET email_verified_at = NULL WHERE email = '{}'", dora.email));
    world.post(&back, REQUEST, json!({})).await.assert_problem(409, "conflict");
    let known = world.client.signed_in().await;
    let refused = world.client.post_as(&known.access, REQUEST, json!({})).await;
    refused.assert_problem(409, "conflict");
    world
        .client
        .post_as(&known.access, FIRST, json!({ "new_password": NEW_PASSWORD }))
        .await
        .assert_problem(409, "conflict");
    world.client.login(&known.email, PASSWORD).await.assert_status(200);
}

#[tokio::test]
async fn beyond_the_quota_of_mails_no_link_is_sent() {
    let env = Env::new(Backend::Sqlite).await;
    let world = World::with(&env, &[("KINDRED_THROTTLE__MAIL_PER_USER", "1")]).await;
    let ada = world.visit("1", &unique_email()).await;
    let token = world.link(&ada, 1).await;
    let refused = world.post(&ada, REQUEST, json!({})).await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(count_events(&env, "first_credential.requested"), 1);
    world.post(&ada, BY_LINK, password(&token)).await.assert_status(204);
}

/// A provider may let people log in again and not tell that it has: then the code of that login opens the way to the link.
#[tokio::test]
async fn a_provider_that_tells_no_time_leads_to_the_link() {
    let env = Env::new(Backend::Sqlite).await;
    let world = World::start(&env).await;
    let email = unique_email();
    let ada = Person::at("1", &email);
    let login = world.scene.signed_in(&ada).await;
    let visitor = Visitor { email, login };
    world.post(&visitor, REQUEST, json!({})).await.assert_problem(409, "conflict");
    let evidence = |code: &str| json!({ "federation_code": code, "code_verifier": VERIFIER });
    let fresh = again(&world.scene, &ada.clone().fresh()).await;
    let of_other = again(&world.scene, &Person::at("2", &unique_email())).await;
    for code in [fresh.as_str(), of_other.as_str(), "kf1_x"] {
        let refused = world.post(&visitor, REQUEST, evidence(code)).await;
        refused.assert_problem(401, "federation_failed");
    }
    let silent = again(&world.scene, &ada).await;
    world.post(&visitor, REQUEST, evidence(&silent)).await.assert_status(202);
    let token = world.mailbox.wait_for(&visitor.email, "first_credential").await.token();
    world.post(&visitor, BY_LINK, password(&token)).await.assert_status(204);
    // Who has authenticated a short while ago needs no link.
    let bob = world.scene.signed_in(&Person::at("3", &unique_email())).await;
    let body = json!({ "new_password": NEW_PASSWORD });
    world.client.post_as(&bob.access(), FIRST, body.clone()).await.assert_status(204);
    world.client.call(Method::POST, FIRST, &bob.access(), body).await.assert_problem(409, "conflict");
    assert_eq!(details(&env, "password.set"), [json!({ "via": "link" }), json!({ "via": "session" })]);
}
