//! Why a session family was revoked.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest;
use uuid::Uuid;

use crate::clock::Timestamp;

/// Stored with the family and used as a metric label, so the words are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevokeReason {
    /// The client logged out.
    Logout,
    /// The user revoked it from the list of sessions.
    EndedByUser,
    /// The user logged out everywhere.
    LogoutAll,
    /// A newer login exceeded the limit of sessions per user.
    SessionLimit,
    /// The same browser logged in again.
    Replaced,
    /// A spent refresh token was presented again. Its published word is `replay`.
    Reuse,
    /// A spent token was presented again by a client that names no attempts: a lost answer, or a theft.
    Unconfirmed,
    /// An attempt with an `Idempotency-Key` was repeated after the retry window.
    RetryExpired,
    /// A token of a later generation than that in the database was presented: an older state of the database was
    /// restored.
    Regressed,
    /// The user was disabled or the credentials changed elsewhere.
    CredentialsChanged,
    /// A second factor that it rested on was removed elsewhere.
    FactorRemoved,
    /// An administrator revoked it.
    EndedByAdmin,
    /// An administrator disabled the account.
    AccountDisabled,
    /// The user requested the erasure of the account.
    Erasure,
    /// Its token was presented after the idle or the absolute expiry.
    Expired,
    /// An administrator or the command line revoked all sessions of all users.
    RevokeAll,
    /// A key was retired in an emergency.
    KeyRetired,
    /// The session at another provider on which it rested is over.
    ProviderLogout,
    /// The provider on which it rested was taken out of the settings.
    ProviderRemoved,
}

const WORDS: [(RevokeReason, &str); 19] = [
    (RevokeReason::Logout, "logout"),
    (RevokeReason::EndedByUser, "ended_by_user"),
    (RevokeReason::LogoutAll, "logout_all"),
    (RevokeReason::SessionLimit, "session_limit"),
    (RevokeReason::Replaced, "replaced"),
    (RevokeReason::Reuse, "replay"),
    (RevokeReason::Unconfirmed, "unconfirmed"),
    (RevokeReason::RetryExpired, "retry_expired"),
    (RevokeReason::Regressed, "regressed"),
    (RevokeReason::CredentialsChanged, "credentials_changed"),
    (RevokeReason::FactorRemoved, "factor_removed"),
    (RevokeReason::EndedByAdmin, "ended_by_admin"),
    (RevokeReason::AccountDisabled, "account_disabled"),
    (RevokeReason::Erasure, "erasure"),
    (RevokeReason::Expired, "expired"),
    (RevokeReason::RevokeAll, "revoke_all"),
    (RevokeReason::KeyRetired, "key_retired"),
    (RevokeReason::ProviderLogout, "provider_logout"),
    (RevokeReason::ProviderRemoved, "provider_removed"),
];

impl RevokeReason {
    pub const ALL: [Self; 19] = [
        Self::Logout,
        Self::EndedByUser,
        Self::LogoutAll,
        Self::SessionLimit,
        Self::Replaced,
        Self::Reuse,
        Self::Unconfirmed,
        Self::RetryExpired,
        Self::Regressed,
        Self::CredentialsChanged,
        Self::FactorRemoved,
        Self::EndedByAdmin,
        Self::AccountDisabled,
        Self::Erasure,
        Self::Expired,
        Self::RevokeAll,
        Self::KeyRetired,
        Self::ProviderLogout,
        Self::ProviderRemoved,
    ];

    pub fn as_str(self) -> &'static str {
        WORDS.iter().find(|(reason, _)| *reason == self).map_or("credentials_changed", |(_, word)| word)
    }

    /// An unknown word was written by a newer version; the family is revoked all the same.
    pub fn from_stored(word: &str) -> Self {
        WORDS.iter().find(|(_, known)| *known == word).map_or(Self::CredentialsChanged, |(reason, _)| *reason)
    }
}

impl fmt::Display for RevokeReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// All families created before this moment are revoked. It is in whole milliseconds, the precision of the time in the
/// ids of families (RFC 9562 §5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cutoff(i64);

