//! Accounts that someone has opened, or tries to open, at an address of someone else: the five kinds of Sudhodanan and Paverd
//! (USENIX Security 2022), in both orders.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{COMPLETE, IDENTITIES, Scene, begin, code_of, come_back};
use crate::http::common::prove_addresses;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::fake_provider::{FakeProvider, Person};
use crate::support::security_events::details;
use crate::support::sql::sql;

/// Classic-federated merge, and the unexpired session.
#[apply(on_both_databases)]
async fn what_a_stranger_has_opened_at_the_address_is_worth_nothing_afterwards(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let stranger = client.signed_in().await;
    let victim = scene.signed_in(&Person::at("1", &stranger.email)).await;
    // The same account, and all that the stranger had in it is gone.
    assert_eq!(scene.me(&victim).await.text("/email"), stranger.email);
    client.verify(&stranger.access).await.assert_problem(401, "session_revoked");
    client.refresh(&stranger.refresh, None).await.assert_problem(401, "session_revoked");
    client.login(&stranger.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(details(&env, "account.reclaimed").len(), 1);
    scene.node.mailbox().wait_for(&stranger.email, "account_reclaimed").await;
    let again = scene.signed_in(&Person::at("1", &stranger.email)).await;
    assert_eq!(again.text("/user/id"), victim.text("/user/id"));
}

/// The trojan identifier: the stranger leaves an identity of their own in the account.
#[tokio::test]
async fn an_account_at_an_unverified_address_links_nothing() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let stranger = client.signed_in().await;
    let mut browser = scene.browser();
    let begun = json!({ "return_to": "/account" });
    let begun = client.post_as(&stranger.access, &format!("{IDENTITIES}/staff"), begun).await;
    let ticket = begun.text("/authorize_url").split_once('?').expect("a query").1.to_owned();
    let authorize = begin(&mut browser, "staff", &ticket).await;
    let own = scene.staff.log_in(&authorize, &Person::at("666", &unique_email()));
    let code = code_of(&come_back(&mut browser, &own).await);
    let cookie = format!("kindred_fed_v1={}", browser.cookie("kindred_fed_v1"));
    let link =
        client.request(Method::POST, IDENTITIES).bearer_auth(&stranger.access).header("Cookie", cookie);
    let refused = crate::support::client::send(link.json(&json!({ "code": code }))).await;
    refused.assert_problem(409, "conflict");
    // The victim comes, and the stranger's identity does not lead to the account.
    let victim = scene.signed_in(&Person::at("1", &stranger.email)).await;
    let intruder = scene.signed_in(&Person::at("666", &unique_email())).await;
    assert_ne!(intruder.text("/user/id"), victim.text("/user/id"));
}

/// The victim was there first.
#[tokio::test]
async fn an_account_of_a_provider_is_not_entered_by_its_address() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let (client, email) = (scene.client(), unique_email());
    let victim = scene.signed_in(&Person::at("1", &email)).await;
    client.register(&email, PASSWORD).await.assert_problem(409, "email_taken");
    client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    // The address has moved to someone else at the provider.
    let successor = scene.log_in(&mut scene.browser(), &Person::at("2", &email)).await;
    successor.assert_problem(409, "account_exists");
    // A provider that says nothing about the address proves nothing.
    let unproven = Person::at("3", &email).with(json!({ "email_verified": Value::Null }));
    scene.log_in(&mut scene.browser(), &unproven).await.assert_status(202);
    client.verify(&victim.access()).await.assert_status(204);
    let me = scene.me(&victim).await;
    assert_eq!(me.text("/email"), email);
}

/// The unexpired change of address: the stranger moves an account of their own to the address, and waits.
#[tokio::test]
async fn a_change_of_address_that_waits_ends_with_the_first_proof() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let (stranger, victim) = (client.signed_in().await, unique_email());
    prove_addresses(&env);
    let change = json!({ "new_email": victim });
    client.post_as(&stranger.access, "/api/v1/auth/email/change", change).await.assert_status(202);
    let link = scene.node.mailbox().wait_for(&victim, "confirm_email_change").await.token();
    let login = scene.signed_in(&Person::at("1", &victim)).await;
    let confirmed =
        client.post_as(&stranger.access, "/api/v1/auth/email/change/confirm", json!({ "token": link })).await;
    assert!(confirmed.status >= 400, "{confirmed:?}");
    assert_eq!(client.me(&stranger.access).await.text("/email"), stranger.email);
    assert_eq!(scene.me(&login).await.text("/email"), victim);
}

