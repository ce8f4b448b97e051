//! Signatures by algorithm: refreshes, each of which makes one, and checks of tokens that are not remembered. And the latency
//! of refreshes while the signing key is rotated.

use std::time::Duration;

use tokio::time::sleep;

use super::steady::{PER_SECOND, SESSIONS, open_loop};
use crate::Result;
use crate::backend::Backend;
use crate::clients::{self, Account, Fixed, Session};
use crate::http::{Connection, bare};
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const CLIENTS: usize = 64;
const ALGORITHMS: [&str; 3] = ["ES256", "Ed25519", "RS256"];

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    for algorithm in ALGORITHMS {
        rates(backend, options, report, algorithm).await?;
    }
    through_a_rotation(backend, options, report).await
}

async fn rates(backend: &Backend, options: &Options, report: &mut Report, algorithm: &str) -> Result<()> {
    let settings =
        [("KINDRED_TOKENS__SIGNING_ALGORITHM", algorithm), ("KINDRED_TOKENS__VERIFIED_CACHE", "0")];
    let server = backend.server(&format!("keys_{}", algorithm.to_ascii_lowercase()), &settings).await?;
    let mut connection = Connection::open(&server.endpoint).await?;
    let account = Account::register(&mut connection, "keys").await?;
    let token = String::from_utf8(account.log_in(&mut connection).await?.access)?;
    let request = bare("HEAD", "/api/v1/auth/verify-token", &format!("Authorization: Bearer {token}\r\n"));
    let mut signing = clients::sessions(&server.endpoint, CLIENTS).await?;
    let (mut verifying, mut trivial) = (Vec::new(), Vec::new());
    for _ in 0..CLIENTS {
        verifying.push(Fixed::open(&server.endpoint, request.clone(), 204).await?);
        trivial.push(Fixed::open(&server.endpoint, bare("GET", "/health/live", ""), 200).await?);
    }

    let (mut signed, mut verified) = (Rounds::default(), Rounds::default());
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (signatures, checks, beside);
        (signing, signatures) = closed_loop(signing, length).await?;
        (verifying, checks) = closed_loop(verifying, length).await?;
        (trivial, beside) = closed_loop(trivial, length).await?;
        if round > 0 {
            signed.push(signatures, beside.rate());
            verified.push(checks, beside.rate());
        }
    }
    for (what, rounds) in [("refresh, signed with", &signed), ("verify-token, not remembered,", &verified)] {
        let row = Row::new(backend.name, format!("{what} {algorithm}"));
        report.add(row.rates(CLIENTS, rounds, "GET /health/live"));
    }
    Ok(())
}

/// In the middle of each measurement a command starts. One of them rotates the key, and the other one only lists the keys: so
/// what is compared is the rotation and not the start of a program. The second key of a new database may sign at once, so
/// each round has a database of its own.
async fn through_a_rotation(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let (mut quiet, mut rotated) = (Rounds::default(), Rounds::default());
    for round in 0..ROUNDS {
        let section = format!("keys_rotation_{round}");
        let server = backend.server(&section, &[]).await?;
        let mut sessions = clients::sessions(&server.endpoint, SESSIONS).await?;
        (sessions, _) = open_loop(sessions, options.warm_up()).await?;
        let (alone, disturbed);
        (sessions, alone) = beside(backend, &section, "list", sessions, options.duration).await?;
        (_, disturbed) = beside(backend, &section, "rotate", sessions, options.duration).await?;
        rotated.push(disturbed, alone.percentile(99));
        quiet.push(alone, 1.0);
    }
    let p99 = |round: &Measurement| round.percentile(99);
    let mut row = Row::new(backend.name, format!("refresh at a steady {PER_SECOND}/s through a rotation"));
    row.measured = format!("{:.0}/s", rotated.median(Measurement::rate));
    row.beside = format!("p99 quiet: {:.2} ms", quiet.median(p99));
    row.ratio = format!("{:.2}×", rotated.ratio(p99));
    report.add(row.latencies(&rotated).judged(rotated.ratio(p99), Target::AtMost(1.2)));
    Ok(())
}

/// Refreshes while `kindred keys ACTION` runs.
async fn beside(
    backend: &Backend,
    section: &str,
    action: &str,
    sessions: Vec<Session>,
    length: Duration,
) -> Result<(Vec<Session>, Measurement)> {
    let command = async {
        sleep(length / 2).await;
        backend.command(section, &["keys", action]).await
    };
    let (refreshed, commanded) = tokio::join!(open_loop(sessions, length), command);
    commanded?;
    refreshed
}
