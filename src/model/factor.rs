//! Second factors: the kinds, those of an account, and the flows that they are verified in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::{Role, Roles};
use super::assurance::{Amr, Method};

/// A kind of second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A code of an authenticator app (RFC 6238).
    Totp,
    /// One of the codes that the owner was told to keep.
    BackupCode,
    /// A code that was sent by SMS.
    Sms,
    /// A passkey, used beside a password.
    Webauthn,
}

impl Factor {
    /// All kinds, in the order in which the API lists them.
    pub const ALL: [Self; 4] = [Self::Totp, Self::BackupCode, Self::Sms, Self::Webauthn];

    /// The name in requests, answers, security events and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::BackupCode => "backup_code",
            Self::Sms => "sms",
            Self::Webauthn => "webauthn",
        }
    }

    /// The factor with this name, if this version knows one.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.as_str() == text)
    }

    /// The methods that its verification adds to a session.
    pub fn amr(self) -> Amr {
        Amr::of(&[match self {
            Self::Totp | Self::BackupCode => Method::OneTimePassword,
            Self::Sms => Method::Sms,
            // The least that a passkey proves; its flags may say more.
            Self::Webauthn => Method::SoftwareKey,
        }])
    }
}

/// The confirmed factors of an account, without enrollments that were only started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// Whether an authenticator app is enrolled.
    pub totp: bool,
    /// Whether a phone number is confirmed.
    pub sms: bool,
    /// The number of passkeys.
    pub passkeys: u32,
    /// The unused ones.
    pub backup_codes: u32,
}

impl Factors {
    /// Whether the account has a second factor. SMS and backup codes only count beside a stronger one
    /// (NIST SP 800-63B-4 §3.1.3.3).
    pub const fn is_enrolled(self) -> bool {
        self.totp || self.passkeys > 0
    }

    /// Whether the factor can be used now. One that only counts beside a stronger one needs that one.
    pub const fn has(self, factor: Factor) -> bool {
        self.is_enrolled()
            && match factor {
                Factor::Totp => self.totp,
                Factor::BackupCode => self.backup_codes > 0,
                Factor::Sms => self.sms,
                Factor::Webauthn => self.passkeys > 0,
            }
    }

    /// The names of the factors that can be used.
    pub fn methods(self) -> Vec<&'static str> {
        Factor::ALL.into_iter().filter(|factor| self.has(*factor)).map(Factor::as_str).collect()
    }
}

/// The flow that a factor is verified in. A code for one flow is not accepted in another (ASVS 5.0 §6.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The kind of flow.
    pub purpose: FlowPurpose,
    /// The challenge of a login, the session that steps up, or the user who enrolls a factor or resets the password.
    pub id: Uuid,
}

/// What a factor is verified for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowPurpose {
    /// The second step of a login.
    Login,
    /// A session that authenticates again.
    StepUp,
    /// The first use of a factor, which confirms it.
    Enrollment,
    /// The reset of a password by a link.
    Reset,
}

impl FlowPurpose {
    /// All purposes.
    pub const ALL: [Self; 4] = [Self::Login, Self::StepUp, Self::Enrollment, Self::Reset];

    /// The name in the database and in security events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::StepUp => "step_up",
            Self::Enrollment => "enrollment",
            Self::Reset => "reset",
        }
    }

    /// The purpose with this name, if this version knows one.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// Whether logins ask for second factors at all: `mfa.enforcement`, a switch for incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaEnforcement {
    /// A login to an account that has a second factor asks for it.
    On,
    /// A login ends after the password, with one factor. What asks for two stays closed.
    Off,
}

/// Who must have a second factor: `mfa.policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaPolicy {
    /// No one; anyone may enroll one.
    Optional,
    /// All accounts with a role above `user`.
    Admins,
    /// Every account.
    Required,
}

impl MfaPolicy {
    /// Whether an account with these roles must have a second factor.
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
    fn factors_have_names_and_prove_methods() {
        for (factor, name, method) in [
            (Factor::Totp, "totp", "otp"),
            (Factor::BackupCode, "backup_code", "otp"),
            (Factor::Sms, "sms", "sms"),
            (Factor::Webauthn, "webauthn", "swk"),
        ] {
            assert_eq!(factor.as_str(), name);
            assert_eq!(serde_json::to_value(factor).unwrap(), name);
            assert_eq!(Factor::from_stored(name), Some(factor));
            assert_eq!(factor.amr().names(), [method], "{name}");
        }
        assert_eq!(Factor::from_stored("email"), None);
    }

    #[test]
    fn purposes_are_stored_by_their_names() {
        for (purpose, name) in [
            (FlowPurpose::Login, "login"),
            (FlowPurpose::StepUp, "step_up"),
            (FlowPurpose::Enrollment, "enrollment"),
            (FlowPurpose::Reset, "reset"),
        ] {
            assert_eq!(purpose.as_str(), name);
            assert_eq!(FlowPurpose::from_stored(name), Some(purpose));
        }
        assert_eq!(FlowPurpose::from_stored("recovery"), None);
    }

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
