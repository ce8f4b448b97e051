//! Logs on standard error: pretty in development, JSON lines elsewhere.
//!
//! Lines go through a bounded queue to a separate thread, so that a blocked sink loses log lines and never delays
//! requests. Panics are told in the same way. Security events are in the database and are not affected.
//!
//! The level can be changed while the process runs ([`LevelSwitch`]).

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tracing::Level;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::{LogFormat, Telemetry};

/// Lines that may wait for the sink.
const BUFFERED_LINES: usize = 16_000;

/// How long the end of the process waits for a sink that takes no lines. The writer has limits of its own below this.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Changes what is logged while the process runs.
#[derive(Clone, Debug)]
pub struct LevelSwitch {
    configured: Targets,
    filter: Handle<Targets, Registry>,
}

impl LevelSwitch {
    /// From now on everything at `debug` and above is logged.
    pub fn more(&self) {
        self.set(without_noise(Targets::new().with_default(Level::DEBUG)), "debug");
    }

    /// From now on what `telemetry.log_level` says is logged.
    pub fn as_configured(&self) {
        self.set(self.configured.clone(), "that of telemetry.log_level");
    }

    /// The line about the change is at `warn`, so that it is seen at nearly every level.
    fn set(&self, filter: Targets, level: &str) {
        match self.filter.reload(filter) {
            Ok(()) => tracing::warn!(level, "the log level was changed by a signal"),
            Err(error) => tracing::warn!(%error, "the log level cannot be changed"),
        }
    }
}

/// What is to be logged, without what libraries tell about their own work.
fn without_noise(filter: Targets) -> Targets {
    // The driver logs SQL text as a debugging aid. Its values are never logged.
    let filter = filter.with_target("sqlx", Level::WARN).with_target("sea_orm_migration", Level::WARN);
    // A client's mistakes in a handshake are not worth a warning each.
    let filter = filter.with_target("rustls", Level::ERROR);
    // The framework tells how many workers it starts, in four lines before the first one of ours.
    filter.with_target("actix_server", Level::WARN)
}

/// Flushes what is queued when it is dropped.
#[derive(Debug)]
pub struct FlushGuard(Option<WorkerGuard>);

impl Drop for FlushGuard {
    /// In a thread of its own: when the queue is full, the writer's guard complains on standard output, which may be
    /// blocked as well.
    fn drop(&mut self) {
        let guard = self.0.take();
        let (done, flushed) = mpsc::channel();
        thread::spawn(move || {
            drop(guard);
            let _ = done.send(());
        });
        let _ = flushed.recv_timeout(FLUSH_TIMEOUT);
    }
}

/// Installs the subscriber for the process, and tells panics as lines of the log.
pub fn install(config: &Telemetry) -> (FlushGuard, LevelSwitch) {
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(BUFFERED_LINES).lossy(true).finish(io::stderr());
    let configured = without_noise(config.log_level.parse().unwrap_or_else(|_| Targets::new()));
    let (filter, handle) = reload::Layer::new(configured.clone());
    let layer = match config.log_format {
        LogFormat::Pretty => fmt::layer()
            .with_writer(writer)
            .with_target(false)
            .with_ansi(is_colorful(std::env::var_os("NO_COLOR")))
            .boxed(),
        LogFormat::Json => {
            fmt::layer().with_writer(writer).json().flatten_event(true).with_current_span(false).boxed()
        }
    };
    // The filter is a layer of its own. A filter on the formatting layer would lose the next line after a library has
    // asked whether a level is enabled, as sqlx does at each notice. A second installation, as by two servers in one
    // test process, keeps the first.
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
    std::panic::set_hook(Box::new(log_panic));
    (FlushGuard(Some(guard)), LevelSwitch { configured, filter: handle })
}

/// The standard library's own hook writes to standard error at once. While no one reads there, the thread that panicked
/// would stand still for ever, and so would all sessions of its actors.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    tracing::error!(
        thread = thread.name().unwrap_or("unnamed"),
        location = panic.location().map(tracing::field::display),
        "panicked: {}",
        panic.payload_as_str().unwrap_or("without a message")
    );
}

/// Colors are for terminals, unless `NO_COLOR` is set and not empty (no-color.org).
fn is_colorful(no_color: Option<OsString>) -> bool {
    io::stderr().is_terminal() && no_color.is_none_or(|value| value.is_empty())
}
