//! Handshakes and refreshes over TLS beside those over plain connections.

use crate::Result;
use crate::backend::Backend;
use crate::clients::{self, Client};
use crate::http::{Connection, Endpoint, bare};
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};
use crate::server::Server;

const CLIENTS: usize = 64;
/// They connect again for each request.
const NEWCOMERS: usize = 16;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let secure = backend.server("tls", &[("KINDRED_TLS__SELF_SIGNED", "true")]).await?;
    let plain = backend.server("tls-plain", &[]).await?;
    handshakes(backend, options, report, [&secure, &plain]).await?;
    refreshes(backend, options, report, [&secure, &plain]).await
}

async fn handshakes(
    backend: &Backend,
    options: &Options,
    report: &mut Report,
    servers: [&Server; 2],
) -> Result<()> {
    let [mut secure, mut plain] = servers.map(newcomers);
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (ours, beside);
        (secure, ours) = closed_loop(secure, length).await?;
        (plain, beside) = closed_loop(plain, length).await?;
        if round > 0 {
            rounds.push(ours, beside.rate());
        }
    }
    let row = Row::new(backend.name, "TLS handshake and one request");
    report.add(row.rates(NEWCOMERS, &rounds, "plain connection and one request"));
    Ok(())
}

async fn refreshes(
    backend: &Backend,
    options: &Options,
    report: &mut Report,
    [secure, plain]: [&Server; 2],
) -> Result<()> {
    let mut over_tls = clients::sessions(&secure.endpoint, CLIENTS).await?;
    let mut without = clients::sessions(&plain.endpoint, CLIENTS).await?;
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (ours, beside);
        (over_tls, ours) = closed_loop(over_tls, length).await?;
        (without, beside) = closed_loop(without, length).await?;
        if round > 0 {
            rounds.push(ours, beside.rate());
        }
    }
    let row = Row::new(backend.name, "refresh over TLS").rates(CLIENTS, &rounds, "refresh, plain");
    report.add(row.judged(rounds.ratio(Measurement::rate), Target::AtLeast(0.8)));
    Ok(())
}

/// A client that has never been there, again and again.
struct Newcomer {
    endpoint: Endpoint,
    request: Vec<u8>,
}

fn newcomers(server: &Server) -> Vec<Newcomer> {
    let request = bare("GET", "/health/live", "Connection: close\r\n");
    let newcomer = || Newcomer { endpoint: server.endpoint.clone(), request: request.clone() };
    std::iter::repeat_with(newcomer).take(NEWCOMERS).collect()
}

impl Client for Newcomer {
    async fn connect(&mut self) -> Result<()> {
        Ok(())
    }

    async fn call(&mut self) -> Result<()> {
        Connection::open(&self.endpoint).await?.exchange(&self.request).await?.expect(200)
    }
}
