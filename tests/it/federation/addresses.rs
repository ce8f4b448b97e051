//! Addresses that the provider does not prove, or does not tell.

use serde_json::{Value, json};

use super::scene::{COMPLETE, IDENTITIES, Scene, begin, code_of, come_back, node};
use crate::browser::jar::Browser;
use crate::http::common::prove_addresses;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Reply, unique_email};
use crate::support::fake_provider::{FakeProvider, Person};
use crate::support::mailbox::Mail;

/// The code in a mail.
fn code_in(mail: &Mail) -> String {
    let is_code = |word: &&str| word.len() == 11 && word.as_bytes()[5] == b'-';
    let found = mail.text.split_whitespace().map(|word| word.trim_matches(['.', ',', ':'])).find(is_code);
    found.unwrap_or_else(|| panic!("no code in {}", mail.text)).to_owned()
}

async fn finish(browser: &mut Browser, body: Value) -> Reply {
    browser.post(COMPLETE, body).await
}

/// What the provider tells of an address for which it is not trusted is a text that anyone may have entered (nOAuth).
#[tokio::test]
async fn an_address_that_is_not_proven_leads_to_no_account() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let victim = client.signed_in().await;
    prove_addresses(&env);
    let (mut attacker, newcomer) = (scene.browser(), unique_email());
    let unproven = |sub, email: &str| Person::at(sub, email).with(json!({ "email_verified": false }));
    let of_victim = scene.log_in(&mut attacker, &unproven("1", &victim.email)).await;
    let of_newcomer = scene.log_in(&mut attacker, &unproven("2", &newcomer)).await;
    for reply in [&of_victim, &of_newcomer] {
        reply.assert_status(202);
        assert_eq!(
            (reply.text("/status"), reply.body["expires_in"].as_u64()),
            ("verification_sent".to_owned(), Some(1_800))
        );
        assert_eq!(reply.body.as_object().expect("an object").len(), 3, "nothing else is told: {reply:?}");
    }
    // The victim learns of it, and gets no code that the attacker could ask for.
    scene.node.mailbox().wait_for(&victim.email, "address_taken").await;
    let mail = scene.node.mailbox().wait_for(&newcomer, "federation_code").await;
    scene.node.mailbox().assert_none(&env, &victim.email, "federation_code").await;
    let code = of_newcomer.text("/code");
    let missing = finish(&mut attacker, json!({ "code": code })).await;
    missing.assert_problem(422, "validation_failed");
    let wrong = finish(&mut attacker, json!({ "code": code, "email_code": "00000-00000" })).await;
    assert_eq!(wrong.body["errors"][0]["code"], "wrong", "{wrong:?}");
    // The code of one mail does not prove another address.
    let crossed = json!({ "code": of_victim.text("/code"), "email_code": code_in(&mail) });
    finish(&mut attacker, crossed).await.assert_problem(422, "validation_failed");
    let right = json!({ "code": code, "email_code": code_in(&mail) });
    finish(&mut scene.browser(), right.clone()).await.assert_problem(401, "federation_failed");
    let login = finish(&mut attacker, right.clone()).await;
    login.assert_status(200);
    assert_eq!(scene.me(&login).await.text("/email"), newcomer);
    finish(&mut attacker, right).await.assert_problem(401, "federation_failed");
    assert_eq!(identities(&scene, &victim.access).await, 0);
}

#[tokio::test]
async fn people_without_an_address_name_one() {
    let env = Env::new(Backend::Sqlite).await;
    let github = FakeProvider::start().await;
    let node = node(&env, &[&github.settings_of("github", "github")], &[]).await;
    let mut browser = Browser::new(&node.client(), node.base_url());
    let hidden = json!({
        "emails": [{ "email": "1+ada@users.noreply.github.com", "primary": true, "verified": true }], "name": "Ada",
    });
    let ada = Person::new("583231").with(hidden);
    let authorize = begin(&mut browser, "github", "return_to=/").await;
    assert!(authorize.starts_with(&format!("{}/login/oauth/authorize?", github.issuer())), "{authorize}");
    let code = code_of(&come_back(&mut browser, &github.log_in(&authorize, &ada)).await);
    finish(&mut browser, json!({ "code": code })).await.assert_problem(409, "federation_email_missing");
    let wrong = finish(&mut browser, json!({ "code": code, "email": "no address" })).await;
    assert_eq!(wrong.body["errors"][0]["field"], "email", "{wrong:?}");
    let email = unique_email();
    let asked = finish(&mut browser, json!({ "code": code, "email": email })).await;
    asked.assert_status(202);
    let mailed = code_in(&node.mailbox().wait_for(&email, "federation_code").await);
    let typed = mailed.to_uppercase().replace('-', " ");
    let login = finish(&mut browser, json!({ "code": asked.text("/code"), "email_code": typed })).await;
    login.assert_status(200);
    assert_eq!(login.text("/user/email"), email);
    // From now on the identity is known, so nothing is asked.
    let authorize = begin(&mut browser, "github", "return_to=/").await;
    let code = code_of(&come_back(&mut browser, &github.log_in(&authorize, &ada)).await);
    finish(&mut browser, json!({ "code": code })).await.assert_status(200);
    // GitHub does not tell when someone has authenticated.
    let step_up = browser.get("/api/v1/auth/federation/github/start?purpose=step_up").await;
    step_up.assert_problem(422, "validation_failed");
}

async fn identities(scene: &Scene, access: &str) -> usize {
    let reply = scene.client().call(reqwest::Method::GET, IDENTITIES, access, Value::Null).await;
    reply.body["items"].as_array().expect("a list").len()
}
