//! Two nodes on one PostgreSQL: what one begins the other finishes.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::scene::{Holder, SERVICE, add, begin_login, registration, sessions, usual, verify};
use crate::support::authenticator::Passkey;
use crate::support::backend::{Backend, Env};
use crate::support::client::send;
use crate::support::family::generation;
use crate::support::security_events::{count_events, details_in};

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

/// I-7. Each attempt has a key of its own, as many clients would that share what was stolen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_assertion_at_two_nodes_is_one_step_up() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(SERVICE).await, env.node(SERVICE).await);
    let clients = [a.client(), b.client()];
    let Holder { mut family, passkey, .. } = Holder::new(&clients[0]).await;
    let asked = json!({"method": "webauthn"});
    let asked = clients[0].post_as(family.access(), "/api/v1/auth/step-up/challenge", asked).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let credential = passkey.get(&asked.body, &usual());
    let step_up = async |number: usize, refresh: &str| {
        let request = clients[number % 2].request(Method::POST, "/api/v1/auth/step-up");
        let request = request.header("Idempotency-Key", format!("the-key-of-attempt-{number}"));
        let body = json!({"method": "webauthn", "credential": credential, "refresh_token": refresh});
        send(request.bearer_auth(family.access()).json(&body)).await
    };
    let before = generation(&env, &family.id);
    let (raised, recorded) = ("step_up.succeeded", details_in(&env, "step_up.succeeded", &family.id).len());
    let answers = join_all((0..12).map(async |number| step_up(number, family.live()).await)).await;
    assert_eq!(answers.iter().filter(|reply| reply.status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|reply| [200, 401, 409].contains(&reply.status)), "{answers:?}");
    assert_eq!(generation(&env, &family.id), before + 1);
    assert_eq!(details_in(&env, raised, &family.id).len(), recorded + 1);

    // Nor is it good for anything with the token that it has led to.
    let next = answers.iter().find(|reply| reply.status == 200).expect("one").refresh_token();
    let again = join_all((12..16).map(async |number| step_up(number, &next).await)).await;
    assert!(again.iter().all(|reply| reply.status == 401), "{again:?}");
    assert_eq!((generation(&env, &family.id), count_events(&env, "refresh_token.replayed")), (before + 1, 0));
    family.refresh.push(next);
    family.rotate(&clients[1]).await;
}
