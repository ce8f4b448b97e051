//! Limits of codes by SMS. Each SMS costs money and may disturb a stranger, so they are limited by number, by
//! account, by the network of the request and in total (ASVS 5.0 §2.4.1, §6.6.4).

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use crate::clock::Timestamp;

const HOUR: Duration = Duration::from_secs(3_600);
/// Older codes do not count.
pub const DAY: Duration = Duration::from_secs(86_400);
/// The time between two codes of one flow, in which the first may still be on its way.
pub const RESEND_PAUSE: Duration = Duration::from_secs(30);

/// The limit that a code exceeds. Its name is the label of a metric and therefore fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsRule {
    /// The pause between two codes of one flow.
    Resend,
    /// Codes to one number.
    Number,
    /// Codes for one account.
    User,
    /// Codes requested from one network.
    Network,
    /// Codes in total.
    Global,
}

impl SmsRule {
    /// All rules, for metrics that begin at zero.
    pub const ALL: [Self; 5] = [Self::Resend, Self::Number, Self::User, Self::Network, Self::Global];

    /// The label of `auth_rate_limited_total`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "sms_resend",
            Self::Number => "sms_number",
            Self::User => "sms_user",
            Self::Network => "sms_network",
            Self::Global => "sms_global",
        }
    }
}

/// The limits. 0 means that no code may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsLimits {
    /// `throttle.sms_per_number_hour`
    pub per_number_hour: u64,
    /// `throttle.sms_per_number_day`
    pub per_number_day: u64,
    /// `throttle.sms_per_user_hour`
    pub per_user_hour: u64,
    /// `throttle.sms_per_user`
    pub per_user_day: u64,
    /// `throttle.sms_per_network_hour`
    pub per_network_hour: u64,
    /// In a day (UTC).
    pub global_day: u64,
}

/// The number of codes within any such span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendWindow {
    /// The rule that the limit belongs to.
    pub rule: SmsRule,
    /// The number of codes that are allowed within `span`.
    pub most: u64,
    /// The length of the window, which ends now.
    pub span: Duration,
}

impl SmsLimits {
    /// The limits that count back from the moment of sending.
    pub const fn windows(&self) -> [SendWindow; 5] {
        [
            SendWindow { rule: SmsRule::Number, most: self.per_number_day, span: DAY },
            SendWindow { rule: SmsRule::Number, most: self.per_number_hour, span: HOUR },
            SendWindow { rule: SmsRule::User, most: self.per_user_day, span: DAY },
            SendWindow { rule: SmsRule::User, most: self.per_user_hour, span: HOUR },
            SendWindow { rule: SmsRule::Network, most: self.per_network_hour, span: HOUR },
        ]
    }
}

/// The network of one customer of a provider: an IPv4 address, or a /64 of IPv6 (RFC 6177 §2). With a coarser one,
/// neighbors would share a limit; with a finer one, a home network would have 2⁶⁴ limits.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The day of the total quota, counted from the Unix epoch (UTC).
pub const fn day(at: Timestamp) -> i64 {
    at.unix_seconds().div_euclid(DAY.as_secs().cast_signed())
}

/// The time until the end of that day.
pub fn rest_of_day(at: Timestamp) -> Duration {
    Timestamp::from_unix_seconds((day(at) + 1) * DAY.as_secs().cast_signed()).since(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_customer_has() {
        let network = |address: &str| network(address.parse().unwrap());
        assert_eq!(network("192.0.2.77"), "192.0.2.77");
        assert_eq!(network("::ffff:192.0.2.77"), "192.0.2.77");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }

    #[test]
    fn a_day_ends_at_midnight() {
        let last = Timestamp::from_unix_seconds(2 * 86_400).minus(Duration::from_micros(1));
        assert_eq!((day(last), rest_of_day(last)), (1, Duration::from_micros(1)));
        let first = last.plus(Duration::from_micros(1));
        assert_eq!((day(first), rest_of_day(first)), (2, DAY));
    }

    #[test]
    fn every_rule_has_a_label_of_its_own() {
        let labels: std::collections::HashSet<_> = SmsRule::ALL.iter().map(|rule| rule.as_str()).collect();
        assert_eq!(labels.len(), SmsRule::ALL.len());
    }
}
