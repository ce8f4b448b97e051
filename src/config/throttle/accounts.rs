//! Limits of accounts: wrong passwords and wrong codes.

use std::time::Duration;

use crate::config::{Reader, setting};
use crate::model::login_delay::DelayRules;

/// Numbers of consecutive wrong passwords.
#[derive(Clone, Copy, Debug)]
pub struct PasswordLimits {
    /// For the known devices of an account together and for all other devices together: at most 50 each, and so 100 in
    /// sum (NIST SP 800-63B-4 §3.2.2).
    pub max_failures: u32,
    /// For one known device, which then counts as unknown.
    pub max_failures_per_device: u32,
    /// For an address on unknown devices, below these numbers.
    pub delay: DelayRules,
}

/// Numbers of wrong codes of one second factor.
#[derive(Clone, Copy, Debug)]
pub struct FactorLimits {
    /// The number of wrong codes that ends a login and locks the factor for a while.
    pub max_failures: u32,
    /// The first lock of a factor. Each further one is twice as long, up to a day.
    pub lockout: Duration,
    /// The number of consecutive wrong codes, over all locks, that disables a factor until the account is unlocked.
    pub max_consecutive_failures: u32,
}

impl PasswordLimits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let failures = |key, meaning| setting(key, meaning).between(1, 50);
        Self {
            max_failures: reader.value(
                failures(
                    "throttle.password_failures",
                    "The number of consecutive wrong passwords, counted for the known devices of an account together \
                    and for all other devices together, after which the password is refused there until it is reset \
                    or the account is unlocked.",
                )
                .formerly("password.max_failures"),
                50,
            ),
            max_failures_per_device: reader.value(
                failures(
                    "throttle.password_failures_per_device",
                    "The number of consecutive wrong passwords of one known device after which it counts as unknown.",
                )
                .formerly("password.max_failures_per_device"),
                10,
            ),
            delay: read_delay(reader),
        }
    }
}

fn read_delay(reader: &mut Reader) -> DelayRules {
    const HOUR: Duration = Duration::from_secs(3600);
    let duration = |key, meaning| setting(key, meaning).between(Duration::from_secs(1), HOUR);
    let rules = DelayRules {
        free: reader.value(
            setting(
                "throttle.login_delay_free",
                "The number of wrong passwords for one address on unknown devices before its logins there are \
                delayed. It is the same for addresses without an account.",
            )
            .between(1, 50),
            10,
        ),
        shortest: reader.value(
            duration(
                "throttle.login_delay",
                "The first delay of an address's logins on unknown devices. Each further wrong password doubles it.",
            ),
            Duration::from_secs(60),
        ),
        longest: reader.value(
            // NIST SP 800-63B-4 §3.2.2 names an hour as the upper end.
            duration("throttle.login_delay_max", "The longest of these delays.")
                .note("at least `throttle.login_delay`"),
            Duration::from_secs(15 * 60),
        ),
        forgotten_after: reader.value(
            setting(
                "throttle.login_delay_forgotten_after",
                "The time after which one of the wrong passwords that delay an address no longer counts.",
            )
            .between(Duration::from_secs(60), 24 * HOUR),
            Duration::from_secs(15 * 60),
        ),
    };
    reader.check(
        "throttle.login_delay_max",
        rules.shortest <= rules.longest,
        "must be at least throttle.login_delay",
    );
    rules
}

impl FactorLimits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let limits = Self {
            max_failures: reader.value(
                setting(
                    "throttle.factor_failures",
                    "The number of wrong codes that ends a login and locks the factor for a while.",
                )
                .formerly("mfa.max_failures")
                .between(1, 20),
                5,
            ),
            lockout: reader.value(
                setting(
                    "throttle.factor_lockout",
                    "The first lock of a factor. Each further one is twice as long, up to a day.",
                )
                .formerly("mfa.lockout")
                .between(Duration::from_secs(1), Duration::from_secs(86_400)),
                Duration::from_secs(15 * 60),
            ),
            max_consecutive_failures: reader.value(
                setting(
                    "throttle.factor_consecutive_failures",
                    "The number of consecutive wrong codes that disables a factor until the account is unlocked.",
                )
                .formerly("mfa.max_consecutive_failures")
                // NIST SP 800-63B-4 §3.2.2
                .at_most(100)
                .note("at least `throttle.factor_failures`"),
                100,
            ),
        };
        reader.check(
            "throttle.factor_consecutive_failures",
            limits.max_failures <= limits.max_consecutive_failures,
            "must be at least throttle.factor_failures",
        );
        limits
    }
}
