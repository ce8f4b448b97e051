//! Rate limits: what is counted, for whom, and how much of it is allowed.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// A limit by network. Its name is the label of a metric and the name of the policy in
/// `RateLimit` fields, and therefore fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Failed logins, second factors and passkeys, beyond which a challenge is asked for.
    Login,
    /// The same in the long run, beyond which nothing is evaluated.
    LoginHard,
    Register,
    Forgot,
    Resend,
    Sms,
}

impl Rule {
    pub const ALL: [Self; 6] =
        [Self::Login, Self::LoginHard, Self::Register, Self::Forgot, Self::Resend, Self::Sms];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginHard => "login_hard",
            Self::Register => "register",
            Self::Forgot => "forgot",
            Self::Resend => "resend",
            Self::Sms => "sms",
        }
    }
}

/// A limit that is not one by network. Its name is a label of the same metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherRule {
    /// Refreshes of one session family.
    Refresh,
    /// The delay of logins on unknown devices.
    LoginDelay,
    /// A second factor that is locked.
    FactorLock,
    /// Retries of one refresh.
    RefreshRetries,
    /// Requests that wait for one session.
    SessionQueue,
}

impl OtherRule {
    pub const ALL: [Self; 5] =
        [Self::Refresh, Self::LoginDelay, Self::FactorLock, Self::RefreshRetries, Self::SessionQueue];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::LoginDelay => "login_delay",
            Self::FactorLock => "factor_lock",
            Self::RefreshRetries => "refresh_retries",
            Self::SessionQueue => "session_queue",
        }
    }
}

/// How often something may happen: `burst` times at once, and `count` times in each `span` in the long run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub count: u32,
    pub span: Duration,
    pub burst: u32,
}

impl Limit {
    pub const fn per_minute(count: u32, burst: u32) -> Self {
        Self { count, span: Duration::from_secs(60), burst }
    }

    pub const fn per_hour(count: u32) -> Self {
        Self { count, span: Duration::from_secs(3600), burst: count }
    }

    /// The time in which one more becomes possible.
    pub fn interval(&self) -> Duration {
        self.span / self.count.max(1)
    }

    /// The time in which a used-up burst becomes whole again.
    pub fn window(&self) -> Duration {
        self.interval() * self.burst
    }

    /// The same for a network that is this many times larger.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self {
            count: self.count.saturating_mul(factor),
            span: self.span,
            burst: self.burst.saturating_mul(factor),
        }
    }
}

/// A network that is counted as one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// An IPv4 address, or the /64 of an IPv6 address, which is what one customer has at least.
    Customer(IpAddr),
    /// The /48 of an IPv6 address, which many customers can have for themselves (RFC 6177 §2). Its limits are larger.
    Site(Ipv6Addr),
}

impl Network {
    pub fn customer(address: IpAddr) -> Self {
        Self::Customer(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => first_segments(address, 4).into(),
        })
    }

    /// `None` for an IPv4 address.
    pub fn site(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => Some(Self::Site(first_segments(address, 3))),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer(IpAddr::V4(address)) => address.fmt(formatter),
            Self::Customer(IpAddr::V6(address)) => write!(formatter, "{address}/64"),
            Self::Site(address) => write!(formatter, "{address}/48"),
        }
    }
}

fn first_segments(address: Ipv6Addr, count: usize) -> Ipv6Addr {
    let mut segments = address.segments();
    segments[count..].fill(0);
    segments.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(address: &str) -> (Network, Option<Network>) {
        let address = address.parse().unwrap();
        (Network::customer(address), Network::site(address))
    }

    #[test]
    fn a_client_is_its_address_or_its_64_and_its_48() {
        let (customer, site) = networks("2001:DB8:0001:2:3::9");
        assert_eq!(
            (customer.to_string(), site.unwrap().to_string()),
            ("2001:db8:1:2::/64".to_owned(), "2001:db8:1::/48".to_owned())
        );
        assert_eq!(networks("2001:db8:1:2:ffff::"), (customer, site));
        assert_ne!(networks("2001:db8:1:3::").0, customer);
        assert_eq!(networks("2001:db8:1:3::").1, site);
        assert_eq!(networks("::ffff:7f00:1"), networks("127.0.0.1"));
        let (customer, site) = networks("192.0.2.7");
        assert_eq!((customer.to_string().as_str(), site), ("192.0.2.7", None));
    }

    #[test]
    fn a_limit_has_an_interval_and_a_window() {
        let login = Limit::per_minute(30, 60);
        assert_eq!((login.interval(), login.window()), (Duration::from_secs(2), Duration::from_secs(120)));
        let site = login.times(8);
        assert_eq!((site.interval(), site.window()), (Duration::from_millis(250), Duration::from_secs(120)));
        assert_eq!(Limit::per_hour(300).window(), Duration::from_secs(3600));
    }

    #[test]
    fn every_rule_has_a_label_of_its_own() {
        let labels = Rule::ALL.map(Rule::as_str).into_iter().chain(OtherRule::ALL.map(OtherRule::as_str));
        let labels: std::collections::HashSet<_> = labels.collect();
        assert_eq!(labels.len(), Rule::ALL.len() + OtherRule::ALL.len());
        assert!(Rule::ALL.into_iter().enumerate().all(|(place, rule)| rule as usize == place));
    }
}
