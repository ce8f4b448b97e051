//! `telemetry.*`: logs.

use super::{Environment, Reader};

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
        let telemetry = Self {
            log_format: reader.value("telemetry.log_format", format),
            log_level: reader.value("telemetry.log_level", "info".to_owned()),
        };
        let valid = telemetry.log_level.parse::<tracing_subscriber::filter::Targets>().is_ok();
        reader.check("telemetry.log_level", valid, "must be a level or a list of target=level");
        telemetry
    }
}
