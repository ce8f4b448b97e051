//! `telemetry.*`: logs.

use std::time::Duration;

use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Telemetry {
    pub log_format: LogFormat,
    /// A level (`info`) or a filter (`info,kindred::session=debug`).
    pub log_level: String,
    /// A request that takes longer gets a warning.
    pub slow_request: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

super::text_enum!(LogFormat { Pretty => "pretty", Json => "json" });

impl Telemetry {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let format = if profile.is_development() { LogFormat::Pretty } else { LogFormat::Json };
        reader.section("Logs");
        let telemetry = Self {
            log_format: reader
                .choice(setting("telemetry.log_format", "The format of the log on standard error."), format),
            log_level: reader.value(
                setting("telemetry.log_level", "What is logged.")
                    .note("a level, or a list such as `info,kindred::session=debug`"),
                "info".to_owned(),
            ),
            slow_request: reader.value(
                setting(
                    "telemetry.slow_request",
                    "A request that takes longer than this gets a line `slow request` at `warn`.",
                )
                .between(Duration::from_millis(1), Duration::from_secs(600)),
                Duration::from_secs(2),
            ),
        };
        let valid = telemetry.log_level.parse::<tracing_subscriber::filter::Targets>().is_ok();
        reader.check("telemetry.log_level", valid, "must be a level or a list of target=level");
        telemetry
    }
}
