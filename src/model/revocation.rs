//! Why a session family ended.

use std::fmt;

/// Stored with the family and used as a metric label, so the words are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevokeReason {
    /// The client logged out.
    Logout,
    /// The user ended it from the list of sessions.
    EndedByUser,
    /// The user logged out everywhere.
    LogoutAll,
    /// A newer login exceeded the limit of sessions per user.
    SessionLimit,
    /// A spent refresh token was presented again.
    Replay,
    /// A spent token was presented again by a client that names no attempts: a lost answer, or a theft.
    Unconfirmed,
    /// A named attempt was repeated after the retry window.
    RetryExpired,
    /// A token of a later generation than the database's was presented: the database was set back.
    Regressed,
    /// The user was disabled or the credentials changed elsewhere.
    CredentialsChanged,
    /// A second factor that it rested on was removed elsewhere.
    FactorRemoved,
    /// An administrator ended it.
    EndedByAdmin,
    /// An administrator disabled the account.
    AccountDisabled,
    /// The user wished to be erased.
    Erasure,
    /// Its token was presented after the idle or the absolute expiry.
    Expired,
}

const WORDS: [(RevokeReason, &str); 14] = [
    (RevokeReason::Logout, "logout"),
    (RevokeReason::EndedByUser, "ended_by_user"),
    (RevokeReason::LogoutAll, "logout_all"),
    (RevokeReason::SessionLimit, "session_limit"),
    (RevokeReason::Replay, "replay"),
    (RevokeReason::Unconfirmed, "unconfirmed"),
    (RevokeReason::RetryExpired, "retry_expired"),
    (RevokeReason::Regressed, "regressed"),
    (RevokeReason::CredentialsChanged, "credentials_changed"),
    (RevokeReason::FactorRemoved, "factor_removed"),
    (RevokeReason::EndedByAdmin, "ended_by_admin"),
    (RevokeReason::AccountDisabled, "account_disabled"),
    (RevokeReason::Erasure, "erasure"),
    (RevokeReason::Expired, "expired"),
];

impl RevokeReason {
    pub const ALL: [Self; 14] = [
        Self::Logout,
        Self::EndedByUser,
        Self::LogoutAll,
        Self::SessionLimit,
        Self::Replay,
        Self::Unconfirmed,
        Self::RetryExpired,
        Self::Regressed,
        Self::CredentialsChanged,
        Self::FactorRemoved,
        Self::EndedByAdmin,
        Self::AccountDisabled,
        Self::Erasure,
        Self::Expired,
    ];

    pub fn as_str(self) -> &'static str {
        WORDS.iter().find(|(reason, _)| *reason == self).map_or("credentials_changed", |(_, word)| word)
    }

    /// A word this version does not know was written by a newer one: the family has ended all the same.
    pub fn from_stored(word: &str) -> Self {
        WORDS.iter().find(|(_, known)| *known == word).map_or(Self::CredentialsChanged, |(reason, _)| *reason)
    }
}

impl fmt::Display for RevokeReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_stored_and_read_back() {
        for reason in RevokeReason::ALL {
            assert_eq!(RevokeReason::from_stored(reason.as_str()), reason);
        }
    }
}
