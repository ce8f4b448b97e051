//! Refreshes with cookies, an origin and a CSRF token beside refreshes of other programs.

use crate::Result;
use crate::backend::Backend;
use crate::browser;
use crate::clients;
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const CLIENTS: usize = 64;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("browser", &[]).await?;
    let mut browsers = browser::browsers(&server.endpoint, CLIENTS).await?;
    let mut programs = clients::sessions(&server.endpoint, CLIENTS).await?;
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (ours, beside);
        (browsers, ours) = closed_loop(browsers, length).await?;
        (programs, beside) = closed_loop(programs, length).await?;
        if round > 0 {
            rounds.push(ours, beside.rate());
        }
    }
    let row = Row::new(backend.name, "refresh with cookies and a CSRF token");
    let row = row.rates(CLIENTS, &rounds, "refresh with the token in the body");
    report.add(row.judged(rounds.ratio(Measurement::rate), Target::AtLeast(0.85)));
    Ok(())
}
