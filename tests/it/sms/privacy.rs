//! A number is personal: it stands nowhere in clear, is handed to its owner, and goes with the account.

use macro_rules_attribute::apply;
use reqwest::Method;

use super::scene::{Holder, NUMBER, PAUSE, start};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;
use crate::support::eventually::eventually;
use crate::support::phones::Phones;
use crate::support::sql::{count, dump, id_literal};

#[apply(on_both_databases)]
async fn neither_numbers_nor_codes_stand_anywhere(env: Env) {
    let node = env.node(&[("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    let client = node.client();
    let (ada, bob) = (Holder::of(&env, &client).await, Holder::of(&env, &client).await);
    let phones = Phones::of(node.data_dir());
    let other = "+436641234577";
    assert_eq!(ada.enroll(&client, NUMBER).await.status, 202);
    let confirmed = phones.wait_for_nth(NUMBER, 1).await;
    assert_eq!(ada.confirm(&client, &confirmed).await.status, 204);
    assert_eq!(bob.enroll(&client, other).await.status, 202);
    let waiting = phones.wait_for_nth(other, 1).await;
    node.mailbox().settled(&env).await;
    eventually("it is logged", async || node.logs().contains("+43•••77").then_some(())).await;
    let (dump, logs) = (dump(&env), node.logs());
    // Six digits may stand in any number by chance, so for codes it is their columns that are looked at.
    for number in [NUMBER, other].map(|number| number.trim_start_matches('+')) {
        for text in [number.to_owned(), hex::encode(number)] {
            assert!(!dump.contains(&text) && !logs.contains(&text), "{text}");
        }
    }
    let lines: Vec<&str> = dump.lines().collect();
    let codes = lines.iter().position(|line| *line == "sms_codes").expect("the table");
    for code in [&confirmed, &waiting] {
        let rows = &lines[codes..codes + 2];
        assert!(!rows.iter().any(|row| row.contains(&hex::encode(code))), "{rows:?}");
        let spoken = logs.split(|sign: char| !sign.is_ascii_alphanumeric()).any(|word| word == code);
        assert!(!spoken, "{code}");
    }
    let network = hex::encode("127.0.0.1");
    let sends = lines.iter().position(|line| *line == "sms_sends").expect("the table");
    assert!(!lines[sends..sends + 3].iter().any(|row| row.contains(&network) || row.contains("127.0.0.1")));
}

#[apply(on_both_databases)]
async fn the_owner_gets_it_and_it_goes_with_the_account(env: Env) {
    let settings = [("KINDRED_PRIVACY__ERASURE_GRACE", "0s"), ("KINDRED_THROTTLE__SMS_PER_NUMBER_HOUR", "2")];
    let scene = start(&env, &settings).await;
    let client = scene.client();
    let (ada, bob) = (scene.with_number(&env, NUMBER).await, Holder::of(&env, client).await);
    scene.clock.advance(PAUSE);
    ada.enroll(client, NUMBER).await;
    let export =
        |holder: &Holder| send(client.request(Method::GET, "/api/v1/me/export").bearer_auth(&holder.access));
    let document = export(&ada).await;
    assert_eq!(document.text("/phone/number"), NUMBER);
    assert_eq!(document.body["sms_sends"].as_array().expect("a list").len(), 2);
    assert_eq!(document.text("/sms_codes/0/purpose"), "enrollment");
    assert!(export(&bob).await.body["phone"].is_null());

    let gone = send(client.request(Method::DELETE, "/api/v1/me").bearer_auth(&ada.access)).await;
    assert_eq!(gone.status, 202, "{gone:?}");
    let id = id_literal(&env, &ada.id);
    for table in ["sms_authenticators", "sms_codes", "sms_sends"] {
        assert_eq!(count(&env, &format!("{table} WHERE user_id = {id}")), 0, "{table}");
    }
    // What was sent still counts: else an account a message would get around the limit.
    bob.enroll(client, NUMBER).await.assert_problem(429, "rate_limited");
    scene.server.stop().await;
}
