//! Logs on standard error: pretty in development, JSON lines elsewhere.
//!
//! Lines go through a bounded queue to a separate thread, so that a blocked sink loses log lines and never delays
//! requests. Security events are in the database and are not affected.
//!
//! The level can be changed while the process runs ([`LevelSwitch`]).

use std::ffi::OsString;
use std::io::{self, IsTerminal};

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

/// Installs the subscriber for the process. Dropping the guard flushes what is queued.
pub fn install(config: &Telemetry) -> (WorkerGuard, LevelSwitch) {
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
    (guard, LevelSwitch { configured, filter: handle })
}

/// Colors are for terminals, unless `NO_COLOR` is set and not empty (no-color.org).
fn is_colorful(no_color: Option<OsString>) -> bool {
    io::stderr().is_terminal() && no_color.is_none_or(|value| value.is_empty())
}
