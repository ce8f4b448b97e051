//! Password log-ins beside the bare hash.

use crate::Result;
use crate::backend::Backend;
use crate::baselines::{argon2id, hash_threads};
use crate::check::Better;
use crate::clients;
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const CLIENTS: usize = 8;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("login", &[]).await?;
    let mut logins = clients::logins(&server.endpoint, CLIENTS).await?;
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let ours;
        (logins, ours) = closed_loop(logins, length).await?;
        let beside = argon2id(length).await?;
        if round > 0 {
            rounds.push(ours, beside);
        }
    }
    let beside = format!("raw Argon2id, {} thread(s)", hash_threads());
    let row = Row::new(backend.name, "login").rates(CLIENTS, &rounds, &beside);
    let ratio = rounds.ratio(Measurement::rate);
    let row = row.figure("login", ratio, Better::Higher);
    report.add(row.judged(ratio, Target::AtLeast(0.9)));
    Ok(())
}
