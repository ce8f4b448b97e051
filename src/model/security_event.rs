//! Security events, which are written in the transaction of the change that they record.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Timestamp;

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Someone registered, or verified the address of a registration that had to be.
    AccountRegistered,
    /// By an administrator, an import or the bootstrap.
    AccountCreated,
    /// Profile data changed.
    AccountUpdated,
    /// An administrator disabled the account and revoked its sessions.
    AccountDisabled,
    /// An administrator let a disabled account log in again.
    AccountEnabled,
    /// Too many consecutive wrong passwords.
    AccountLocked,
    /// An administrator lifted the locks of the password and of the second factors.
    AccountUnlocked,
    /// The user exported all data about them.
    AccountExported,
    /// By the owner, who may still take it back, or by an administrator, who erases at once.
    ErasureRequested,
    /// The owner logged in before the erasure was due.
    ErasureCancelled,
    /// The account and its data were deleted. The event names the user by a pseudonym.
    AccountErased,
    /// With the roles before and after.
    RolesChanged,
    /// The owner uploaded a picture.
    AvatarChanged,
    /// The owner removed the picture.
    AvatarRemoved,
    /// The terms were accepted at registration, in the version that the event names.
    ConsentGiven,
    /// The owner of an address declined a registration that they had not made.
    RegistrationDeclined,
    /// The address was proven for the first time, by a reset or by another provider: everything that had been enrolled before was removed.
    AccountReclaimed,
    /// A link to verify an address was sent again.
    EmailVerificationRequested,
    /// A link verified the address of the account.
    EmailVerified,
    /// The owner asked for another address, which is not verified yet.
    EmailChangeRequested,
    /// The account has another address: the owner used the link, or an administrator set it.
    EmailChanged,
    /// A session was opened, by whatever method.
    LoginSucceeded,
    /// With the reason. It is about a user only if the address has an account.
    LoginFailed,
    /// A session authenticated again, with the method.
    StepUpSucceeded,
    /// A password or factor was wrong within a session: at a step-up or a change of the password.
    StepUpFailed,
    /// After a right password, the hash was renewed with the current parameters.
    PasswordRehashed,
    /// By the owner, who knew the former one.
    PasswordChanged,
    /// A link to reset the password was sent.
    PasswordResetRequested,
    /// A link set a new password.
    PasswordReset,
    /// An administrator requires another password at the next login.
    PasswordChangeRequired,
    /// Someone without a password had a link mailed that sets one, or enrolls a passkey.
    FirstCredentialRequested,
    /// The owner of an account without a password has set one.
    PasswordSet,
    /// An administrator invited someone, with the roles that the account gets.
    InvitationCreated,
    /// An administrator took an invitation back.
    InvitationRevoked,
    /// Someone registered by an invitation.
    InvitationAccepted,
    /// A server may act for the browsers of its users.
    ApplicationCreated,
    /// A server may no longer act for browsers.
    ApplicationRemoved,
    /// An authenticated user tried an action that they may not do.
    AccessDenied,
    /// An administrator exported security events, with the filters.
    AuditExported,
    /// One session was revoked on purpose.
    SessionEnded,
    /// The sessions of a user were revoked together.
    SessionsEnded,
    /// A spent refresh token was used again, and its family ended.
    RefreshTokenReused,
    /// A spent refresh token was used again by a client that names no attempts, and its family ended.
    RefreshUnconfirmed,
    /// A refresh token was ahead of the database, and its session was revoked.
    RefreshTokenRegressed,
    /// With the factor.
    FactorEnrolled,
    /// By the owner, with the factor.
    FactorRemoved,
    /// A wrong code or credential, with the factor and the flow.
    FactorFailed,
    /// Too many wrong codes, with the factor.
    FactorLocked,
    /// An administrator removed all factors.
    FactorsReset,
    /// With the provider that leads to the account from now on.
    IdentityLinked,
    /// By the owner, with the provider that no longer leads to the account.
    IdentityRemoved,
    /// The password was right, and the login waits for the second factor.
    MfaChallenged,
    /// The password was right, and the second factor was not asked for, because `mfa.enforcement` is off.
    MfaWaived,
    /// A node started with `mfa.enforcement = off`.
    MfaEnforcementOff,
    /// The owner got a new set, which voids the previous one.
    BackupCodesGenerated,
    /// A backup code stood in for another factor.
    BackupCodeUsed,
    /// A code was sent, with the flow that it is for.
    SmsCodeSent,
    /// A device needs no second factor from now on.
    DeviceTrusted,
    /// A device is no longer trusted.
    DeviceRemoved,
    /// A login from an unexpected place, with the reason.
    LoginAnomalous,
    /// All sessions of all users were revoked.
    AllSessionsRevoked,
    /// Another key signs access tokens, with the algorithm and the keys.
    SigningKeyRotated,
    /// A signing key was retired out of turn, with the keys that remain.
    SigningKeyRetired,
    /// A root key, under which refresh tokens are derived, was announced or took over.
    RootKeyRotated,
    /// The sessions under a root key were revoked, because it may have been stolen.
    RootKeyRetired,
}

