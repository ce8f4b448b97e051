//! The time without service when the database fails over, as 64 clients of three nodes see it. `tests/nodes` brings it about,
//! with Patroni, and checks all promises on the way.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::backend::{Backend, Database};
use crate::process::{Daemon, bound};
use crate::report::{Report, Row};
use crate::server;

const LIMIT: Duration = Duration::from_secs(15 * 60);
const CLIENTS: usize = 64;
const FIGURE: &str = "longest time without a refresh ";
/// The scenarios with their names in the table.
const SCENARIOS: [(&str, &str); 2] = [
    ("planned_switchover", "time without service in a planned switchover"),
    ("dead_primary", "time without service when the primary dies, Patroni's ttl 20 s"),
];

pub async fn run(backend: &Backend, report: &mut Report) -> Result<()> {
    // SQLite has no standby.
    let Database::Postgres(_) = &backend.database else { return Ok(()) };
    let output = scenarios(&backend.directory.join("failover.log")).await?;
    for (scenario, what) in SCENARIOS {
        let mut row = Row::new(backend.name, what);
        row.clients = CLIENTS.to_string();
        row.measured = match seconds(&output, scenario) {
            Some(seconds) => format!("{seconds:.1} s"),
            None if output.contains("missing: ") => "not measured: no Patroni here".to_owned(),
            None => return Err(format!("{scenario} has failed:\n{output}").into()),
        };
        report.add(row);
    }
    Ok(())
}

/// What the driver of the scenarios prints.
async fn scenarios(log: &Path) -> Result<String> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nodes/run.py");
    let mut command = bound("TERM", "python3");
    command.arg(driver).arg(server::binary()?).arg("--only");
    command.args(SCENARIOS.map(|(scenario, _)| scenario));
    let mut driver = Daemon::spawn(command, Signal::TERM, log)?;
    timeout(LIMIT, async {
        while !driver.has_ended() {
            sleep(Duration::from_millis(200)).await;
        }
    })
    .await?;
    Ok(std::fs::read_to_string(log)?)
}

/// The figure in the line of this scenario.
fn seconds(output: &str, scenario: &str) -> Option<f64> {
    let begin = format!("{scenario}: ok");
    let line = output.lines().find(|line| line.starts_with(&begin))?;
    let (_, figure) = line.split_once(FIGURE)?;
    figure.split(' ').next()?.parse().ok()
}
