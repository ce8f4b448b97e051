//! Invitations: made, listed, replaced, revoked, over on time.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{Person, items, person};
use crate::http::common::members;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, Reply, unique_email};
use crate::support::scene::Scene;
use crate::support::sql::sql;

const PATH: &str = "/api/v1/admin/invitations";

async fn invite(client: &Client, admin: &Person, email: &str) -> Reply {
    let reply = admin.post(client, PATH, json!({"email": email})).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply
}

/// Address and state of each, the newest first.
async fn states(client: &Client, admin: &Person) -> Vec<(String, String)> {
    let listed = items(&admin.get(client, PATH).await);
    let text = |item: &Value, member: &str| item[member].as_str().expect("a text").to_owned();
    listed.iter().map(|item| (text(item, "email"), text(item, "state"))).collect()
}

fn live_tokens(env: &Env) -> String {
    sql(env, "SELECT count(*) FROM one_time_tokens WHERE purpose = 'accept_invitation' AND voided_at IS NULL")
}

#[apply(on_both_databases)]
async fn an_invitation_goes_by_mail_alone(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let email = unique_email();
    // A name that looks like an address must not become a link.
    sql(&env, "UPDATE users SET display_name = 'Grace from evil.example'");
    let made = admin.post(&client, PATH, json!({"email": email.to_uppercase(), "roles": ["admin"]})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let expected = [
        "accepted_at",
        "accepted_by",
        "created_at",
        "email",
        "expires_at",
        "id",
        "invited_by",
        "revoked_at",
        "roles",
        "state",
    ];
    assert_eq!(members(&made.body), expected);
    assert_eq!((&made.body["email"], &made.body["state"]), (&json!(email), &json!("pending")));
    assert_eq!(
        (&made.body["roles"], &made.body["invited_by"]),
        (&json!(["user", "admin"]), &json!(admin.id))
    );
    let mail = node.mailbox().wait_for(&email, "invitation").await;
    assert!(mail.link().contains("/account/register?token="), "{}", mail.link());
    assert!(mail.text.contains("7 days"), "{}", mail.text);
    assert!(mail.text.contains("Invited by: Grace from evil.\u{200c}example\n"), "{}", mail.text);
    assert!(mail.text.contains("Your role: Administrator\n"), "{}", mail.text);
    assert!(!made.body.to_string().contains(&mail.token()));
    assert_eq!(items(&admin.get(&client, PATH).await)[0], made.body);
    let events = items(&admin.get(&client, "/api/v1/admin/events?kind=invitation.created").await);
    assert_eq!((events.len(), &events[0]["actor_id"]), (1, &json!(admin.id)));
    assert_eq!(events[0]["detail"]["invitation"], made.body["id"]);
    assert!(!events[0].to_string().contains(&email) && !node.logs().contains(&email));
}

#[apply(on_both_databases)]
async fn a_newer_invitation_takes_the_place_of_the_older(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let (email, other) = (unique_email(), unique_email());
    invite(&client, &admin, &other).await;
    for _ in 0..3 {
        invite(&client, &admin, &email).await;
    }
    let of = |email: &String, state: &str| (email.clone(), state.to_owned());
    let expected =
        [of(&email, "pending"), of(&email, "revoked"), of(&email, "revoked"), of(&other, "pending")];
    assert_eq!(states(&client, &admin).await, expected);
    assert_eq!(live_tokens(&env), "2");
    // At once, too: one of them is left, no matter who comes last.
    let together =
        futures_util::future::join_all((0..8).map(|_| admin.post(&client, PATH, json!({"email": email}))))
            .await;
    assert!(together.iter().all(|reply| [201, 409].contains(&reply.status)), "{together:?}");
    assert!(together.iter().any(|reply| reply.status == 201));
    let pending = states(&client, &admin).await.into_iter().filter(|(_, state)| state == "pending");
    assert_eq!(pending.count(), 2);
    assert_eq!(live_tokens(&env), "2");
}

#[apply(on_both_databases)]
async fn an_invitation_is_revoked(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let id = invite(&client, &admin, &unique_email()).await.text("/id");
    for _ in 0..2 {
        assert_eq!(admin.delete(&client, &format!("{PATH}/{id}")).await.status, 204);
    }
    assert_eq!(states(&client, &admin).await[0].1, "revoked");
    assert_eq!(live_tokens(&env), "0");
    let events = items(&admin.get(&client, "/api/v1/admin/events?kind=invitation.revoked").await);
    assert_eq!((events.len(), &events[0]["detail"]), (1, &json!({"invitation": id})));
    for unknown in ["01919191-9191-7919-9919-919191919191", "nonsense", "%00"] {
        admin.delete(&client, &format!("{PATH}/{unknown}")).await.assert_problem(404, "not_found");
    }
    let accepted = invite(&client, &admin, &unique_email()).await.text("/id");
    sql(&env, "UPDATE invitations SET accepted_at = created_at WHERE revoked_at IS NULL");
    admin.delete(&client, &format!("{PATH}/{accepted}")).await.assert_problem(409, "conflict");
    assert_eq!(states(&client, &admin).await[0].1, "accepted");
}

#[apply(on_both_databases)]
async fn who_has_an_account_is_not_invited(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, user) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    admin.post(&client, PATH, json!({"email": user.email})).await.assert_problem(409, "email_taken");
    admin.post(&client, PATH, json!({"email": "nonsense"})).await.assert_problem(422, "validation_failed");
    assert_eq!(sql(&env, "SELECT count(*) FROM invitations"), "0");
}

#[apply(on_both_databases)]
async fn an_invitation_is_over_to_the_microsecond(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[("KINDRED_ACCOUNTS__INVITATION_TTL", "4m")]).await;
    let client = server.client.clone();
    let admin = person(&env, &client, "user admin").await;
    let email = unique_email();
    invite(&client, &admin, &email).await;
    let lives =
        "SELECT DISTINCT expires_at - created_at FROM one_time_tokens WHERE purpose = 'accept_invitation'";
    assert_eq!(sql(&env, lives), "240000000");
    clock.advance(Duration::from_micros(239_999_999));
    assert_eq!(states(&client, &admin).await[0].1, "pending");
    clock.advance(Duration::from_micros(1));
    assert_eq!(states(&client, &admin).await[0].1, "expired");
    // It stays what it was when another one follows.
    invite(&client, &admin, &email).await;
    let states: Vec<String> = states(&client, &admin).await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["pending", "expired"]);
    server.stop().await;
}
