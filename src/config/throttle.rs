//! `throttle.*`: all limits of how often something may happen: by network, session, device, account and message.

mod accounts;
mod quotas;
mod sms;

use accounts::FactorLimits;
pub(crate) use accounts::PasswordLimits;
pub(crate) use quotas::Quotas;

use super::{Reader, setting};
use crate::model::sms_limit::SmsLimits;
use crate::model::throttle::Limit;

#[derive(Clone, Debug)]
pub struct Throttle {
    /// Whether the limits by network and that of refreshes hold. All other limits always hold.
    pub enabled: bool,
    /// Failed logins, second factors and passkeys from one network, beyond which a challenge is asked for.
    pub login: Limit,
    /// The same, beyond which nothing is evaluated.
    pub login_hard: Limit,
    /// Registrations, and requests for links and codes, from one network: for each kind of request.
    pub requests: Limit,
    /// Refreshes of one session.
    pub refresh: Limit,
    /// How many times as much the /48 of an IPv6 address is allowed.
    pub site_factor: u32,
    /// How many networks or sessions are counted for each rule.
    pub max_counted: usize,
    pub password: PasswordLimits,
    pub factor: FactorLimits,
    pub sms: SmsLimits,
    /// Of messages in a day.
    pub quotas: Quotas,
}

impl Throttle {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Throttling");
        let count = |key, meaning| setting(key, meaning).between(1_u32, 1_000_000);
        let enabled = setting(
            "throttle.enabled",
            "Whether the limits by network and that of refreshes hold. The limits of accounts, devices and \
            messages always hold.",
        );
        let enabled = reader.value(enabled, true);
        let quotas = Quotas::read(reader);
        Self {
            enabled,
            login: Limit::per_minute(
                reader.value(
                    count(
                        "throttle.login_per_minute",
                        "The failed logins, second factors and passkeys in a minute from one network (an IPv4 \
                        address, or a /64 of IPv6), on devices that the account does not know. Beyond it, a \
                        challenge is asked for.",
                    ),
                    30,
                ),
                reader.value(
                    count("throttle.login_burst", "The number of these failures that may come at once."),
                    60,
                ),
            ),
            login_hard: Limit::per_hour(
                reader.value(
                    count(
                        "throttle.login_per_hour",
                        "The number of these failures in an hour, and at once, beyond which nothing is evaluated, \
                        challenge or not.",
                    ),
                    300,
                ),
            ),
            requests: Limit::per_minute(
                reader.value(
                    count(
                        "throttle.requests_per_minute",
                        "The registrations in a minute from one network, and as many requests for a reset, for a \
                        verification mail, and for a code by SMS.",
                    ),
                    10,
                ),
                reader.value(
                    count(
                        "throttle.requests_burst",
                        "The number of requests of each of these kinds that may come at once.",
                    ),
                    5,
                ),
            ),
            refresh: Limit::per_minute(
                reader.value(
                    count("throttle.refresh_per_minute", "The refreshes of one session in a minute."),
                    30,
                ),
                reader.value(
                    count("throttle.refresh_burst", "The number of refreshes of one session that may come at once."),
                    30,
                ),
            ),
            site_factor: reader.value(
                setting(
                    "throttle.site_factor",
                    "How many times as much the /48 of an IPv6 address is allowed as its /64.",
                )
                .between(1, 65_536),
                8,
            ),
            max_counted: reader.value(
                setting(
                    "throttle.max_counted",
                    "The number of networks, or of sessions, that a node counts at a time for each rule. Where there \
                    are more, those with the fewest events are forgotten.",
                )
                .between(64, 100_000_000),
                100_000,
            ),
            password: PasswordLimits::read(reader),
            factor: FactorLimits::read(reader),
            sms: sms::read(reader, &quotas),
            quotas,
        }
    }
}