const KINDS: [(EventKind, &str); 65] = [
    (EventKind::AccountRegistered, "account.registered"),
    (EventKind::AccountCreated, "account.created"),
    (EventKind::AccountUpdated, "account.updated"),
    (EventKind::AccountDisabled, "account.disabled"),
    (EventKind::AccountEnabled, "account.enabled"),
    (EventKind::AccountLocked, "account.locked"),
    (EventKind::AccountUnlocked, "account.unlocked"),
    (EventKind::AccountExported, "account.exported"),
    (EventKind::ErasureRequested, "account.erasure_requested"),
    (EventKind::ErasureCancelled, "account.erasure_cancelled"),
    (EventKind::AccountErased, "account.erased"),
    (EventKind::RolesChanged, "account.roles_changed"),
    (EventKind::AvatarChanged, "account.avatar_changed"),
    (EventKind::AvatarRemoved, "account.avatar_removed"),
    (EventKind::ConsentGiven, "consent.given"),
    (EventKind::RegistrationDeclined, "registration.declined"),
    (EventKind::AccountReclaimed, "account.reclaimed"),
    (EventKind::EmailVerificationRequested, "email.verification_requested"),
    (EventKind::EmailVerified, "email.verified"),
    (EventKind::EmailChangeRequested, "email.change_requested"),
    (EventKind::EmailChanged, "email.changed"),
    (EventKind::LoginSucceeded, "login.succeeded"),
    (EventKind::LoginFailed, "login.failed"),
    (EventKind::StepUpSucceeded, "step_up.succeeded"),
    (EventKind::StepUpFailed, "step_up.failed"),
    (EventKind::PasswordRehashed, "password.rehashed"),
    (EventKind::PasswordChanged, "password.changed"),
    (EventKind::PasswordResetRequested, "password.reset_requested"),
    (EventKind::PasswordReset, "password.reset"),
    (EventKind::PasswordChangeRequired, "password.change_required"),
    (EventKind::FirstCredentialRequested, "first_credential.requested"),
    (EventKind::PasswordSet, "password.set"),
    (EventKind::InvitationCreated, "invitation.created"),
    (EventKind::InvitationRevoked, "invitation.revoked"),
    (EventKind::InvitationAccepted, "invitation.accepted"),
    (EventKind::ApplicationCreated, "application.created"),
    (EventKind::ApplicationRemoved, "application.removed"),
    (EventKind::AccessDenied, "access.denied"),
    (EventKind::AuditExported, "audit.exported"),
    (EventKind::SessionEnded, "session.ended"),
    (EventKind::SessionsEnded, "sessions.ended"),
    (EventKind::RefreshTokenReused, "refresh_token.replayed"),
    (EventKind::RefreshUnconfirmed, "refresh_token.unconfirmed"),
    (EventKind::RefreshTokenRegressed, "refresh_token.regressed"),
    (EventKind::FactorEnrolled, "factor.enrolled"),
    (EventKind::FactorRemoved, "factor.removed"),
    (EventKind::FactorFailed, "factor.failed"),
    (EventKind::FactorLocked, "factor.locked"),
    (EventKind::FactorsReset, "factors.reset"),
    (EventKind::IdentityLinked, "identity.linked"),
    (EventKind::IdentityRemoved, "identity.removed"),
    (EventKind::MfaChallenged, "mfa.challenged"),
    (EventKind::MfaWaived, "mfa.waived"),
    (EventKind::MfaEnforcementOff, "mfa.enforcement_off"),
    (EventKind::BackupCodesGenerated, "backup_codes.generated"),
    (EventKind::BackupCodeUsed, "backup_code.used"),
    (EventKind::SmsCodeSent, "sms_code.sent"),
    (EventKind::DeviceTrusted, "device.trusted"),
    (EventKind::DeviceRemoved, "device.removed"),
    (EventKind::LoginAnomalous, "login.anomalous"),
    (EventKind::AllSessionsRevoked, "sessions.all_revoked"),
    (EventKind::SigningKeyRotated, "signing_key.rotated"),
    (EventKind::SigningKeyRetired, "signing_key.retired"),
    (EventKind::RootKeyRotated, "root_key.rotated"),
    (EventKind::RootKeyRetired, "root_key.retired"),
];

