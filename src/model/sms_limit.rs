//! How many codes may leave by SMS. Each costs money, and rings on a phone that need not be the sender's:
//! so they are bounded by number, by account, by where they are asked for, and in all (ASVS 5.0 §2.4.1, §6.6.4).

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use crate::clock::Timestamp;

const HOUR: Duration = Duration::from_secs(3_600);
/// What is older than this counts nowhere.
pub const DAY: Duration = Duration::from_secs(86_400);
/// Between two codes of one flow: the first may still be on its way.
pub const RESEND_PAUSE: Duration = Duration::from_secs(30);

/// What keeps a code from leaving. The name is a metric's label, so it is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsRule {
    Resend,
    Number,
    User,
    Network,
    Global,
}

impl SmsRule {
    pub const ALL: [Self; 5] = [Self::Resend, Self::Number, Self::User, Self::Network, Self::Global];

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

/// How many codes may leave. 0 means none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsLimits {
    pub per_number_hour: u64,
    pub per_number_day: u64,
    pub per_user_hour: u64,
    pub per_user_day: u64,
    pub per_network_hour: u64,
    /// In a day of UTC.
    pub global_day: u64,
}

/// At most so many codes within any such span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendWindow {
    pub rule: SmsRule,
    pub most: u64,
    pub span: Duration,
}

impl SmsLimits {
    /// The limits that look back from the moment of sending.
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

/// What one customer of a provider has: the whole address of IPv4, /64 of IPv6 (RFC 6177 §2). Coarser would let
/// one neighbour spend what belongs to all, finer would give a home network 2⁶⁴ quotas.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The day (since the Unix epoch, UTC) of the quota for all.
pub const fn day(at: Timestamp) -> i64 {
    at.unix_seconds().div_euclid(DAY.as_secs().cast_signed())
}

/// How long that day still lasts.
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
