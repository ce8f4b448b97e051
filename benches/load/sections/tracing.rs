//! Refreshes of which one in a hundred is traced, beside refreshes without traces.

use crate::Result;
use crate::backend::Backend;
use crate::clients;
use crate::collector::Collector;
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const CLIENTS: usize = 64;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let collector = Collector::start().await?;
    let on = [("KINDRED_TELEMETRY__OTLP_ENDPOINT", collector.url.as_str())];
    let on = backend.server("tracing-on", &on).await?;
    let off = backend.server("tracing-off", &[]).await?;
    let mut traced = clients::sessions(&on.endpoint, CLIENTS).await?;
    let mut plain = clients::sessions(&off.endpoint, CLIENTS).await?;
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (ours, beside);
        (traced, ours) = closed_loop(traced, length).await?;
        (plain, beside) = closed_loop(plain, length).await?;
        if round > 0 {
            rounds.push(ours, beside.rate());
        }
    }
    let row = Row::new(backend.name, "refresh, 1 % traced").rates(CLIENTS, &rounds, "no traces");
    report.add(row.judged(rounds.ratio(Measurement::rate), Target::AtLeast(0.97)));
    Ok(())
}
