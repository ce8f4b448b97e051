//! Closed-loop rounds and what they yield.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Result;
use crate::clients::Client;

/// Every comparison is measured in this many rounds, taken in turns with its counterpart.
pub const ROUNDS: usize = 3;

/// Past this much beyond its length a round has hung.
const SLACK: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Measurement {
    pub elapsed: Duration,
    /// Of every request in microseconds, sorted.
    latencies: Vec<u32>,
}

impl Measurement {
    pub fn new(elapsed: Duration, mut latencies: Vec<u32>) -> Self {
        latencies.sort_unstable();
        Self { elapsed, latencies }
    }

    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency in milliseconds below which `percent` of the requests were.
    pub fn percentile(&self, percent: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = (self.latencies.len() * percent / 100).min(last);
        self.latencies.get(at).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    }
}

/// Lets all `clients` call without pause for `duration`, and gives them back.
pub async fn closed_loop<C: Client>(clients: Vec<C>, duration: Duration) -> Result<(Vec<C>, Measurement)> {
    let count = clients.len();
    let mut ready = Vec::with_capacity(count);
    for mut client in clients {
        client.connect().await?;
        ready.push(client);
    }
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for client in ready {
        tasks.spawn_local(until(client, start + duration));
    }
    let mut clients = Vec::with_capacity(count);
    let mut latencies = Vec::new();
    while let Some(task) = timeout(duration + SLACK, tasks.join_next()).await? {
        let (client, mut own) = task??;
        clients.push(client);
        latencies.append(&mut own);
    }
    Ok((clients, Measurement::new(start.elapsed(), latencies)))
}

async fn until<C: Client>(mut client: C, end: Instant) -> Result<(C, Vec<u32>)> {
    let mut latencies = Vec::with_capacity(4096);
    let mut before = Instant::now();
    while before < end {
        client.call().await?;
        let after = Instant::now();
        latencies.push((after - before).as_micros() as u32);
        before = after;
    }
    Ok((client, latencies))
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The rounds of one row: ours, and the rate (or other figure) of the counterpart beside each.
#[derive(Default)]
pub struct Rounds {
    ours: Vec<Measurement>,
    beside: Vec<f64>,
}

impl Rounds {
    pub fn push(&mut self, ours: Measurement, beside: f64) {
        self.ours.push(ours);
        self.beside.push(beside);
    }

    /// The median over the rounds of what `figure` takes from each.
    pub fn median(&self, figure: impl Fn(&Measurement) -> f64) -> f64 {
        median(self.ours.iter().map(figure).collect())
    }

    pub fn beside(&self) -> f64 {
        median(self.beside.clone())
    }

    /// The median of the rounds' own ratios: noise that outlasts a round hits both its sides.
    pub fn ratio(&self, figure: impl Fn(&Measurement) -> f64) -> f64 {
        median(self.ours.iter().zip(&self.beside).map(|(ours, beside)| figure(ours) / beside).collect())
    }
}
