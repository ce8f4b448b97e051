//! From what an administrator does to what its subject then can: whole ways, through the mails.

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{Person, items, login, person, user_path};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, unique_email};
use crate::support::eventually::eventually;
use crate::support::mailbox::Mailbox;

const INVITATIONS: &str = "/api/v1/admin/invitations";
const CHANGED: &str = "another-Lantern-77-velvet";

/// Invites and gives back the invitation's id and the token of the n-th mail.
async fn invite(
    client: &Client,
    admin: &Person,
    mailbox: &Mailbox,
    email: &str,
    n: usize,
) -> (String, String) {
    let made = admin.post(client, INVITATIONS, json!({"email": email, "roles": ["support"]})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let mail = mailbox.wait_for_nth(email, "invitation", n).await;
    (made.text("/id"), mail.token())
}

async fn accept(client: &Client, email: &str, token: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD, "invitation_token": token});
    client.post("/api/v1/auth/register", body).await
}

async fn reset(client: &Client, token: &str) -> Reply {
    client.post("/api/v1/auth/password/reset", json!({"token": token, "new_password": PASSWORD})).await
}

#[apply(on_both_databases)]
async fn who_is_invited_registers(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, mailbox) = (person(&env, &client, "user admin").await, node.mailbox());
    let email = unique_email();
    let (_, older) = invite(&client, &admin, &mailbox, &email, 1).await;
    let (id, newer) = invite(&client, &admin, &mailbox, &email, 2).await;
    accept(&client, &email, &older).await.assert_problem(403, "forbidden");
    let registered = accept(&client, &email, &newer).await;
    assert_eq!(
        (registered.status, &registered.body["user"]["roles"]),
        (201, &json!(["user", "support"])),
        "{registered:?}"
    );
    let listed = items(&admin.get(&client, INVITATIONS).await);
    assert_eq!(
        (&listed[0]["state"], &listed[0]["accepted_by"]),
        (&json!("accepted"), &registered.body["user"]["id"])
    );
    assert_eq!(listed[1]["state"], "revoked");
    admin.delete(&client, &format!("{INVITATIONS}/{id}")).await.assert_problem(409, "conflict");
    let support = login(&client, email).await;
    assert_eq!(support.get(&client, "/api/v1/admin/users").await.status, 200);

    let email = unique_email();
    let (id, token) = invite(&client, &admin, &mailbox, &email, 1).await;
    assert_eq!(admin.delete(&client, &format!("{INVITATIONS}/{id}")).await.status, 204);
    accept(&client, &email, &token).await.assert_problem(403, "forbidden");
}

#[apply(on_both_databases)]
async fn an_invitation_does_not_outlive_the_right_to_make_it(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, mailbox) = (person(&env, &client, "user admin").await, node.mailbox());
    let (demoted, disabled) =
        (person(&env, &client, "user admin").await, person(&env, &client, "user admin").await);
    let mut theirs = Vec::new();
    for inviter in [&demoted, &disabled, &admin] {
        let email = unique_email();
        let (_, token) = invite(&client, inviter, &mailbox, &email, 1).await;
        theirs.push((email, token));
    }
    // Another name takes no right away, nor does one role more.
    for change in [json!({"display_name": "Grace"}), json!({"roles": ["support", "admin"]})] {
        assert_eq!(admin.patch(&client, &user_path(&demoted.id), change).await.status, 200);
    }
    let states = async || {
        let listed = items(&admin.get(&client, INVITATIONS).await);
        listed.iter().map(|item| item["state"].as_str().expect("a state").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["pending", "pending", "pending"]);
    assert_eq!(
        admin.patch(&client, &user_path(&demoted.id), json!({"roles": ["support"]})).await.status,
        200
    );
    assert_eq!(admin.act(&client, &disabled.id, "disable").await.status, 204);
    assert_eq!(states().await, ["pending", "revoked", "revoked"]);
    for (email, token) in &theirs[..2] {
        accept(&client, email, token).await.assert_problem(403, "forbidden");
    }
    assert_eq!(accept(&client, &theirs[2].0, &theirs[2].1).await.status, 201);
}

