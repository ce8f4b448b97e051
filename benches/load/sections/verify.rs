//! The check of access tokens beside a handler that does nothing.

use crate::Result;
use crate::backend::Backend;
use crate::check::Better;
use crate::clients::{Account, Fixed};
use crate::http::{Connection, bare};
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const CLIENTS: usize = 64;
const TOKENS: usize = 8;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("verify", &[]).await?;
    let mut connection = Connection::open(&server.endpoint).await?;
    let account = Account::register(&mut connection, "verify").await?;
    let mut requests = Vec::new();
    for _ in 0..TOKENS {
        let token = String::from_utf8(account.log_in(&mut connection).await?.access)?;
        let bearer = format!("Authorization: Bearer {token}\r\n");
        requests.push(bare("HEAD", "/api/v1/auth/verify-token", &bearer));
    }
    let (mut verifying, mut trivial) = (Vec::new(), Vec::new());
    for request in requests.iter().cycle().take(CLIENTS) {
        verifying.push(Fixed::open(&server.endpoint, request.clone(), 204).await?);
        trivial.push(Fixed::open(&server.endpoint, bare("GET", "/health/live", ""), 200).await?);
    }

    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (ours, beside);
        (verifying, ours) = closed_loop(verifying, length).await?;
        (trivial, beside) = closed_loop(trivial, length).await?;
        if round > 0 {
            rounds.push(ours, beside.rate());
        }
    }
    let row = Row::new(backend.name, "HEAD verify-token").rates(CLIENTS, &rounds, "GET /health/live");
    let ratio = rounds.ratio(Measurement::rate);
    let row = row.figure("verify-token", ratio, Better::Higher);
    report.add(row.judged(ratio, Target::AtLeast(0.5)));
    Ok(())
}
