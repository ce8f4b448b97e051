//! The latency of refreshes at a steady rate, quiet and while passwords are being hashed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::backend::Backend;
use crate::clients::{self, Client, Session};
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

pub(super) const PER_SECOND: u32 = 100;
pub(super) const SESSIONS: usize = 64;
const LOGINS: usize = 8;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("steady", &[]).await?;
    let mut sessions = clients::sessions(&server.endpoint, SESSIONS).await?;
    let mut logins = clients::logins(&server.endpoint, LOGINS).await?;
    let (mut quiet, mut busy, mut hashing) = (Rounds::default(), Rounds::default(), Rounds::default());
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (alone, disturbed);
        (sessions, alone) = open_loop(sessions, length).await?;

        // The log-ins begin before the refreshes and end after them.
        let margin = Duration::from_secs(1);
        let hammering = spawn_local(closed_loop(logins, length + 2 * margin));
        sleep(margin).await;
        (sessions, disturbed) = open_loop(sessions, length).await?;
        let hammered;
        (logins, hammered) = hammering.await??;
        if round > 0 {
            busy.push(disturbed, alone.percentile(99));
            quiet.push(alone, 1.0);
            hashing.push(hammered, 1.0);
        }
    }

    let mut row = Row::new(backend.name, format!("refresh at a steady {PER_SECOND}/s, quiet"));
    row.measured = format!("{:.0}/s", quiet.median(Measurement::rate));
    report.add(row.latencies(&quiet));

    let logins = hashing.median(Measurement::rate);
    let what = format!("refresh at a steady {PER_SECOND}/s while {LOGINS} clients log in ({logins:.0}/s)");
    let p99 = |round: &Measurement| round.percentile(99);
    let mut row = Row::new(backend.name, what);
    row.measured = format!("{:.0}/s", busy.median(Measurement::rate));
    row.beside = format!("p99 quiet: {:.2} ms", busy.beside());
    row.ratio = format!("{:.2}×", busy.ratio(p99));
    report.add(row.latencies(&busy).judged(busy.ratio(p99), Target::AtMost(2.0)));
    Ok(())
}

/// Refreshes on a fixed schedule whatever the answers do. A latency counts from the moment the
/// schedule named, so a stalled server is charged for the requests that queued behind the stall.
pub(super) async fn open_loop(
    sessions: Vec<Session>,
    duration: Duration,
) -> Result<(Vec<Session>, Measurement)> {
    let mut idle = VecDeque::with_capacity(sessions.len());
    for mut session in sessions {
        session.connect().await?;
        idle.push_back(session);
    }
    let start = Instant::now();
    let mut due = schedule(start, duration);
    let mut flying = JoinSet::new();
    let mut latencies = Vec::new();
    let drive = async {
        loop {
            tokio::select! {
                moment = due.recv(), if !idle.is_empty() => match (moment, idle.pop_front()) {
                    (Some(moment), Some(session)) => { flying.spawn_local(refresh_due(session, moment)); }
                    (_, unused) => { idle.extend(unused); break }
                },
                Some(landed) = flying.join_next() => {
                    let (session, latency) = landed??;
                    idle.push_back(session);
                    latencies.push(latency);
                }
            }
        }
        while let Some(landed) = flying.join_next().await {
            let (session, latency) = landed??;
            idle.push_back(session);
            latencies.push(latency);
        }
        Result::<()>::Ok(())
    };
    timeout(duration + Duration::from_secs(60), drive).await??;
    Ok((idle.into(), Measurement::new(start.elapsed(), latencies)))
}

async fn refresh_due(mut session: Session, moment: Instant) -> Result<(Session, u32)> {
    session.call().await?;
    Ok((session, moment.elapsed().as_micros() as u32))
}

/// Names each moment when it comes. A thread of its own, since the runtime's timers tick in
/// whole milliseconds, too coarse beside the latencies measured here.
fn schedule(start: Instant, duration: Duration) -> mpsc::UnboundedReceiver<Instant> {
    let (moments, due) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for number in 0..(duration.as_secs() as u32 * PER_SECOND) {
            let moment = start + number * Duration::from_secs(1) / PER_SECOND;
            std::thread::sleep(moment.saturating_duration_since(Instant::now()));
            if moments.send(moment).is_err() {
                return; // the run was interrupted
            }
        }
    });
    due
}
