//! Two nodes on one PostgreSQL: what one begins the other finishes.

use futures_util::future::join_all;

use super::scene::{Holder, SERVICE, add, begin_login, registration, sessions, usual, verify};
use crate::support::authenticator::Passkey;
use crate::support::backend::{Backend, Env};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ceremony_may_end_at_another_node() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(SERVICE).await, env.node(SERVICE).await);
    let (a, b) = (a.client(), b.client());
    let holder = Holder::new(&a).await;
    let (ceremony, options) = registration(&a, holder.family.access()).await;
    let (passkey, credential) = Passkey::create(&options, &usual());
    assert_eq!(add(&b, holder.family.access(), &ceremony, &credential).await.status, 201);
    for passkey in [&holder.passkey, &passkey] {
        let (ceremony, options) = begin_login(&b).await;
        let login = verify(&a, &ceremony, &passkey.get(&options, &usual())).await;
        assert_eq!(login.status, 200, "{login:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_assertion_at_two_nodes_is_one_session() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(SERVICE).await, env.node(SERVICE).await);
    let clients = [a.client(), b.client()];
    let holder = Holder::new(&clients[0]).await;
    let before = sessions(&env);
    let (ceremony, options) = begin_login(&clients[0]).await;
    let credential = holder.passkey.get(&options, &usual());
    let answers =
        join_all((0..20).map(async |n| verify(&clients[n % 2], &ceremony, &credential).await)).await;
    assert_eq!(answers.iter().filter(|reply| reply.status == 200).count(), 1, "{answers:?}");
    assert_eq!(sessions(&env), before + 1);
}
