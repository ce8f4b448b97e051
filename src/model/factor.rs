//! Second factors: which there are, which an account has, and what they are proven for.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::{Role, Roles};
use super::assurance::{Amr, Method};

/// What can follow a first factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    Totp,
    BackupCode,
    Sms,
    Webauthn,
}

impl Factor {
    pub const ALL: [Self; 4] = [Self::Totp, Self::BackupCode, Self::Sms, Self::Webauthn];

    /// The name in requests, answers, audit entries and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::BackupCode => "backup_code",
            Self::Sms => "sms",
            Self::Webauthn => "webauthn",
        }
    }

    /// What proving it adds to a session.
    pub fn amr(self) -> Amr {
        Amr::of(&[match self {
            Self::Totp | Self::BackupCode => Method::OneTimePassword,
            Self::Sms => Method::Sms,
            // A passkey's own flags say more; this is the least.
            Self::Webauthn => Method::SoftwareKey,
        }])
    }
}

/// The factors of an account that work: what was begun and not confirmed is not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    pub totp: bool,
    pub sms: bool,
    pub passkeys: u32,
    /// Those that were not used yet.
    pub backup_codes: u32,
}

impl Factors {
    /// Whether the account has a second factor. SMS and backup codes stand beside a stronger one, never alone
    /// (NIST SP 800-63B-4 §3.1.3.3).
    pub const fn is_enrolled(self) -> bool {
        self.totp || self.passkeys > 0
    }

    pub const fn has(self, factor: Factor) -> bool {
        self.is_enrolled()
            && match factor {
                Factor::Totp => self.totp,
                Factor::BackupCode => self.backup_codes > 0,
                Factor::Sms => self.sms,
                Factor::Webauthn => self.passkeys > 0,
            }
    }

    /// What can be asked for, by name.
    pub fn methods(self) -> Vec<&'static str> {
        Factor::ALL.into_iter().filter(|factor| self.has(*factor)).map(Factor::as_str).collect()
    }
}

/// What a proof of a factor is for: what was made for one flow is no good in another (ASVS 5.0 §6.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    pub purpose: FlowPurpose,
    /// The login's challenge, the session that steps up, or the user who enrols or resets the password.
    pub id: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowPurpose {
    Login,
    StepUp,
    Enrollment,
    /// Of a password, by a link.
    Reset,
}

impl FlowPurpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::StepUp => "step_up",
            Self::Enrollment => "enrollment",
            Self::Reset => "reset",
        }
    }
}

/// Who must have a second factor: `mfa.policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaPolicy {
    Optional,
    /// Whoever holds a role above `user`.
    Admins,
    Required,
}

impl MfaPolicy {
    /// Whether somebody with these roles must have a second factor.
    pub fn binds(self, roles: Roles) -> bool {
        match self {
            Self::Optional => false,
            Self::Admins => roles.highest() > Role::User,
            Self::Required => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_factors_never_stand_alone() {
        let weak = Factors { sms: true, backup_codes: 10, ..Factors::default() };
        assert!(!weak.is_enrolled() && weak.methods().is_empty());
        let strong = Factors { passkeys: 1, ..weak };
        assert_eq!(strong.methods(), ["backup_code", "sms", "webauthn"]);
        assert_eq!(Factors { totp: true, ..Factors::default() }.methods(), ["totp"]);
    }

    #[test]
    fn the_policy_binds_whom_it_says() {
        let (user, support) = (Roles::of(&[Role::User]), Roles::of(&[Role::User, Role::Support]));
        let bound = |policy: MfaPolicy| (policy.binds(user), policy.binds(support));
        assert_eq!(bound(MfaPolicy::Optional), (false, false));
        assert_eq!(bound(MfaPolicy::Admins), (false, true));
        assert_eq!(bound(MfaPolicy::Required), (true, true));
    }
}
