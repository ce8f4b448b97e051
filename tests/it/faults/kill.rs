//! F-01: kill −9 while everyone refreshes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use macro_rules_attribute::apply;

use super::ledger::{Ledger, Outcome, assert_changes_have_events, check_all, each, race_passes};
use super::seed::Rng;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::eventually::eventually;

const SESSIONS: usize = 100;
const ROUNDS: usize = 20;
/// From the round's first answer to its kill, at most.
const LONGEST_ROUND: Duration = Duration::from_millis(200);

/// Refreshes until the server is gone. One request in forty is a logout.
async fn refresh_until_lost(
    mut ledger: Ledger,
    client: Client,
    mut rng: Rng,
    begun: Arc<AtomicBool>,
) -> Ledger {
    while ledger.is_live() {
        let outcome =
            if rng.below(40) == 0 { ledger.log_out(&client).await } else { ledger.refresh(&client).await };
        if outcome == Outcome::Unknown {
            break;
        }
        begun.store(true, Ordering::Relaxed);
    }
    ledger
}

#[apply(on_both_databases)]
async fn a_kill_in_a_storm_of_refreshes_breaks_no_promise(env: Env) {
    let mut rng = Rng::new("kill in a storm");
    let mut node = env.node(&[("KINDRED_SESSIONS__MAX_PER_USER", "10000")]).await;
    let email = unique_email();
    node.client().register(&email, PASSWORD).await;
    let (mut live, mut over) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let client = node.client();
        while live.len() < SESSIONS {
            let keyed = live.len() % 2 == 0;
            live.push(Ledger::log_in(&client, &email, keyed).await);
        }
        let begun = Arc::new(AtomicBool::new(false));
        let storm =
            each(live, |ledger| refresh_until_lost(ledger, client.clone(), rng.fork(), Arc::clone(&begun)));
        eventually("the first answer", async || begun.load(Ordering::Relaxed).then_some(())).await;
        rng.while_traffic_runs(LONGEST_ROUND).await;
        tokio::task::block_in_place(|| node.restart());
        let ledgers = storm.join_all().await;
        let (going, ended): (Vec<_>, Vec<_>) = ledgers.into_iter().partition(Ledger::is_live);
        live = going;
        over.extend(ended);
    }
    live.append(&mut over);
    let rotations: usize = live.iter().map(Ledger::rotations).sum();
    let unknown: usize = live.iter().map(|ledger| ledger.unknown_outcomes).sum();
    eprintln!("{} sessions, {rotations} rotations, {unknown} unknown outcomes", live.len());
    assert!(rotations > ROUNDS && unknown > ROUNDS, "there was a storm");
    check_all(live, &node.client(), &mut rng, || race_passes(&env)).await;
    assert_changes_have_events(&env);
}
