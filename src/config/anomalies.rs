//! `anomalies.*`: the locations of sessions, and unusual logins.

use std::path::PathBuf;
use std::time::Duration;

use super::{Reader, setting};

#[derive(Clone, Debug)]
pub struct Anomalies {
    /// A MaxMind database of cities or countries. Without it, no location is known.
    pub geoip_file: Option<PathBuf>,
    /// How often the server looks for a newer file in its place.
    pub geoip_check: Duration,
    /// In km/h. A login that would have required faster travel since the last activity is an anomaly.
    pub impossible_speed: u32,
    /// Whether such a login asks for the second factor even on a trusted device.
    pub step_up: bool,
}

impl Anomalies {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Unusual logins");
        Self {
            geoip_file: reader.optional(
                setting(
                    "anomalies.geoip_file",
                    "The database for the locations of sessions ([anomalies.md](anomalies.md)). \
                    Without it, no location is known.",
                )
                .note("a MaxMind database of cities or countries"),
            ),
            geoip_check: reader.value(
                setting("anomalies.geoip_check", "How often the server looks for a newer file in its place.")
                    .between(Duration::from_millis(50), Duration::from_secs(86_400)),
                Duration::from_secs(60),
            ),
            impossible_speed: reader.value(
                setting(
                    "anomalies.impossible_speed",
                    "The speed in km/h above which the travel from one login to the next is impossible.",
                )
                .between(100, 100_000),
                1_000,
            ),
            step_up: reader.value(
                setting(
                    "anomalies.step_up",
                    "Whether a login from an unusual place asks for the second factor even on a \
                    trusted device.",
                ),
                false,
            ),
        }
    }
}
