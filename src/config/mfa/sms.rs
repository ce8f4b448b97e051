//! `mfa.sms_*`: codes by SMS. `throttle.sms_*` limit how many are sent.

use std::time::Duration;

use crate::config::declaration::setting_value;
use crate::config::{Reader, setting};
use crate::model::phone::CallingPrefix;

setting_value! { CallingPrefix: "a prefix of `+` and 1 to 7 digits" }

#[derive(Clone, Debug)]
pub struct SmsCodes {
    /// How long a code works (NIST SP 800-63B-4 §3.1.3.2: ten minutes at most).
    pub ttl: Duration,
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
