//! `telemetry.*`: logs.

use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Telemetry {
    pub log_format: LogFormat,
    /// A level (`info`) or a filter (`info,kindred::session=debug`).
    pub log_level: String,
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
        };
        let valid = telemetry.log_level.parse::<tracing_subscriber::filter::Targets>().is_ok();
        reader.check("telemetry.log_level", valid, "must be a level or a list of target=level");
        telemetry
    }
}
