//! OB-05: however many ask at once, on however many nodes, no more leave than may.

use std::sync::Arc;

use futures_util::future::join_all;
use macro_rules_attribute::apply;

use super::flows::{Flows, principal};
use super::scene::NUMBER;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::in_process::StoppedClock;
use crate::support::sql::count;

#[apply(on_both_databases)]
async fn a_limit_holds_in_parallel(env: Env) {
    let clock = StoppedClock::new();
    let mut nodes = vec![Arc::new(Flows::at(&env, clock.clone(), &[]).await)];
    if env.backend() == Backend::Postgres {
        nodes.push(Arc::new(Flows::at(&env, clock, &[]).await));
    }
    let mut owners = Vec::new();
    for n in 0..30 {
        owners.push(principal(&nodes[0].account(&env).await, &format!("198.51.100.{n}")));
    }
    let asked = owners.into_iter().enumerate().map(|(n, principal)| {
        let node = Arc::clone(&nodes[n % nodes.len()]);
        tokio::spawn(async move { node.authn().sms.enroll(&principal, NUMBER).await.is_ok() })
    });
    let sent = join_all(asked).await.into_iter().filter(|sent| *sent.as_ref().expect("an answer")).count();
    assert_eq!(sent, 5);
    assert_eq!(nodes[0].letters(&env).len(), 5);
    assert_eq!((count(&env, "sms_sends"), count(&env, "sms_codes")), (5, 5));
    for node in nodes {
        Arc::into_inner(node).expect("the last one").stop().await;
    }
}
