//! How long a session goes on at one node after another node has acknowledged its logout.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

use crate::Result;
use crate::backend::{Backend, Database};
use crate::clients::{Account, PATIENCE};
use crate::http::{Connection, Endpoint, bare};
use crate::options::Options;
use crate::report::{Report, Row};
use crate::rounds::Measurement;
use crate::server::Server;

const SECTION: &str = "propagation";
/// Logouts in a second.
const RATES: [u32; 3] = [1, 20, 200];
const PER_ACCOUNT: usize = 100;
const SETTINGS: [(&str, &str); 4] = [
    ("KINDRED_PASSWORD__MEMORY_KIB", "8"),
    ("KINDRED_PASSWORD__ITERATIONS", "1"),
    ("KINDRED_PASSWORD__PARALLELISM", "1"),
    ("KINDRED_SESSIONS__MAX_PER_USER", "1000"),
];
/// 200 000 sessions of others that were revoked a moment ago.
const FILL: &str = "INSERT INTO revocations (family_id, revoked_at, reason) \
                    SELECT gen_random_uuid(), (extract(epoch FROM now()) * 1000000)::bigint, 'logout' \
                    FROM generate_series(1, 200000)";

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    // SQLite is for one process.
    let Database::Postgres(cluster) = &backend.database else { return Ok(()) };
    for (log, fill) in [("", None), (", 200 000 entries in the log", Some(FILL))] {
        if let Some(statement) = fill {
            cluster.execute(SECTION, statement).await?;
        }
        // Nodes read the whole log when they start.
        let nodes = backend.nodes(SECTION, 2, &SETTINGS).await?;
        for rate in RATES {
            let name = format!("{}-{rate}", log.len());
            let measured = measure(&nodes, &name, rate, options.duration).await?;
            let mut row = Row::new(backend.name, format!("a logout's way to another node, {rate}/s{log}"));
            row.measured = format!("{:.0}/s", measured.rate());
            row.p50 = format!("{:.2}", measured.percentile(50));
            row.p99 = format!("{:.2}", measured.percentile(99));
            report.add(row);
        }
    }
    Ok(())
}

/// Logs sessions out at the first node at this rate, and asks the second one until it knows.
async fn measure(nodes: &[Server], name: &str, rate: u32, duration: Duration) -> Result<Measurement> {
    let [leaving, watching] = nodes else { return Err("this needs two nodes".into()) };
    let count = rate as usize * duration.as_secs() as usize;
    let tokens = access_tokens(&leaving.endpoint, name, count).await?;
    let start = Instant::now();
    let mut moments = interval(Duration::from_secs(1) / rate);
    let mut flying = JoinSet::new();
    for token in tokens {
        moments.tick().await;
        flying.spawn_local(log_out(leaving.endpoint.clone(), watching.endpoint.clone(), token));
    }
    let mut latencies = Vec::with_capacity(count);
    while let Some(landed) = timeout(PATIENCE, flying.join_next()).await? {
        latencies.push(landed??);
    }
    Ok(Measurement::new(start.elapsed(), latencies))
}

async fn access_tokens(endpoint: &Endpoint, name: &str, count: usize) -> Result<Vec<String>> {
    let mut connection = Connection::open(endpoint).await?;
    let mut tokens = Vec::with_capacity(count);
    while tokens.len() < count {
        let account = Account::register(&mut connection, &format!("leaving-{name}-{}", tokens.len())).await?;
        for _ in 0..PER_ACCOUNT.min(count - tokens.len()) {
            tokens.push(String::from_utf8(account.log_in(&mut connection).await?.access)?);
        }
    }
    Ok(tokens)
}

/// The time in microseconds from the answer to the logout until the other node refuses the access token.
async fn log_out(leaving: Endpoint, watching: Endpoint, token: String) -> Result<u32> {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let verify = bare("HEAD", "/api/v1/auth/verify-token", &bearer);
    let logout = bare("POST", "/api/v1/auth/logout", &format!("{bearer}Content-Length: 0\r\n"));
    let mut other = Connection::open(&watching).await?;
    other.exchange(&verify).await?.expect(204)?;
    let mut connection = Connection::open(&leaving).await?;
    connection.exchange(&logout).await?.expect(204)?;
    let acknowledged = Instant::now();
    while other.exchange(&verify).await?.status != 401 {
        sleep(Duration::from_millis(1)).await;
    }
    Ok(acknowledged.elapsed().as_micros() as u32)
}
