//! An address with an account and one without look the same, however often they are guessed at.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use macro_rules_attribute::apply;

use super::visitor::{LIMITED, Visitor};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Reply;
use crate::support::process::Node;

/// What a stranger sees of an answer, without what differs from request to request.
fn look(reply: &Reply) -> String {
    let mut body = reply.body.clone();
    body.as_object_mut().expect("a problem").remove("correlation_id");
    let mut headers: BTreeMap<&str, &str> =
        reply.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().expect("text"))).collect();
    for changing in ["date", "x-correlation-id", "ratelimit", "retry-after"] {
        headers.remove(changing);
    }
    body.as_object_mut().expect("a problem").remove("retry_after");
    format!("{} {body} {headers:?}", reply.status)
}

/// The answers to 60 guesses at once, and how many there were of each.
async fn looks(visitor: &Visitor, email: &str) -> BTreeMap<String, usize> {
    let replies =
        join_all((0..60).map(async |number| visitor.login(email, &format!("wrong horse {number}")).await))
            .await;
    let mut looks = BTreeMap::new();
    for reply in &replies {
        *looks.entry(look(reply)).or_default() += 1;
    }
    looks
}

#[apply(on_both_databases)]
async fn sixty_guesses_and_a_restart_tell_nothing(env: Env) {
    let mut node = env.node(&[LIMITED, &[("KINDRED_PASSWORD__QUEUE", "1000")]].concat()).await;
    let user = node.client().signed_in().await;
    let addresses = [(user.email.as_str(), "192.0.2.1"), ("nobody@example.com", "192.0.2.2")];
    let of_both = async |node: &Node| {
        let client = node.client();
        let [known, unknown] = addresses.map(|(email, address)| (email, Visitor::new(&client, address)));
        (looks(&known.1, known.0).await, looks(&unknown.1, unknown.0).await)
    };
    let (known, unknown) = of_both(&node).await;
    assert_eq!(known, unknown);
    let refused: usize =
        known.iter().filter(|(look, _)| look.starts_with("429")).map(|(_, count)| count).sum();
    assert_eq!((known.values().sum::<usize>(), refused), (60, 50), "{known:?}");
    node.terminate();
    let node = tokio::task::block_in_place(|| Node::start(node.setup().clone()));
    let (known, unknown) = of_both(&node).await;
    assert_eq!(known, unknown);
    assert!(known.keys().all(|look| look.starts_with("429")), "{known:?}");
}
