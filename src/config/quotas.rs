//! `quotas.*`: how many messages may leave in a day (UTC). 0 means none at all.

use std::time::Duration;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Quotas {
    pub mail_per_user: u64,
    pub mail_global: u64,
    /// To one recipient, asked for by people who prove nothing.
    pub mail_requested: u64,
    /// The part of `mail_global` that only resets and verification may use.
    pub mail_reserve: u64,
    pub sms_per_user: u64,
    pub sms_global: u64,
    /// How often the counts are written; a crash forgets at most what was sent since.
    pub flush_interval: Duration,
}

impl Quotas {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mail_global = reader.value("quotas.mail_global", 100_000);
        let quotas = Self {
            mail_per_user: reader.value("quotas.mail_per_user", 50),
            mail_global,
            mail_requested: reader.value("quotas.mail_requested", 20),
            mail_reserve: reader.value("quotas.mail_reserve", mail_global / 5),
            sms_per_user: reader.value("quotas.sms_per_user", 10),
            sms_global: reader.value("quotas.sms_global", 1_000),
            flush_interval: reader.duration("quotas.flush_interval", Duration::from_secs(5)),
        };
        reader.check(
            "quotas.mail_reserve",
            quotas.mail_reserve <= quotas.mail_global,
            "must not be more than quotas.mail_global",
        );
        let sane = Duration::from_millis(50)..=Duration::from_secs(300);
        reader.check(
            "quotas.flush_interval",
            sane.contains(&quotas.flush_interval),
            "must be between 50ms and 5m",
        );
        quotas
    }
}
