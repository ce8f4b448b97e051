//! How many messages may be sent in a day (UTC). 0 means none.

use std::time::Duration;

use crate::config::{Reader, setting};

#[derive(Clone, Debug)]
pub struct Quotas {
    pub mail_per_user: u64,
    pub mail_global: u64,
    /// To one recipient, requested by people who have proven nothing.
    pub mail_requested: u64,
    /// The part of `mail_global` that only resets and verifications may use.
    pub mail_reserve: u64,
    pub sms_per_user: u64,
    pub sms_global: u64,
    /// How often the counts are written. A crash forgets at most what was sent since.
    pub flush_interval: Duration,
}

impl Quotas {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mail_global = reader.value(
            setting("throttle.mail_global", "The mails in a day (UTC). 0 means none.")
                .formerly("quotas.mail_global"),
            100_000,
        );
        let quotas = Self {
            mail_global,
            mail_per_user: reader.value(
                setting("throttle.mail_per_user", "The mails to one account in a day. 0 means none.")
                    .formerly("quotas.mail_per_user"),
                50,
            ),
            mail_requested: reader.value(
                setting(
                    "throttle.mail_requested",
                    "The mails to one recipient in a day that are requested without authentication. 0 means \
                    none.",
                )
                .formerly("quotas.mail_requested"),
                20,
            ),
            mail_reserve: reader.value(
                setting(
                    "throttle.mail_reserve",
                    "The part of `throttle.mail_global` that only resets and verifications use. By \
                    default a fifth of it.",
                )
                .formerly("quotas.mail_reserve")
                .note("at most `throttle.mail_global`"),
                mail_global / 5,
            ),
            sms_per_user: reader.value(
                setting(
                    "throttle.sms_per_user",
                    "The SMS to one account in a day, and the codes within any 24 hours. 0 means \
                    none.",
                )
                .formerly("quotas.sms_per_user"),
                10,
            ),
            sms_global: reader.value(
                setting("throttle.sms_global", "The SMS in a day. 0 means none.")
                    .formerly("quotas.sms_global"),
                1_000,
            ),
            flush_interval: reader.value(
                setting(
                    "throttle.quota_flush_interval",
                    "How often the counts are written. A crash forgets at most what was sent \
                    since.",
                )
                .formerly("quotas.flush_interval")
                .between(Duration::from_millis(50), Duration::from_secs(300)),
                Duration::from_secs(5),
            ),
        };
        reader.check(
            "throttle.mail_reserve",
            quotas.mail_reserve <= quotas.mail_global,
            "must not be more than throttle.mail_global",
        );
        quotas
    }
}
