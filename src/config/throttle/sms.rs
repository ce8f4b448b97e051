//! How many codes by SMS may be sent.

use super::Quotas;
use crate::config::{Reader, setting};
use crate::model::sms_limit::SmsLimits;

pub(super) fn read(reader: &mut Reader, quotas: &Quotas) -> SmsLimits {
    SmsLimits {
        per_number_hour: reader.value(
            setting("throttle.sms_per_number_hour", "The codes to one number within an hour. 0 means none.")
                .formerly("mfa.sms_per_number_hour"),
            5,
        ),
        per_number_day: reader.value(
            setting("throttle.sms_per_number_day", "The codes to one number within a day. 0 means none.")
                .formerly("mfa.sms_per_number_day"),
            10,
        ),
        per_user_hour: reader.value(
            setting("throttle.sms_per_user_hour", "The codes for one account within an hour. 0 means none.")
                .formerly("mfa.sms_per_user_hour"),
            5,
        ),
        per_network_hour: reader.value(
            setting(
                "throttle.sms_per_network_hour",
                "The codes requested from one IPv4 address or /64 network of IPv6 within an \
                    hour. 0 means none.",
            )
            .formerly("mfa.sms_per_network_hour"),
            20,
        ),
        per_user_day: quotas.sms_per_user,
        global_day: quotas.sms_global,
    }
}
