//! Refreshes with limits beside refreshes without them.

use crate::Result;
use crate::backend::Backend;
use crate::clients;
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const CLIENTS: usize = 64;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let on = backend.server("throttle-on", &[]).await?;
    let off = backend.server("throttle-off", &[("KINDRED_THROTTLE__ENABLED", "false")]).await?;
    let mut limited = clients::sessions(&on.endpoint, CLIENTS).await?;
    let mut free = clients::sessions(&off.endpoint, CLIENTS).await?;
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (ours, beside);
        (limited, ours) = closed_loop(limited, length).await?;
        (free, beside) = closed_loop(free, length).await?;
        if round > 0 {
            rounds.push(ours, beside.rate());
        }
    }
    let row =
        Row::new(backend.name, "refresh, throttled").rates(CLIENTS, &rounds, "throttle.enabled = false");
    report.add(row.judged(rounds.ratio(Measurement::rate), Target::AtLeast(0.95)));
    Ok(())
}
