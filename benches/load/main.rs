//! The load benchmark behind `scripts/bench`: measures a release build of the server beside what
//! its database, its hash and its HTTP stack can do alone, and prints one table.
//! `docs/performance.md` says how each figure is taken and why all targets are ratios.

#[allow(dead_code, reason = "the tests ask more of it")]
#[path = "../../tests/it/support/totp.rs"]
mod authenticator;
mod backend;
mod bare_server;
mod baselines;
mod browser;
mod check;
mod clients;
mod collector;
mod http;
mod machine;
mod mann_whitney;
mod options;
mod postgres;
mod process;
mod report;
mod rounds;
mod sections;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use backend::Backend;
use check::{Check, Stored};
use options::Options;
use postgres::Cluster;
use report::Report;

pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    if bare_server::is_wanted() { bare_server::serve() } else { load() }
}

/// One thread: the load shares the machine's cores with the server and the database.
#[tokio::main(flavor = "current_thread")]
async fn load() -> ExitCode {
    // `cargo test --all-targets` runs this too, with nothing built to measure.
    if server::binary().is_err() {
        eprintln!("not measured: run scripts/bench");
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let may_be_debug = options.debug_build || options.check == Some(Check::Rehearse);
    if cfg!(debug_assertions) && !may_be_debug {
        eprintln!("a debug build measures nothing worth knowing: run scripts/bench");
        return ExitCode::from(2);
    }
    let mut report = Report::default();
    let mut databases = Vec::new();
    let outcome = LocalSet::new().run_until(measure_or_stop(&options, &mut report, &mut databases)).await;

    println!("{}\n{report}", machine::header(&databases.join(", ")));
    if report.missed() {
        println!("MISSED: at least one target, see the last column");
    }
    let outcome = outcome.and_then(|()| options.check.map_or(Ok(()), |check| judge(check, &report)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Compares the figures with the stored ones, or stores them.
fn judge(check: Check, report: &Report) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/figures.toml");
    let stored = Stored::parse(&std::fs::read_to_string(&path)?)?;
    println!("| database | figure | measured | stored | bound | |\n|---|---|--:|--:|--:|---|");
    let lines = stored.compare(report.figures());
    lines.iter().for_each(|line| println!("{line}"));
    match check {
        Check::Store => Ok(std::fs::write(path, stored.with(report.figures()).to_text()?)?),
        Check::Judge if lines.iter().any(check::Line::fails) => {
            let reason = "a figure is much worse than it was, or has nothing to be compared with; `--store` stores what \
                          is measured";
            Err(reason.into())
        }
        Check::Judge | Check::Rehearse => Ok(()),
    }
}

/// Measures until done or asked to stop; either way every process it started has then ended.
async fn measure_or_stop(options: &Options, report: &mut Report, databases: &mut Vec<String>) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = measure(options, report, databases) => outcome,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    }
}

async fn measure(options: &Options, report: &mut Report, databases: &mut Vec<String>) -> Result<()> {
    let base = std::env::var_os("KINDRED_BENCH_DIR").map_or("target/bench".into(), PathBuf::from);
    std::fs::create_dir_all(&base)?;
    let scratch = tempfile::Builder::new().prefix("run-").tempdir_in(base.canonicalize()?)?;
    // PostgreSQL's own user has to reach its directory below.
    std::fs::set_permissions(scratch.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;

    if options.sqlite {
        databases.push(format!("SQLite {}", rusqlite::version()));
        sections(&Backend::sqlite(subdirectory(scratch.path(), "sqlite")?), options, report).await?;
    }
    if options.postgres {
        let directory = subdirectory(scratch.path(), "postgres")?;
        let cluster = Cluster::start(&directory).await?;
        databases.push(cluster.version().await?);
        sections(&Backend::postgres(directory, cluster), options, report).await?;
    }
    Ok(())
}

async fn sections(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    if options.wants("refresh") {
        sections::refresh::run(backend, options, report).await?;
    }
    if options.wants("verify") {
        sections::verify::run(backend, options, report).await?;
    }
    if options.wants("login") {
        sections::login::run(backend, options, report).await?;
    }
    if options.wants("steady") {
        sections::steady::run(backend, options, report).await?;
    }
    if options.wants("memory") {
        sections::memory::run(backend, options, report).await?;
    }
    if options.wants("second-factor") {
        sections::second_factor::run(backend, report).await?;
    }
    if options.wants("throttle") {
        sections::throttle::run(backend, options, report).await?;
    }
    if options.wants("browser") {
        sections::browser::run(backend, options, report).await?;
    }
    if options.wants("tls") {
        sections::tls::run(backend, options, report).await?;
    }
    if options.wants("middleware") {
        sections::middleware::run(backend, options, report).await?;
    }
    if options.wants("slow") {
        sections::slow::run(backend, options, report).await?;
    }
    if options.wants("csrf") {
        sections::csrf::run(backend, options, report).await?;
    }
    if options.wants("tracing") {
        sections::tracing::run(backend, options, report).await?;
    }
    if options.wants("keys") {
        sections::keys::run(backend, options, report).await?;
    }
    if options.wants("enumeration") {
        sections::enumeration::run(backend, report).await?;
    }
    if options.wants("propagation") {
        sections::propagation::run(backend, options, report).await?;
    }
    if options.wants("nodes") {
        sections::nodes::run(backend, options, report).await?;
    }
    if options.wants("failover") {
        sections::failover::run(backend, report).await?;
    }
    Ok(())
}

fn subdirectory(parent: &Path, name: &str) -> Result<PathBuf> {
    let path = parent.join(name);
    std::fs::create_dir(&path)?;
    Ok(path)
}
