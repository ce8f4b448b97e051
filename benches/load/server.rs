//! The server under measurement: the release binary as a child process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use crate::Result;
use crate::http::{Connection, Endpoint, bare};
use crate::process::{Daemon, bound, output};

pub struct Server {
    pub endpoint: Endpoint,
    metrics: Endpoint,
    daemon: Daemon,
}

impl Server {
    /// Starts the server on `database` with its data in `directory`, everything on its defaults
    /// but the addresses, the limit of refreshes and `settings`. Its log stays on, and goes to a file as it would in production.
    pub async fn start(directory: &Path, database: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let mut command = command(directory, database)?;
        command.arg("serve");
        command.env("KINDRED_SERVER__LISTEN", "127.0.0.1:0").env("KINDRED_OPS__LISTEN", "127.0.0.1:0");
        // A session of the load is refreshed as often as the server can: counted like any other, and not refused.
        command.env("KINDRED_THROTTLE__REFRESH_PER_MINUTE", "1000000");
        command.env("KINDRED_THROTTLE__REFRESH_BURST", "1000000");
        command.envs(settings.iter().copied());
        let log = directory.join("server.log");
        let mut daemon = Daemon::spawn(command, Signal::TERM, &log)?;

        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let text = std::fs::read_to_string(&log)?;
            let metrics = announced(&text, "metrics on http://");
            if let (Some(endpoint), Some(metrics)) = (listener(&text, directory)?, metrics) {
                return Ok(Self { endpoint, metrics: Endpoint::plain(metrics), daemon });
            }
            if daemon.has_ended() || Instant::now() > deadline {
                return Err(format!("the server did not start:\n{text}").into());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Its resident memory in bytes.
    pub fn resident(&self) -> Result<f64> {
        self.memory("VmRSS:")
    }

    /// The bytes of memory that hold no page of a file, as the program itself is.
    pub fn own_memory(&self) -> Result<f64> {
        self.memory("RssAnon:")
    }

    /// A line of `/proc/PID/status`, in bytes.
    fn memory(&self, name: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.daemon.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()).ok_or(format!("no {name}"))?;
        Ok(kibibytes.parse::<f64>()? * 1024.0)
    }

    /// How many session families have a live actor.
    pub async fn live_families(&self) -> Result<usize> {
        let mut connection = Connection::open(&self.metrics).await?;
        let request = bare("GET", "/metrics", "");
        let response = timeout(Duration::from_secs(10), connection.exchange(&request)).await??;
        response.expect(200)?;
        let text = std::str::from_utf8(response.body)?;
        let value = text.lines().find_map(|line| line.strip_prefix(r#"auth_family_actors{state="live"} "#));
        Ok(value.ok_or("no auth_family_actors metric")?.parse::<f64>()? as usize)
    }
}

/// Makes the server's schema in `database`.
pub async fn migrate(directory: &Path, database: &str) -> Result<()> {
    run(directory, database, &["migrate", "up"]).await
}

/// Runs a command of the server's program on `database`.
pub async fn run(directory: &Path, database: &str, arguments: &[&str]) -> Result<()> {
    let mut command = command(directory, database)?;
    command.args(arguments);
    output(command, Duration::from_secs(60)).await.map(drop)
}

/// Imports users, one a line, into `database`.
pub async fn import(directory: &Path, database: &str, lines: &str) -> Result<()> {
    let mut command = command(directory, database)?;
    let file = directory.join("users.ndjson");
    std::fs::write(&file, lines)?;
    command.args(["user", "import"]).arg(file);
    output(command, Duration::from_secs(60)).await.map(drop)
}

/// The server's program on `database`, with nothing from this process's environment.
fn command(directory: &Path, database: &str) -> Result<Command> {
    let mut command = bound("TERM", binary()?);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KINDRED_") {
            command.env_remove(name);
        }
    }
    std::fs::create_dir_all(directory)?;
    command.current_dir(directory); // where no kindred.toml can be found
    command.env("KINDRED_DATA_DIR", directory).env("KINDRED_DATABASE__URL", database);
    Ok(command)
}

/// The release binary that `scripts/bench` built.
pub fn binary() -> Result<PathBuf> {
    Ok(std::env::var_os("KINDRED_BENCH_SERVER").ok_or("KINDRED_BENCH_SERVER is not set")?.into())
}

/// Where the server listens, once its log says so. Over TLS its own certificate is trusted, and no other.
fn listener(log: &str, directory: &Path) -> Result<Option<Endpoint>> {
    if let Some(address) = announced(log, "listening on http://") {
        return Ok(Some(Endpoint::plain(address)));
    }
    let Some(address) = announced(log, "listening on https://") else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(directory.join("self-signed.pem"))? {
        roots.add(certificate?)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Each handshake is a whole one.
    config.resumption = Resumption::disabled();
    Ok(Some(Endpoint::tls(address, TlsConnector::from(Arc::new(config)))))
}

/// The socket address after `phrase`, once its line is whole.
pub fn announced(log: &str, phrase: &str) -> Option<String> {
    let (_, rest) = log.split_once(phrase)?;
    let end = rest.find(|c: char| !(c.is_ascii_hexdigit() || ".:[]".contains(c)))?;
    Some(rest[..end].to_string())
}
