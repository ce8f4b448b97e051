//! Resident memory: idle, with many live session families, and after their passivation.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::backend::Backend;
use crate::check::Better;
use crate::clients::{Account, Client, Session};
use crate::http::{Connection, Endpoint};
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::server::Server;

const WORKERS: usize = 64;
/// Many enough to spare registrations, few enough that no log-in wades through its user's others.
const PER_ACCOUNT: usize = 100;
/// What requests used goes back to the system within this time; what families hold does not.
const CALM: Duration = Duration::from_secs(12);
const MIB: f64 = 1024.0 * 1024.0;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("idle", &[]).await?;
    sleep(Duration::from_secs(3)).await;
    report_idle(backend, &server, report)?;
    drop(server);

    // All must be live at one moment, so the first may not be passivated before the last has come.
    let period = Duration::from_secs(30 + options.families as u64 / 2000);
    let passivate_after = format!("{}s", period.as_secs());
    let settings = [
        ("KINDRED_PASSWORD__MEMORY_KIB", "8"),
        ("KINDRED_PASSWORD__ITERATIONS", "1"),
        ("KINDRED_PASSWORD__PARALLELISM", "1"),
        ("KINDRED_SESSIONS__MAX_PER_USER", "1000"),
        ("KINDRED_SESSIONS__PASSIVATE_AFTER", &passivate_after),
    ];
    let server = backend.server("memory", &settings).await?;
    let mut tokens = log_in_all(&server, options.families).await?;
    // The restart leaves nothing of the log-ins in the process that is measured.
    drop(server);
    let server = backend.server("memory", &settings).await?;

    // Connections, pools and caches are there before the first sample; so are a few families.
    warm_up(&server, &mut tokens).await?;
    sleep(CALM).await;
    let (before, live_before) = (server.resident()?, server.live_families().await?);
    refresh_all(&server, tokens, period - CALM).await?;
    sleep(CALM).await;
    let (full, live) = (server.resident()?, server.live_families().await?);
    if live < options.families {
        return Err(format!("only {live} of {} families were live at once", options.families).into());
    }
    let bytes = (full - before) / (live - live_before) as f64;
    let mut row = Row::new(backend.name, format!("bytes per live idle family, {live} of them"));
    row.measured = format!("{bytes:.0} B");
    row.beside = format!("before: {:.1} MiB, then {:.1} MiB", before / MIB, full / MIB);
    row = row.figure("bytes per live family", bytes, Better::Lower);
    report.add(row.judged(bytes, Target::AtMost(1024.0)));

    passivated(&server, 2 * period + Duration::from_secs(120)).await?;
    let after = server.resident()?;
    let mut row = Row::new(backend.name, "memory given back once all were passivated");
    row.measured = format!("{:.1} MiB", (full - after) / MIB);
    row.beside = format!("taken by them: {:.1} MiB", (full - before) / MIB);
    row.ratio = format!("{:.2}×", (full - after) / (full - before));
    report.add(row);
    Ok(())
}

/// Resident memory is what an operator sees. Most of it is pages of the program, which grow with it and which the system
/// takes back when it needs them, so what `check` compares is the rest.
fn report_idle(backend: &Backend, server: &Server, report: &mut Report) -> Result<()> {
    let (resident, own) = (server.resident()? / MIB, server.own_memory()? / MIB);
    let mut row = Row::new(backend.name, "resident memory in MiB, idle after its start");
    row.measured = format!("{resident:.1} MiB");
    report.add(row.judged(resident, Target::AtMost(40.0)));
    let mut row = Row::new(backend.name, "of that, memory of its own (not the program's pages)");
    row.measured = format!("{own:.1} MiB");
    report.add(row.figure("idle memory of its own in MiB", own, Better::Lower));
    Ok(())
}

/// Refresh tokens by worker.
type Tokens = Vec<Vec<Vec<u8>>>;

async fn log_in_all(server: &Server, families: usize) -> Result<Tokens> {
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let share = (families + worker) / WORKERS;
        workers.spawn_local(log_in(server.endpoint.clone(), worker, share));
    }
    timeout(Duration::from_secs(3600), workers.join_all()).await?.into_iter().collect()
}

async fn log_in(endpoint: Endpoint, worker: usize, share: usize) -> Result<Vec<Vec<u8>>> {
    let mut connection = Connection::open(&endpoint).await?;
    let mut tokens = Vec::with_capacity(share);
    while tokens.len() < share {
        let name = format!("memory-{worker}-{}", tokens.len());
        let account = Account::register(&mut connection, &name).await?;
        for _ in 0..PER_ACCOUNT.min(share - tokens.len()) {
            tokens.push(account.log_in(&mut connection).await?.refresh);
        }
    }
    Ok(tokens)
}

/// Takes one family of each worker and refreshes it a hundred times.
async fn warm_up(server: &Server, tokens: &mut Tokens) -> Result<()> {
    for token in tokens.iter_mut().filter_map(Vec::pop) {
        let mut session = Session::open(&server.endpoint, token).await?;
        for _ in 0..100 {
            session.call().await?;
        }
    }
    Ok(())
}

/// Makes every family live by its first refresh.
async fn refresh_all(server: &Server, tokens: Tokens, limit: Duration) -> Result<()> {
    let mut workers = JoinSet::new();
    for mut share in tokens {
        let endpoint = server.endpoint.clone();
        workers.spawn_local(async move {
            let Some(first) = share.pop() else { return Ok(()) };
            let mut session = Session::open(&endpoint, first).await?;
            session.call().await?;
            for token in share {
                session.become_family(token);
                session.call().await?;
            }
            Result::<()>::Ok(())
        });
    }
    timeout(limit, workers.join_all()).await?.into_iter().collect()
}

/// Waits until no family is live, and a little longer for the allocator to return its pages.
async fn passivated(server: &Server, limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    while server.live_families().await? > 0 {
        if Instant::now() > deadline {
            return Err("families were still live long after their passivation was due".into());
        }
        sleep(Duration::from_secs(1)).await;
    }
    sleep(CALM).await;
    Ok(())
}
