//! `mfa.sms_*`: codes by SMS. How many may leave in a day, to one account and in all, `quotas.*` say.

use std::time::Duration;

use crate::config::Reader;
use crate::model::phone::CallingPrefix;

#[derive(Clone, Debug)]
pub struct SmsCodes {
    /// How long a code works (NIST SP 800-63B-4 §3.1.3.2: ten minutes at most).
    pub ttl: Duration,
    pub per_number_hour: u64,
    pub per_number_day: u64,
    pub per_user_hour: u64,
    pub per_network_hour: u64,
    /// Where codes may go; empty: anywhere.
    pub prefixes: Vec<CallingPrefix>,
}

impl SmsCodes {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let codes = Self {
            ttl: reader.duration("mfa.sms_code_ttl", Duration::from_secs(600)),
            per_number_hour: reader.value("mfa.sms_per_number_hour", 5),
            per_number_day: reader.value("mfa.sms_per_number_day", 10),
            per_user_hour: reader.value("mfa.sms_per_user_hour", 5),
            per_network_hour: reader.value("mfa.sms_per_network_hour", 20),
            prefixes: reader.list("mfa.sms_prefixes"),
        };
        let sane = Duration::from_secs(60)..=Duration::from_secs(600);
        reader.check("mfa.sms_code_ttl", sane.contains(&codes.ttl), "must be between 1m and 10m");
        codes
    }
}