impl EventKind {
    /// Every kind, in the order of the enum.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.into_iter().map(|(kind, _)| kind)
    }

    /// The name in the database, in the API and as a label of metrics. It is published and does not change.
    pub const fn as_str(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// Reads [`Self::as_str`]; `None` for a kind of a newer version.
    pub fn from_stored(text: &str) -> Option<Self> {
        KINDS.into_iter().find(|(_, name)| *name == text).map(|(kind, _)| kind)
    }
}

/// The address, user agent and correlation id of a request: a part of every event that it causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// What the response header `X-Correlation-ID` and the log line of the request say.
    pub correlation_id: String,
    /// The full address of the client; only security events keep it.
    pub address: Option<String>,
    /// The `User-Agent` header, shortened.
    pub user_agent: Option<String>,
}

/// One security event.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityEvent {
    /// A UUIDv7, so that events of one moment have an order.
    pub id: Uuid,
    /// What happened.
    pub kind: EventKind,
    /// The user it is about.
    pub user_id: Option<Uuid>,
    /// The user who acted; absent if no one was authenticated.
    pub actor_id: Option<Uuid>,
    /// The session it is about.
    pub session_id: Option<Uuid>,
    /// The request that caused it; empty for background jobs.
    pub context: RequestContext,
    /// A JSON object whose members depend on the kind. It never contains a secret.
    pub detail: Value,
    /// When the change was decided, by the clock of this node.
    pub at: Timestamp,
}

impl SecurityEvent {
    /// An event without users, session and detail, which the methods below add.
    pub fn new(id: Uuid, kind: EventKind, context: RequestContext, at: Timestamp) -> Self {
        Self { id, kind, user_id: None, actor_id: None, session_id: None, context, detail: json!({}), at }
    }

    /// Sets the user it is about.
    #[must_use]
    pub fn about(mut self, user: Uuid) -> Self {
        self.user_id = Some(user);
        self
    }

    /// Sets the user who acted.
    #[must_use]
    pub fn by(mut self, actor: Uuid) -> Self {
        self.actor_id = Some(actor);
        self
    }

    /// Sets the session it is about.
    #[must_use]
    pub fn in_session(mut self, session: Uuid) -> Self {
        self.session_id = Some(session);
        self
    }

    /// Replaces the detail, which must be a JSON object.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_stored_and_read_back() {
        for (place, kind) in EventKind::all().enumerate() {
            assert_eq!(kind as usize, place, "the table stands in the enum's order");
            assert_eq!(EventKind::from_stored(kind.as_str()), Some(kind));
        }
        assert_eq!(EventKind::all().last(), Some(EventKind::RootKeyRetired));
        assert_eq!(EventKind::from_stored("of.a_newer_version"), None);
    }
}
