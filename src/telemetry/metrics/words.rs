//! The words that labels have as values. Each is an enum, so that no text of a client, a database or another service
//! becomes a time series, and so that every series can be shown from the start.

/// Declares enums of words, each with a list of all its words.
macro_rules! words {
    ($($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $variant:ident => $word:literal),+ $(,)? })+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$meaning])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value of the label.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    )+};
}

words! {
    /// How someone logs in.
    LoginMethod {
        Password => "password",
        Passkey => "passkey",
        Federation => "federation",
    }

    /// The outcome of a callback from an identity provider.
    FederationCallbackOutcome {
        /// The application got a code.
        Returned => "returned",
        /// The person has turned back.
        Cancelled => "cancelled",
        Failed => "failed",
        Unavailable => "unavailable",
        /// It belongs to no login of the browser.
        StateInvalid => "state_invalid",
    }

    /// What an attempt to log in led to.
    LoginAttemptOutcome {
        Success => "success",
        /// The password was right, and a second factor is asked for.
        Challenged => "challenged",
        Failure => "failure",
    }

    /// Why a login failed: in the metric and in the security event.
    LoginFailureReason {
        InvalidCredentials => "invalid_credentials",
        RateLimited => "rate_limited",
        NotActive => "not_active",
        NotVerified => "not_verified",
        /// A wrong second factor.
        Mfa => "mfa",
        MfaResetPending => "mfa_reset_pending",
        CaptchaRequired => "captcha_required",
        CaptchaInvalid => "captcha_invalid",
        ChallengeInvalid => "challenge_invalid",
        /// A code or token of a login with another provider does not count.
        FederationFailed => "federation_failed",
        Malformed => "malformed",
        Overloaded => "overloaded",
        Unavailable => "unavailable",
    }

    /// The result of verifying a second factor.
    FactorOutcome {
        Success => "success",
        Failure => "failure",
        /// The factor is locked after too many attempts.
        Limited => "limited",
        Unavailable => "unavailable",
    }

    /// The result of a refresh request.
    RefreshRequestOutcome {
        Rotated => "rotated",
        Retried => "retried",
        Unchanged => "unchanged",
        InFlight => "in_flight",
        /// Reuse of a spent token.
        Replay => "replay",
        Unconfirmed => "unconfirmed",
        Revoked => "revoked",
        Expired => "expired",
        Invalid => "invalid",
        Regressed => "regressed",
        Overloaded => "overloaded",
        Unavailable => "unavailable",
    }

    /// The result of checking a CSRF token.
    CsrfOutcome {
        Valid => "valid",
        Invalid => "invalid",
    }

    /// The result of a request for the JWK Set.
    JwksOutcome {
        Ok => "ok",
        NotModified => "not_modified",
    }

    /// The state of a session actor.
    ActorState {
        Live => "live",
        Activating => "activating",
    }

    /// The state of a database connection in its pool.
    PoolState {
        Busy => "busy",
        Idle => "idle",
    }

    /// What was wrong with the database when a unit of work failed.
    DatabaseFault {
        Unavailable => "unavailable",
        Contention => "contention",
        Duplicate => "duplicate",
        Corrupt => "corrupt",
        Other => "other",
    }

    /// The result of an attempt to send a message.
    DeliveryOutcome {
        Sent => "sent",
        /// It will be tried again.
        Failed => "failed",
        /// It was given up.
        Dead => "dead",
        Expired => "expired",
        Postponed => "postponed",
        OverQuota => "over_quota",
    }

    /// The result of looking a new password up among breached ones.
    BreachCheckOutcome {
        Clean => "clean",
        Breached => "breached",
        /// It could not be looked up, and was accepted.
        FailedOpen => "failed_open",
    }

    /// The result of an answer to a CAPTCHA.
    CaptchaOutcome {
        Passed => "passed",
        Failed => "failed",
        Missing => "missing",
        /// It could not be verified, and was accepted.
        FailedOpen => "failed_open",
        Unavailable => "unavailable",
    }

    /// How a TLS handshake ended.
    HandshakeOutcome {
        Completed => "completed",
        TimedOut => "timed_out",
        Failed => "failed",
    }

    /// The outcome of a call to a service outside.
    CallOutcome {
        Answered => "answered",
        ErrorStatus => "error_status",
        Refused => "refused",
        /// Earlier calls kept failing, so none is made for a moment.
        Resting => "resting",
        Unreachable => "unreachable",
        TimedOut => "timed_out",
        Lost => "lost",
        TooLarge => "too_large",
    }

    /// Why a stored signing key is of no use.
    UnusableKey {
        /// It cannot be opened, or was not written by this service.
        Damaged => "damaged",
    }
}
