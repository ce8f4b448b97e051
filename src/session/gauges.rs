//! Gauges of what all nodes share: how many sessions and accounts there are. One node computes them, and the others leave
//! these series out; a node that dies is followed by another within seconds.
//!
//! However large the tables are, the computation takes a hundredth of the time at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::Sessions;
use super::background_job::{run, ticks};
use crate::model::account::Status;
use crate::store::StoreError;

/// The name of the job in metrics.
const JOB: &str = "shared_gauges";
/// The name of the lease.
const LEASE: &str = "gauges";
/// How often a node looks whether the gauges are its own to compute.
const TURN: Duration = Duration::from_secs(5);
/// How long they stay with a node that no longer answers.
const HELD: Duration = Duration::from_secs(20);
/// The least time between two computations.
const PAUSE: Duration = Duration::from_secs(15);
/// The longest; between them a hundred times what the last one took.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
const SHARE: u32 = 100;

/// Computes the gauges whenever this node's turn has come, until the task is aborted.
///
/// # Parameters
/// - `holder`: the name of this node, the same after a restart
pub(super) fn keep_computed(sessions: &Arc<Sessions>, holder: String) -> JoinHandle<()> {
    sessions.metrics.expect_job(JOB, TURN);
    let sessions = Arc::clone(sessions);
    let mut next = Instant::now();
    tokio::spawn(async move {
        let mut ticks = ticks(TURN);
        loop {
            ticks.tick().await;
            run(JOB, &sessions, turn(&sessions, &holder, &mut next)).await;
        }
    })
}

async fn turn(sessions: &Sessions, holder: &str, next: &mut Instant) -> Result<u64, StoreError> {
    if !is_ours(sessions, holder).await? {
        leave_out(sessions);
        *next = Instant::now();
        return Ok(0);
    }
    let begun = Instant::now();
    if begun < *next {
        return Ok(0);
    }
    // One that fails does not keep the others from being told.
    let outcomes = [
        tell_sessions(sessions).await,
        tell_accounts(sessions).await,
        tell_factors(sessions).await,
        tell_second_factors(sessions).await,
    ];
    *next = Instant::now() + (begun.elapsed() * SHARE).clamp(PAUSE, LONGEST_PAUSE);
    outcomes.into_iter().collect::<Result<Vec<()>, StoreError>>()?;
    Ok(0)
}

/// SQLite has one process.
async fn is_ours(sessions: &Sessions, holder: &str) -> Result<bool, StoreError> {
    if sessions.store.is_sqlite() {
        return Ok(true);
    }
    let now = sessions.clock.now();
    sessions.store.take_lease(LEASE, holder, now, now.plus(HELD)).await
}

fn leave_out(sessions: &Sessions) {
    let metrics = &sessions.metrics;
    for gauge in
        [&metrics.sessions_active, &metrics.users, &metrics.enrolled_users, &metrics.users_with_second_factor]
    {
        gauge.reset();
    }
}

async fn tell_sessions(sessions: &Sessions) -> Result<(), StoreError> {
    let live = sessions.store.count_live_families(sessions.clock.now()).await?;
    let gauge = sessions.metrics.sessions_active.with_label_values::<&str>(&[]);
    gauge.set(i64::try_from(live).unwrap_or(i64::MAX));
    Ok(())
}

async fn tell_accounts(sessions: &Sessions) -> Result<(), StoreError> {
    let accounts = sessions.store.count_accounts().await?;
    let gauges = &sessions.metrics.users;
    // A status that users no longer have.
    gauges.reset();
    for status in Status::ALL {
        gauges.with_label_values(&[status.as_str()]);
    }
    for (status, users) in accounts {
        gauges.with_label_values(&[status.as_str()]).set(users);
    }
    Ok(())
}

async fn tell_factors(sessions: &Sessions) -> Result<(), StoreError> {
    for (factor, users) in sessions.store.count_enrolled_users().await? {
        sessions.metrics.enrolled_users.with_label_values(&[factor.as_str()]).set(users);
    }
    Ok(())
}

async fn tell_second_factors(sessions: &Sessions) -> Result<(), StoreError> {
    let users = sessions.store.count_users_with_second_factor().await?;
    let gauge = sessions.metrics.users_with_second_factor.with_label_values::<&str>(&[]);
    gauge.set(i64::try_from(users).unwrap_or(i64::MAX));
    Ok(())
}