impl Cutoff {
    /// The cutoff at a moment, rounded up to a millisecond.
    pub fn at(moment: Timestamp) -> Self {
        let micros = moment.as_micros();
        Self(micros.div_euclid(1_000) + i64::from(micros.rem_euclid(1_000) > 0))
    }

    /// The first cutoff at or after `now` that covers this family, even if the clock of its node was ahead.
    pub fn after(now: Timestamp, youngest: Option<Uuid>) -> Self {
        let behind = youngest.map_or(0, |id| created_millis(id) + 1);
        Self(Self::at(now).0.max(behind))
    }

    #[must_use]
    pub fn max_of(self, other: Option<Self>) -> Self {
        other.map_or(self, |other| self.max(other))
    }

    /// Whether the family is revoked by it.
    pub fn covers(self, family: Uuid) -> bool {
        created_millis(family) < self.0
    }

    /// Families created from here on are not revoked.
    pub fn moment(self) -> Timestamp {
        Timestamp::default().plus(Duration::from_millis(self.0.max(0).cast_unsigned()))
    }

    /// The least id that is not covered.
    pub fn first_id(self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.max(0).cast_unsigned()) << 80)
    }
}

/// What stands in the place of a family's id in the entry of the revocation log that revokes a signing key: a UUIDv8
/// (RFC 9562 §5.8) made of the key's name. No family has it, because theirs are of version 7, and no cutoff covers it,
/// because its time is the last of all.
pub fn key_entry(kid: &str) -> Uuid {
    let digest = digest::digest(&digest::SHA256, kid.as_bytes());
    let mut bytes = [0xff; 16];
    bytes[6..].copy_from_slice(&digest.as_ref()[..10]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn created_millis(family: Uuid) -> i64 {
    i64::try_from(family.as_u128() >> 80).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{OsEntropy, uuid_v7};

    #[test]
    fn a_cutoff_parts_ids_by_their_millisecond() {
        let at = Timestamp::from_micros(1_700_000_000_000_001);
        let cutoff = Cutoff::after(at, None);
        assert_eq!(cutoff.moment(), Timestamp::from_micros(1_700_000_000_001_000));
        assert_eq!(Cutoff::at(cutoff.moment()), cutoff);
        let (before, from) = (uuid_v7(&OsEntropy, at), uuid_v7(&OsEntropy, cutoff.moment()));
        assert!(cutoff.covers(before) && before < cutoff.first_id());
        assert!(!cutoff.covers(from) && from >= cutoff.first_id());
    }

    #[test]
    fn a_family_of_a_node_whose_clock_is_ahead_is_covered() {
        let now = Timestamp::from_unix_seconds(1_000);
        let ahead = uuid_v7(&OsEntropy, now.plus(Duration::from_secs(300)));
        let cutoff = Cutoff::after(now, Some(ahead));
        assert!(cutoff.covers(ahead));
        assert_eq!(cutoff.max_of(Some(Cutoff::at(now))), cutoff);
    }

    #[test]
    fn the_entry_of_a_key_is_of_no_family_and_no_cutoff() {
        let [one, other] = ["EsSAZUaOwv_aYcOgVHF2atLtsadEHCLdqWd-viz9NOg", "x"].map(key_entry);
        assert_ne!(one, other);
        assert_eq!((one.get_version_num(), key_entry("x")), (8, other));
        let late = Cutoff::at(Timestamp::from_unix_seconds(253_402_300_799));
        assert!(!late.covers(one) && !late.covers(other));
    }

    #[test]
    fn every_reason_is_stored_and_read_back() {
        for reason in RevokeReason::ALL {
            assert_eq!(RevokeReason::from_stored(reason.as_str()), reason);
        }
    }

    #[test]
    fn a_reason_is_shown_by_its_published_word() {
        assert_eq!(RevokeReason::Reuse.to_string(), "replay");
        assert_eq!(RevokeReason::from_stored("of_a_newer_version"), RevokeReason::CredentialsChanged);
    }
}
