//! The ids of users in another system, which administrators give and take away.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{items, person, user_path};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;

const USERS: &str = "/api/v1/admin/users";

#[apply(on_both_databases)]
async fn they_are_given_changed_and_removed(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let body = json!({"email": unique_email(), "external_id": "legacy|1"});
    let created = admin.post(&client, USERS, body).await;
    created.assert_status(201);
    assert_eq!(created.body["external_id"], "legacy|1");
    let path = user_path(&created.text("/id"));

    for (given, kept) in [
        (json!({"external_id": "legacy|2"}), json!("legacy|2")),
        (json!({"display_name": "Grace"}), json!("legacy|2")),
        (json!({"external_id": "legacy|2"}), json!("legacy|2")),
        (json!({"external_id": null}), Value::Null),
    ] {
        let changed = admin.patch(&client, &path, given.clone()).await;
        changed.assert_status(200);
        assert_eq!(changed.body["external_id"], kept, "{given}");
    }
    // Each change is an event; the same value again is none.
    let events = admin.events_about(&client, "account.updated", &created.text("/id")).await;
    let changed: Vec<_> = events.iter().map(|event| event["detail"]["changed"].clone()).collect();
    assert_eq!(changed, [json!(["external_id"]), json!(["display_name"]), json!(["external_id"])]);
    assert!(!json!(events).to_string().contains("legacy"), "the values are not in events");
}

#[apply(on_both_databases)]
async fn one_account_has_an_id(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let first = json!({"email": unique_email(), "external_id": "4711"});
    let first = admin.post(&client, USERS, first).await;
    first.assert_status(201);

    let address = unique_email();
    let taken = admin.post(&client, USERS, json!({"email": address, "external_id": "4711"})).await;
    taken.assert_problem(409, "conflict");
    assert!(taken.text("/detail").contains("external id"), "{taken:?}");
    let second = admin.post(&client, USERS, json!({"email": address})).await;
    second.assert_status(201);
    let path = user_path(&second.text("/id"));
    let taken = admin.patch(&client, &path, json!({"external_id": "4711", "display_name": "Eve"})).await;
    taken.assert_problem(409, "conflict");
    let kept = admin.get(&client, &path).await;
    assert_eq!((&kept.body["external_id"], &kept.body["display_name"]), (&Value::Null, &Value::Null));
    // What is taken is told of the address, too.
    let address = json!({"email": first.text("/email"), "external_id": "4712"});
    admin.post(&client, USERS, address.clone()).await.assert_problem(409, "email_taken");
    admin.patch(&client, &path, address).await.assert_problem(409, "email_taken");

    let freed = admin.patch(&client, &user_path(&first.text("/id")), json!({"external_id": null})).await;
    freed.assert_status(200);
    admin.patch(&client, &path, json!({"external_id": "4711"})).await.assert_status(200);
    let found = items(&admin.get(&client, &format!("{USERS}?q=4711")).await);
    assert_eq!(found.iter().map(|user| &user["id"]).collect::<Vec<_>>(), [&second.body["id"]]);
}

#[apply(on_both_databases)]
async fn malformed_ones_are_refused(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let support = person(&env, &client, "user support").await;
    let path = user_path(&support.id);
    for wrong in ["", " 1", "1 ", "a\nb", "\u{0}", &"x".repeat(256)] {
        for reply in [
            admin.patch(&client, &path, json!({"external_id": wrong})).await,
            admin.post(&client, USERS, json!({"email": unique_email(), "external_id": wrong})).await,
        ] {
            reply.assert_problem(422, "validation_failed");
            assert_eq!(reply.text("/errors/0/field"), "external_id", "{wrong:?}");
        }
    }
    support.patch(&client, &path, json!({"external_id": "1"})).await.assert_problem(403, "forbidden");
}