#[apply(on_both_databases)]
async fn who_was_made_sets_a_password(env: Env) {
    let node = env.node(&[("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "required")]).await;
    let client = node.client();
    // The first administrator comes from the command line, as its link says.
    let (root, email) = (unique_email(), unique_email());
    let link = node.run(&["admin", "create", "--email", &root]);
    let token = link.trim().split_once("token=").expect("a token").1.to_owned();
    assert_eq!(reset(&client, &token).await.status, 200);
    reset(&client, &token).await.assert_problem(401, "token_invalid");
    let admin = login(&client, root).await;
    let made = admin.post(&client, "/api/v1/admin/users", json!({"email": email})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let mail = node.mailbox().wait_for(&email, "invitation").await;
    assert_eq!(reset(&client, &mail.token()).await.status, 200);
    let user = login(&client, email).await;
    assert_eq!(client.me(&user.access).await.body["email_verified"], true);
}

#[apply(on_both_databases)]
async fn the_link_of_who_was_disabled_does_nothing(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, mailbox) = (person(&env, &client, "user admin").await, node.mailbox());
    let target = person(&env, &client, "user").await;
    client.post("/api/v1/auth/password/forgot", json!({"email": target.email})).await;
    let token = mailbox.wait_for(&target.email, "reset_password").await.token();
    assert_eq!(admin.act(&client, &target.id, "disable").await.status, 204);
    reset(&client, &token).await.assert_problem(401, "token_invalid");
    client.step_up(&target.access, &target.refresh, PASSWORD).await.assert_problem(401, "session_revoked");
    // Nor does it afterwards.
    assert_eq!(admin.act(&client, &target.id, "enable").await.status, 204);
    reset(&client, &token).await.assert_problem(401, "token_invalid");
    assert_eq!(client.login(&target.email, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn who_was_locked_out_comes_back(env: Env) {
    let node = env.node(&[("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")]).await;
    let client = node.client();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    for _ in 0..3 {
        client.login(&target.email, "wrong password").await.assert_problem(401, "invalid_credentials");
    }
    client.login(&target.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    let locked = eventually("the lock is noted", async || {
        let locked = items(&admin.get(&client, "/api/v1/admin/users?status=locked").await);
        (!locked.is_empty()).then_some(locked)
    })
    .await;
    assert_eq!((locked.len(), &locked[0]["id"]), (1, &json!(target.id)));
    assert_eq!(admin.act(&client, &target.id, "unlock").await.status, 204);
    assert_eq!(client.login(&target.email, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn who_must_change_the_password_does(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    assert_eq!(admin.act(&client, &target.id, "require-password-change").await.status, 204);
    let limited = login(&client, target.email.clone()).await;
    client.sessions(&limited.access).await.assert_problem(403, "password_change_required");
    let body =
        json!({"current_password": PASSWORD, "new_password": CHANGED, "refresh_token": limited.refresh});
    let fresh = limited.post(&client, "/api/v1/auth/password/change", body).await;
    assert_eq!(client.sessions(&fresh.access()).await.status, 200);
}

#[apply(on_both_databases)]
async fn no_login_under_way_outlives_the_account(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    for _ in 0..4 {
        let target = person(&env, &client, "user").await;
        let logins = futures_util::future::join_all((0..6).map(|_| client.login(&target.email, PASSWORD)));
        let refresh = client.refresh(&target.refresh, None);
        let (logins, refreshed, disabled) =
            tokio::join!(logins, refresh, admin.act(&client, &target.id, "disable"));
        assert_eq!(disabled.status, 204, "{disabled:?}");
        for reply in logins.iter().chain([&refreshed]) {
            match reply.status {
                // Users who got in before were logged out.
                200 => {
                    client.verify(&reply.access()).await.assert_problem(401, "session_revoked");
                    client.refresh(&reply.refresh_token(), None).await.assert_problem(401, "session_revoked");
                }
                _ => assert!([401, 403].contains(&reply.status), "{reply:?}"),
            }
        }
    }
}
