//! The check of CSRF tokens beside a handler that does nothing: logouts of browsers that no longer have a session, which
//! check the token and ask no database.

use crate::Result;
use crate::backend::Backend;
use crate::check::Better;
use crate::clients::Fixed;
use crate::http::{Connection, bare};
use crate::options::Options;
use crate::report::{Report, Row};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};

const CLIENTS: usize = 64;
/// The cookie that the token is bound to, as a browser sends it back, and a refresh token that is not valid.
const COOKIES: &str = "Cookie: kindred_csrf_v1=00112233445566778899aabbccddeeff; kindred_rt_v1=kr1_none\r\n";

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("csrf", &[]).await?;
    let mut connection = Connection::open(&server.endpoint).await?;
    let answer = connection.exchange(&bare("GET", "/api/v1/auth/csrf", COOKIES)).await?;
    answer.expect(200)?;
    let token = String::from_utf8(answer.member(b"\"csrf_token\":\"")?.to_vec())?;
    let headers = format!("{COOKIES}X-CSRF-Token: {token}\r\nContent-Length: 0\r\n");
    let logout = bare("POST", "/api/v1/auth/logout", &headers);
    let (mut checking, mut trivial) = (Vec::new(), Vec::new());
    for _ in 0..CLIENTS {
        checking.push(Fixed::open(&server.endpoint, logout.clone(), 204).await?);
        trivial.push(Fixed::open(&server.endpoint, bare("GET", "/health/live", ""), 200).await?);
    }

    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let (ours, beside);
        (checking, ours) = closed_loop(checking, length).await?;
        (trivial, beside) = closed_loop(trivial, length).await?;
        if round > 0 {
            rounds.push(ours, beside.rate());
        }
    }
    let row = Row::new(backend.name, "logout with a CSRF token").rates(CLIENTS, &rounds, "GET /health/live");
    report.add(row.figure("CSRF check", rounds.ratio(Measurement::rate), Better::Higher));
    Ok(())
}
