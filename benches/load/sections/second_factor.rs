//! The latency of the second step of a login, quiet and while passwords are being hashed.

use std::time::{Duration, Instant};

use kindred::clock::{Clock, SystemClock};
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::Result;
use crate::authenticator::App;
use crate::backend::Backend;
use crate::clients::{self, Account};
use crate::http::{Connection, post_json, post_json_as};
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const PEOPLE: usize = 100;
const LOGINS: usize = 8;
/// Between two second steps.
const PAUSE: Duration = Duration::from_millis(40);
/// What `docs/performance.md` promises, in milliseconds.
const PROMISE: f64 = 50.0;

/// A user with an authenticator app.
struct Person {
    account: Account,
    app: App,
    /// The last time step whose code was used.
    step: i64,
}

pub async fn run(backend: &Backend, report: &mut Report) -> Result<()> {
    let server = backend.server("second-factor", &[]).await?;
    let mut connection = Connection::open(&server.endpoint).await?;
    let mut people = Vec::with_capacity(PEOPLE);
    for number in 0..PEOPLE {
        people.push(enrolled(&mut connection, number).await?);
    }
    let mut logins = clients::logins(&server.endpoint, LOGINS).await?;
    let (mut quiet, mut busy) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let waiting = challenges(&mut connection, &mut people).await?;
        let alone = second_steps(&mut connection, &mut people, &waiting).await?;
        let waiting = challenges(&mut connection, &mut people).await?;
        let hammering = spawn_local(closed_loop(logins, Duration::from_secs(8)));
        sleep(Duration::from_secs(1)).await;
        let disturbed = second_steps(&mut connection, &mut people, &waiting).await?;
        (logins, _) = hammering.await??;
        quiet.push(alone, 1.0);
        busy.push(disturbed, 1.0);
    }
    let p95 = |round: &Measurement| round.percentile(95);
    let mut row = Row::new(backend.name, "second step by TOTP, quiet");
    row.measured = format!("p95 {:.2} ms", quiet.median(p95));
    report.add(row.latencies(&quiet));
    let what = format!("second step by TOTP while {LOGINS} clients log in");
    let mut row = Row::new(backend.name, what);
    row.measured = format!("p95 {:.2} ms", busy.median(p95));
    row.beside = format!("p95 quiet: {:.2} ms", quiet.median(p95));
    row.ratio = format!("{:.2}×", busy.median(p95) / quiet.median(p95));
    report.add(row.latencies(&busy).judged(busy.median(p95), Target::AtMost(PROMISE)));
    Ok(())
}

async fn enrolled(connection: &mut Connection, number: usize) -> Result<Person> {
    let account = Account::register(connection, &format!("factor-{number}")).await?;
    let tokens = account.log_in(connection).await?;
    let access = String::from_utf8(tokens.access)?;
    let begun = connection.exchange(&post_json_as(&access, "/api/v1/me/mfa/totp", "{}")).await?;
    begun.expect(200)?;
    let app = App::new(std::str::from_utf8(begun.member(b"\"secret\":\"")?)?);
    let step = present_step();
    let body = format!(r#"{{"code":"{}"}}"#, app.code_of(step));
    let confirm = post_json_as(&access, "/api/v1/me/mfa/totp/confirm", &body);
    connection.exchange(&confirm).await?.expect(200)?;
    Ok(Person { account, app, step })
}

/// Logins of all users that wait for their code, at a moment when each has a code that was not used.
async fn challenges(connection: &mut Connection, people: &mut [Person]) -> Result<Vec<String>> {
    let last = people.iter().map(|person| person.step).max().unwrap_or(0);
    while present_step() < last {
        sleep(Duration::from_millis(200)).await;
    }
    let mut challenges = Vec::with_capacity(people.len());
    for person in people {
        let response = connection.exchange(&person.account.login_request()).await?;
        response.expect(200)?;
        challenges.push(String::from_utf8(response.member(b"\"challenge_token\":\"")?.to_vec())?);
    }
    Ok(challenges)
}

/// One after the other, each measured from the request to the answer.
async fn second_steps(
    connection: &mut Connection,
    people: &mut [Person],
    challenges: &[String],
) -> Result<Measurement> {
    let start = Instant::now();
    let mut latencies = Vec::with_capacity(people.len());
    for (person, challenge) in people.iter_mut().zip(challenges) {
        person.step = (person.step + 1).max(present_step());
        let code = person.app.code_of(person.step);
        let body = format!(r#"{{"challenge_token":"{challenge}","method":"totp","code":"{code}"}}"#);
        let request = post_json("/api/v1/auth/mfa/verify", &body);
        let sent = Instant::now();
        connection.exchange(&request).await?.expect(200)?;
        latencies.push(sent.elapsed().as_micros() as u32);
        sleep(PAUSE).await;
    }
    Ok(Measurement::new(start.elapsed(), latencies))
}

fn present_step() -> i64 {
    SystemClock.now().unix_seconds() / 30
}
