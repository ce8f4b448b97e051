//! `mfa.sms_*`: codes by SMS. `quotas.*` limit how many are sent in a day.

use std::time::Duration;

use crate::config::declaration::setting_value;
use crate::config::{Reader, setting};
use crate::model::phone::CallingPrefix;

setting_value! { CallingPrefix: "a prefix of `+` and 1 to 7 digits" }

#[derive(Clone, Debug)]
pub struct SmsCodes {
    /// How long a code works (NIST SP 800-63B-4 §3.1.3.2: ten minutes at most).
    pub ttl: Duration,
    pub per_number_hour: u64,
    pub per_number_day: u64,
    pub per_user_hour: u64,
    pub per_network_hour: u64,
    /// The prefixes of the numbers that codes may be sent to; empty: all.
    pub prefixes: Vec<CallingPrefix>,
}

impl SmsCodes {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Codes by SMS");
        Self {
            ttl: reader.value(
                setting("mfa.sms_code_ttl", "How long a code works.")
                    .between(Duration::from_secs(60), Duration::from_secs(600)),
                Duration::from_secs(600),
            ),
            per_number_hour: reader.value(
                setting("mfa.sms_per_number_hour", "The codes to one number within an hour. 0 means none."),
                5,
            ),
            per_number_day: reader.value(
                setting("mfa.sms_per_number_day", "The codes to one number within a day. 0 means none."),
                10,
            ),
            per_user_hour: reader.value(
                setting("mfa.sms_per_user_hour", "The codes for one account within an hour. 0 means none."),
                5,
            ),
            per_network_hour: reader.value(
                setting(
                    "mfa.sms_per_network_hour",
                    "The codes requested from one IPv4 address or /64 network of IPv6 within an \
                    hour. 0 means none.",
                ),
                20,
            ),
            prefixes: reader.list(
                setting(
                    "mfa.sms_prefixes",
                    "The prefixes of the numbers that codes may be sent to, such as `+49`. An \
                    empty list allows all.",
                ),
                Vec::new(),
            ),
        }
    }
}
