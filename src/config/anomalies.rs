//! `anomalies.*`: where people are, and which logins are out of the ordinary.

use std::path::PathBuf;
use std::time::Duration;

use super::Reader;
use super::source::PathValue;

#[derive(Clone, Debug)]
pub struct Anomalies {
    /// A MaxMind database of cities or countries. Not set: nobody's place is known.
    pub geoip_file: Option<PathBuf>,
    /// How often the file is looked at for a newer one in its place.
    pub geoip_check: Duration,
    /// In km/h: whoever would have had to travel faster since the last activity was not the one who acts now.
    pub impossible_speed: u32,
    /// Whether such a login does without what a trusted device spares its owner.
    pub step_up: bool,
}

impl Anomalies {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let anomalies = Self {
            geoip_file: reader.optional::<PathValue>("anomalies.geoip_file").map(|path| path.0),
            geoip_check: reader.duration("anomalies.geoip_check", Duration::from_secs(60)),
            impossible_speed: reader.value("anomalies.impossible_speed", 1_000),
            step_up: reader.value("anomalies.step_up", false),
        };
        let sane = Duration::from_millis(50)..=Duration::from_secs(86_400);
        reader.check(
            "anomalies.geoip_check",
            sane.contains(&anomalies.geoip_check),
            "must be between 50ms and 1d",
        );
        let sane = 100..=100_000;
        reader.check(
            "anomalies.impossible_speed",
            sane.contains(&anomalies.impossible_speed),
            "must be between 100 and 100000",
        );
        anomalies
    }
}
