//! What is written to the audit log, in the transaction of the change it tells of.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    AccountRegistered,
    /// By an administrator, an import or the bootstrap.
    AccountCreated,
    /// Profile data changed.
    AccountUpdated,
    AccountDisabled,
    AccountEnabled,
    /// Too many wrong passwords in a row.
    AccountLocked,
    AccountUnlocked,
    /// All that is stored on the person was handed out.
    AccountExported,
    ErasureRequested,
    ErasureCancelled,
    AccountErased,
    RolesChanged,
    AvatarChanged,
    AvatarRemoved,
    ConsentGiven,
    /// The owner of a mailbox did not register, and said so.
    RegistrationDeclined,
    /// The first proof of the address was a reset: what was enrolled before is removed.
    AccountReclaimed,
    EmailVerificationRequested,
    EmailVerified,
    EmailChangeRequested,
    EmailChanged,
    LoginSucceeded,
    /// With the reason; about a user only if the address is one's.
    LoginFailed,
    StepUpSucceeded,
    StepUpFailed,
    /// A right password was hashed anew with today's parameters.
    PasswordRehashed,
    PasswordChanged,
    PasswordResetRequested,
    PasswordReset,
    PasswordChangeRequired,
    InvitationCreated,
    InvitationRevoked,
    InvitationAccepted,
    /// Somebody authenticated tried what they may not do.
    AccessDenied,
    AuditExported,
    /// One family was ended on purpose.
    SessionEnded,
    /// A user's families were ended in one go.
    SessionsEnded,
    /// A spent refresh token was used again, and its family ended.
    RefreshTokenReused,
    /// A spent refresh token was used again by a client that names no attempts, and its family ended.
    RefreshUnconfirmed,
    /// A refresh token was ahead of the database, and its family ended.
    RefreshTokenRegressed,
    /// With the factor.
    FactorEnrolled,
    FactorRemoved,
    /// A wrong code or credential; with the factor, and what it was for.
    FactorFailed,
    /// Too many wrong ones; with the factor.
    FactorLocked,
    /// An administrator removed all of them.
    FactorsReset,
    /// A right password waits for its second factor.
    MfaChallenged,
    BackupCodesGenerated,
    BackupCodeUsed,
    SmsCodeSent,
    DeviceTrusted,
    /// A trusted device is none any more.
    DeviceRemoved,
    /// A login from where it was not to be expected; with the reason.
    LoginAnomalous,
    /// All sessions of all users.
    AllSessionsRevoked,
}

const KINDS: [(EventKind, &str); 53] = [
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
    (EventKind::InvitationCreated, "invitation.created"),
    (EventKind::InvitationRevoked, "invitation.revoked"),
    (EventKind::InvitationAccepted, "invitation.accepted"),
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
    (EventKind::MfaChallenged, "mfa.challenged"),
    (EventKind::BackupCodesGenerated, "backup_codes.generated"),
    (EventKind::BackupCodeUsed, "backup_code.used"),
    (EventKind::SmsCodeSent, "sms_code.sent"),
    (EventKind::DeviceTrusted, "device.trusted"),
    (EventKind::DeviceRemoved, "device.removed"),
    (EventKind::LoginAnomalous, "login.anomalous"),
    (EventKind::AllSessionsRevoked, "sessions.all_revoked"),
];

impl EventKind {
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.into_iter().map(|(kind, _)| kind)
    }

    pub const fn as_str(self) -> &'static str {
        KINDS[self as usize].1
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        KINDS.into_iter().find(|(_, name)| *name == text).map(|(kind, _)| kind)
    }
}

/// Where a request came from: part of every event it causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestContext {
    pub correlation_id: String,
    /// The client's full address; only the audit log keeps it.
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityEvent {
    pub id: Uuid,
    pub kind: EventKind,
    /// Whom it is about.
    pub user_id: Option<Uuid>,
    /// Who did it; absent if nobody was authenticated.
    pub actor_id: Option<Uuid>,
    /// The family it is about.
    pub session_id: Option<Uuid>,
    pub context: RequestContext,
    /// A JSON object; what is in it depends on the kind. Never a secret.
    pub detail: Value,
    /// When the change was decided, by this node's clock.
    pub at: Timestamp,
}

impl SecurityEvent {
    pub fn new(id: Uuid, kind: EventKind, context: RequestContext, at: Timestamp) -> Self {
        Self { id, kind, user_id: None, actor_id: None, session_id: None, context, detail: json!({}), at }
    }

    #[must_use]
    pub fn about(mut self, user: Uuid) -> Self {
        self.user_id = Some(user);
        self
    }

    #[must_use]
    pub fn by(mut self, actor: Uuid) -> Self {
        self.actor_id = Some(actor);
        self
    }

    #[must_use]
    pub fn in_session(mut self, session: Uuid) -> Self {
        self.session_id = Some(session);
        self
    }

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
    }
}