/// The provider that verifies no addresses: a stranger opens an account there at the address of someone else. What that provider
/// says about the address counts for nothing, no matter who was here first.
#[tokio::test]
async fn a_provider_that_verifies_no_addresses_opens_nothing() {
    let env = Env::new(Backend::Sqlite).await;
    let lax = FakeProvider::start().await;
    let settings = lax.settings_of("lax", "oidc");
    let settings: Vec<_> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let scene = Scene::start(&env, &settings).await;
    let client = scene.client();
    let log_in = async |sub: &str, email: &str| {
        let mut browser = scene.browser();
        let authorize = begin(&mut browser, "lax", "return_to=/").await;
        let code = code_of(&come_back(&mut browser, &lax.log_in(&authorize, &Person::at(sub, email))).await);
        let asked = browser.post(COMPLETE, json!({ "code": code })).await;
        assert_eq!((asked.status, asked.text("/status").as_str()), (202, "verification_sent"), "{asked:?}");
        (browser, asked.text("/code"))
    };
    // The stranger first: once the victim registers, once they come from a provider that is trusted with the address.
    let (registered, federated) = (unique_email(), unique_email());
    let (mut browser, waiting) = log_in("666", &registered).await;
    log_in("667", &federated).await;
    let accounts = format!("SELECT count(*) FROM users WHERE email IN ('{registered}', '{federated}')");
    assert_eq!(sql(&env, &accounts), "0");
    client.register(&registered, PASSWORD).await.assert_status(201);
    prove_addresses(&env);
    let by_password = client.login(&registered, PASSWORD).await;
    let by_provider = scene.signed_in(&Person::at("1", &federated)).await;
    // Without the code of the mail, what the stranger has begun goes no further.
    let guess = json!({ "code": waiting, "email_code": "00000-00000" });
    browser.post(COMPLETE, guess).await.assert_problem(422, "validation_failed");
    // The victim first.
    for (sub, email) in [("668", &registered), ("669", &federated)] {
        log_in(sub, email).await;
        scene.node.mailbox().wait_for(email, "address_taken").await;
    }
    // Nothing of the stranger's has become a part of the accounts, and no one had to prove anything again.
    assert_eq!(sql(&env, &accounts), "2");
    assert_eq!(sql(&env, "SELECT subject FROM identities"), "1");
    assert!(details(&env, "account.reclaimed").is_empty());
    for (login, email) in [(&by_password, &registered), (&by_provider, &federated)] {
        assert_eq!(scene.me(login).await.text("/email"), *email);
    }
}

/// AU-14: someone who may not log in stays out, whatever the provider says, also with a code from before.
#[tokio::test]
async fn an_account_that_may_not_log_in_is_not_entered() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let (email, mut browser) = (unique_email(), scene.browser());
    scene.signed_in(&Person::at("1", &email)).await;
    for status in ["disabled", "erasing", "quarantined"] {
        let known = scene.code(&mut browser, &Person::at("1", &email)).await;
        let other = scene.code(&mut browser, &Person::at("2", &email)).await;
        sql(&env, &format!("UPDATE users SET status = '{status}'"));
        for code in [known, other] {
            let refused = browser.post(COMPLETE, json!({ "code": code })).await;
            refused.assert_problem(403, "account_not_active");
        }
        sql(&env, "UPDATE users SET status = 'active'");
    }
    assert_eq!(details(&env, "login.failed").len(), 3);
}

/// The identity may be an intruder's, as a passkey may.
#[tokio::test]
async fn an_account_that_its_owner_has_secured_waits_for_a_new_password() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let ada = Person::at("1", &unique_email());
    scene.signed_in(&ada).await;
    sql(&env, "UPDATE users SET secured_at = 1");
    let mut browser = scene.browser();
    scene.log_in(&mut browser, &ada).await.assert_problem(401, "federation_failed");
    sql(&env, "UPDATE users SET secured_at = NULL");
    scene.log_in(&mut browser, &ada).await.assert_status(200);
}
