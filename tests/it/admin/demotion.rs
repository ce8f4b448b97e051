//! A right that is lost while it is being used no longer counts.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{Person, items, person, user_path};
use crate::faults::lock::{Lock, is_waited_for};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, Reply, unique_email};
use crate::support::sql::sql;

const INVITATIONS: &str = "/api/v1/admin/invitations";
const ROUNDS: u32 = 12;

/// Calls as an administrator who is demoted when the call has got as far as the database lets it.
async fn while_demoted(
    env: &Env,
    client: &Client,
    (method, path, body): (Method, &str, Option<Value>),
) -> (Person, Reply) {
    let admin = person(env, client, "user admin").await;
    let lock = Lock::user(env, &admin.email).await;
    let demotion = format!("UPDATE users SET roles = 'user' WHERE email = '{}'", admin.email);
    let demote = async {
        is_waited_for(env).await;
        lock.commit(&demotion).await;
    };
    let (reply, ()) = tokio::join!(admin.call(client, method, path, body), demote);
    (admin, reply)
}

#[apply(on_both_databases)]
async fn who_was_demoted_meanwhile_gives_nothing(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let other = person(&env, &client, "user admin").await;
    let made = other.post(&client, INVITATIONS, json!({"email": unique_email()})).await;
    let one = format!("{INVITATIONS}/{}", made.text("/id"));
    let path = user_path(&other.id);
    let session = format!("{path}/sessions/{}", other.session_id);
    let email = unique_email();
    let new = || Some(json!({"email": email, "roles": ["admin"]}));
    let calls = [
        ("create_user", (Method::POST, "/api/v1/admin/users", new())),
        ("invite", (Method::POST, INVITATIONS, new())),
        ("revoke_invitation", (Method::DELETE, one.as_str(), None)),
        ("change_roles", (Method::PATCH, path.as_str(), Some(json!({"roles": ["user"]})))),
        ("end_sessions", (Method::DELETE, session.as_str(), None)),
    ];
    for (operation, call) in calls {
        let (admin, reply) = while_demoted(&env, &client, call).await;
        reply.assert_problem(403, "forbidden");
        let denied = other.events_about(&client, "access.denied", &admin.id).await;
        assert_eq!(denied.len(), 1, "{operation}");
        // On SQLite the demotion may come before the first look at the caller's roles.
        if env.backend() == Backend::Postgres {
            assert_eq!(denied[0]["detail"]["operation"], operation);
        }
    }
    assert_eq!(sql(&env, &format!("SELECT count(*) FROM users WHERE email = '{email}'")), "0");
    let states: Vec<Value> = items(&other.get(&client, INVITATIONS).await);
    assert_eq!((states.len(), &states[0]["state"]), (1, &json!("pending")));
    assert_eq!(other.get(&client, &path).await.body["roles"], json!(["user", "admin"]));
}

#[apply(on_both_databases)]
async fn no_invitation_outlives_the_right_to_make_it(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let other = person(&env, &client, "user admin").await;
    for round in 0..ROUNDS {
        let admin = person(&env, &client, "user admin").await;
        let path = user_path(&admin.id);
        let (invited, demoted) = tokio::join!(
            admin.post(&client, INVITATIONS, json!({"email": unique_email(), "roles": ["admin"]})),
            other.patch(&client, &path, json!({"roles": ["user"]})),
        );
        assert_eq!(demoted.status, 200, "{demoted:?}");
        assert!([201, 403].contains(&invited.status), "{invited:?}");
        let open = "SELECT count(*) FROM invitations WHERE revoked_at IS NULL";
        assert_eq!(sql(&env, open), "0", "round {round}: {invited:?}");
    }
}
