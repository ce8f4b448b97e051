//! The latency of refreshes at a steady rate beside clients that send their requests byte by byte.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::steady::{PER_SECOND, SESSIONS, open_loop};
use crate::Result;
use crate::backend::Backend;
use crate::clients;
use crate::http::Endpoint;
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds};

/// Half of them dawdle in the head of a request, the others in its body.
const SLOW: usize = 1000;
/// Between two bytes.
const PAUSE: Duration = Duration::from_secs(1);

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("slow", &[]).await?;
    let mut sessions = clients::sessions(&server.endpoint, SESSIONS).await?;
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (alone, beside);
        (sessions, alone) = open_loop(sessions, length).await?;
        let dawdlers = dawdlers(&server.endpoint);
        sleep(Duration::from_secs(1)).await;
        (sessions, beside) = open_loop(sessions, length).await?;
        drop(dawdlers);
        if round > 0 {
            rounds.push(beside, alone.percentile(99));
        }
    }
    let what = format!("refresh at a steady {PER_SECOND}/s beside {SLOW} slow clients");
    let p99 = |round: &Measurement| round.percentile(99);
    let mut row = Row::new(backend.name, what);
    row.measured = format!("{:.0}/s", rounds.median(Measurement::rate));
    row.beside = format!("p99 without them: {:.2} ms", rounds.beside());
    row.ratio = format!("{:.2}×", rounds.ratio(p99));
    report.add(row.latencies(&rounds).judged(rounds.ratio(p99), Target::AtMost(2.0)));
    Ok(())
}

/// They end when they are dropped.
fn dawdlers(endpoint: &Endpoint) -> JoinSet<()> {
    let mut dawdlers = JoinSet::new();
    for number in 0..SLOW {
        let address = endpoint.address.clone();
        dawdlers.spawn_local(async move {
            loop {
                // The server ends it sooner or later, and it comes again.
                let _ = dawdle(&address, number % 2 == 0).await;
                sleep(PAUSE).await;
            }
        });
    }
    dawdlers
}

/// One connection, until the server closes it.
async fn dawdle(address: &str, in_head: bool) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost\r\n").await?;
    if !in_head {
        stream.write_all(b"Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n{").await?;
    }
    let (mut reader, mut writer) = stream.into_split();
    let mut answer = [0; 1024];
    loop {
        tokio::select! {
            read = reader.read(&mut answer) => if read? == 0 { return Ok(()) },
            () = sleep(PAUSE) => writer.write_all(b"x").await?,
        }
    }
}
