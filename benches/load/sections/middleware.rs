//! What all middleware together costs, as a share of what a refresh costs.
//!
//! A request that does nothing is sent to the server and to the framework alone. The difference of the times that the
//! machine needs for one of them is what middleware, routing and the larger head of the answer cost; the part of the load
//! itself is in both and cancels.

use crate::Result;
use crate::backend::Backend;
use crate::bare_server::BareServer;
use crate::clients::{self, Fixed};
use crate::http::{Endpoint, bare};
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{ROUNDS, closed_loop, median};

const CLIENTS: usize = 64;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("middleware", &[]).await?;
    let alone = BareServer::start(&backend.directory.join("bare")).await?;
    let mut sessions = clients::sessions(&server.endpoint, CLIENTS).await?;
    let (mut whole, mut bare) = (idlers(&server.endpoint).await?, idlers(&alone.endpoint).await?);
    let (mut costs, mut refreshes, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (with, without, refreshed);
        (whole, with) = closed_loop(whole, length).await?;
        (bare, without) = closed_loop(bare, length).await?;
        (sessions, refreshed) = closed_loop(sessions, length).await?;
        if round > 0 {
            let micros = |rate: f64| 1e6 / rate;
            let (cost, refresh) = (micros(with.rate()) - micros(without.rate()), micros(refreshed.rate()));
            costs.push(cost);
            refreshes.push(refresh);
            shares.push(cost / refresh);
        }
    }
    let share = median(shares);
    let mut row = Row::new(backend.name, "all middleware, for one request");
    row.clients = CLIENTS.to_string();
    row.measured = format!("{:.1} µs", median(costs));
    row.beside = format!("refresh: {:.1} µs", median(refreshes));
    row.ratio = format!("{share:.2}×");
    report.add(row.judged(share, Target::AtMost(0.15)));
    Ok(())
}

async fn idlers(endpoint: &Endpoint) -> Result<Vec<Fixed>> {
    let mut idlers = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        idlers.push(Fixed::open(endpoint, bare("GET", "/health/live", ""), 200).await?);
    }
    Ok(idlers)
}
