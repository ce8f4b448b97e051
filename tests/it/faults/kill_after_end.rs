//! An ending that was acknowledged is on disk: kill −9 right behind the answer undoes none.

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, SignedIn};
use crate::support::process::Node;

const ROUNDS: usize = 4;

fn kill_and_restart(node: &mut Node) -> Client {
    tokio::task::block_in_place(|| node.restart());
    node.client()
}

async fn assert_ended(client: &Client, user: &SignedIn, refresh: &str) {
    client.refresh(refresh, None).await.assert_problem(401, "session_revoked");
    client.verify(&user.access).await.assert_problem(401, "session_revoked");
}

#[apply(on_both_databases)]
async fn a_logout_survives_a_kill(env: Env) {
    let mut node = env.node(&[]).await;
    let mut client = node.client();
    for _ in 0..ROUNDS {
        let user = client.signed_in().await;
        assert_eq!(client.logout(&user.access).await.status, 204);
        client = kill_and_restart(&mut node);
        assert_ended(&client, &user, &user.refresh).await;
    }
}

#[apply(on_both_databases)]
async fn a_logout_everywhere_survives_a_kill(env: Env) {
    let mut node = env.node(&[]).await;
    let mut client = node.client();
    for _ in 0..ROUNDS {
        let user = client.signed_in().await;
        let other = client.login(&user.email, PASSWORD).await;
        let reply = client.logout_all(&user.access).await;
        assert_eq!((reply.status, &reply.body["revoked"]), (200, &2.into()), "{reply:?}");
        client = kill_and_restart(&mut node);
        assert_ended(&client, &user, &user.refresh).await;
        assert_ended(&client, &user, &other.refresh_token()).await;
    }
}

#[apply(on_both_databases)]
async fn the_end_by_a_replay_survives_a_kill(env: Env) {
    let mut node = env.node(&[]).await;
    let mut client = node.client();
    for _ in 0..ROUNDS {
        let user = client.signed_in().await;
        let mut successor = user.refresh.clone();
        for _ in 0..3 {
            successor = client.refresh(&successor, None).await.refresh_token();
        }
        client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_reused");
        client = kill_and_restart(&mut node);
        assert_ended(&client, &user, &successor).await;
    }
}
