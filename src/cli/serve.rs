//! `kindred serve`: runs the server.

use std::io::Write;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{failed, runtime};
use crate::boot::{Kindred, World};
use crate::config::Config;
use crate::telemetry::logging::{self, LevelSwitch};

pub(super) fn run(config: &Config) -> ExitCode {
    let (_flush_logs, level) = logging::install(&config.telemetry);
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return failed(error),
    };
    let code = runtime.block_on(serve(config, &level));
    // All tasks have been told to end, and nothing that was acknowledged depends on them.
    runtime.shutdown_background();
    code
}

async fn serve(config: &Config, level: &LevelSwitch) -> ExitCode {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = kinds.map(signal) else {
        return failed("cannot listen for signals");
    };
    let kinds = [SignalKind::user_defined1(), SignalKind::user_defined2()];
    let [Ok(mut more_logs), Ok(mut usual_logs)] = kinds.map(signal) else {
        return failed("cannot listen for signals");
    };
    let server = match Kindred::start(config, World::default()).await {
        Ok(server) => server,
        Err(error) => return failed(error),
    };
    announce(config, &server);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => server.reload(),
            _ = more_logs.recv() => level.more(),
            _ = usual_logs.recv() => level.as_configured(),
        }
    }
    tell("shutting down\n".to_owned());
    server.stop().await;
    ExitCode::SUCCESS
}

/// The last two lines are fixed, for programs that wait for them. The rest is for people.
fn announce(config: &Config, server: &Kindred) {
    let (url, ops) = (server.url(), server.ops_address());
    let curl = if config.tls.is_on() { "curl -sk" } else { "curl -s" };
    // Passkeys need a host with a name.
    let pages = url.replacen("//127.0.0.1:", "//localhost:", 1);
    let mut text = String::new();
    if config.profile.is_development() {
        text = format!(
            "Kindred {version} in development: data in {data}, database {database}\n\
             \n  \
             register  {curl} {url}/api/v1/auth/register -H 'content-type: application/json' \\\n            \
             -d '{{\"email\":\"ada@example.com\",\"password\":\"lantern orbit velvet drizzle\"}}'\n  \
             log in    {curl} {url}/api/v1/auth/login -H 'content-type: application/json' \\\n            \
             -d '{{\"email\":\"ada@example.com\",\"password\":\"lantern orbit velvet drizzle\"}}'\n  \
             pages     {pages}/register, {pages}/login, {pages}/account\n  \
             the API   {url}/docs/\n\n",
            version = env!("CARGO_PKG_VERSION"),
            data = config.data_dir.display(),
            database = config.database.url,
        );
    }
    text.push_str(&format!("metrics on http://{ops}/metrics\nlistening on {url}\n"));
    tell(text);
}

/// Writes to standard error from a separate thread, so that a reader that has stopped reading keeps the server neither
/// from serving nor from ending.
fn tell(text: String) {
    std::thread::spawn(move || {
        let mut stderr = std::io::stderr();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    });
}
