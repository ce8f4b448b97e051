//! The HTTP stack alone: the framework with one handler and none of the server's middleware. This program starts itself as
//! this server, in a process of its own, as the measured server has.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, HttpResponse, HttpServer, web};
use rustix::process::Signal;
use tokio::time::sleep;

use crate::Result;
use crate::http::Endpoint;
use crate::process::{Daemon, bound};
use crate::server::announced;

/// Set in the environment of the process that is to be the server.
const MARK: &str = "KINDRED_BENCH_BARE_SERVER";

pub fn is_wanted() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Serves until it is told to end.
pub fn serve() -> ExitCode {
    let served = actix_web::rt::System::new().block_on(async {
        // The answer of the server's own handler.
        let live =
            || async { HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(LIVE) };
        let server = HttpServer::new(move || App::new().route("/health/live", web::get().to(live)));
        let workers = std::thread::available_parallelism().map_or(1, Into::into);
        let server = server.workers(workers).bind("127.0.0.1:0")?;
        println!("listening on http://{} ", server.addrs()[0]);
        server.run().await
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bare server failed: {error}");
            ExitCode::FAILURE
        }
    }
}

const LIVE: &str = r#"{"status":"ok"}"#;

pub struct BareServer {
    pub endpoint: Endpoint,
    _daemon: Daemon,
}

impl BareServer {
    pub async fn start(directory: &Path) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        let mut command = bound("TERM", std::env::current_exe()?);
        command.env(MARK, "1");
        let log = directory.join("bare-server.log");
        let mut daemon = Daemon::spawn(command, Signal::TERM, &log)?;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let text = std::fs::read_to_string(&log)?;
            if let Some(address) = announced(&text, "listening on http://") {
                return Ok(Self { endpoint: Endpoint::plain(address), _daemon: daemon });
            }
            if daemon.has_ended() || Instant::now() > deadline {
                return Err(format!("the bare server did not start:\n{text}").into());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}
