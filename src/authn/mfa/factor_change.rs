//! What the enrollment and the removal of every second factor have in common: the event, the mail to the owner, and the
//! revocation of sessions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::factor::factor_detail;
use crate::authn::addressee;
use crate::authn::environment::FlowEnvironment;
use crate::model::factor::{Factor, FlowPurpose, MfaPolicy};
use crate::model::notice::{FactorName, Notice, Place};
use crate::model::principal::Principal;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::session::Sessions;
use crate::store::account::Account;
use crate::store::authenticator::factor::{FactorRemoval, FactorRemovalOutcome, RemovedFactor};
use crate::store::authenticator::passkey::StoredPasskey;
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::EnrollmentOutcome;

/// The factor that is added or removed.
#[derive(Clone, Copy, Debug)]
pub(in crate::authn) enum OwnFactor<'a> {
    Totp,
    Sms,
    Passkey(&'a StoredPasskey),
}

/// The name of a passkey whose provider and device are unknown.
pub(in crate::authn) const NAMELESS_PASSKEY: &str = "Passkey";

impl OwnFactor<'_> {
    const fn removed(self) -> RemovedFactor {
        match self {
            Self::Totp => RemovedFactor::Totp,
            Self::Sms => RemovedFactor::Sms,
            Self::Passkey(passkey) => RemovedFactor::Passkey(passkey.id),
        }
    }

    fn detail(self) -> Value {
        match self {
            Self::Totp => factor_detail(Factor::Totp, json!({})),
            Self::Sms => factor_detail(Factor::Sms, json!({})),
            Self::Passkey(passkey) => factor_detail(Factor::Webauthn, json!({ "passkey": passkey.id })),
        }
    }

    /// Its name in mails: its kind, or the name that the owner gave to the passkey.
    fn name(self) -> FactorName {
        match self {
            Self::Totp => FactorName::Kind(Factor::Totp),
            Self::Sms => FactorName::Kind(Factor::Sms),
            Self::Passkey(passkey) if passkey.name == NAMELESS_PASSKEY => FactorName::Kind(Factor::Webauthn),
            Self::Passkey(passkey) => FactorName::Passkey(format!("{NAMELESS_PASSKEY} ({})", passkey.name)),
        }
    }
}

/// Adds and removes second factors of accounts.
pub(in crate::authn) struct FactorChanges {
    pub env: Arc<FlowEnvironment>,
    pub sessions: Arc<Sessions>,
    pub policy: MfaPolicy,
}

impl FactorChanges {
    /// Writes down a wrong code at the confirmation of a factor.
    pub async fn record_failed_enrollment(
        &self,
        principal: &Principal,
        factor: Factor,
    ) -> Result<(), StoreError> {
        self.env.metrics.enrollment.count(factor, EnrollmentOutcome::Failed);
        let detail = factor_detail(factor, json!({ "for": FlowPurpose::Enrollment.as_str() }));
        let event = self.env.event_by(principal, EventKind::FactorFailed).with(detail);
        self.env.store.record(&Effects::of(event).by_session(Some(principal.acting_session))).await
    }

    /// The event of a factor that was added, and the mail to the owner.
    pub fn addition(
        &self,
        account: &Account,
        principal: &Principal,
        factor: OwnFactor<'_>,
    ) -> Result<Effects, StoreError> {
        let event = self.env.event_by(principal, EventKind::FactorEnrolled).with(factor.detail());
        let (at, place) = (event.at, Place::of(&principal.context));
        let notice = Notice::FactorAdded { factor: factor.name(), at, place };
        Ok(Effects::of(event).telling(self.env.composer.mail(&addressee::owner(account), notice)?))
    }

    /// Removes a factor and revokes the user's other sessions (ASVS 5.0 §7.4.3); the owner gets a mail.
    pub async fn remove(
        &self,
        account: &Account,
        principal: &Principal,
        factor: OwnFactor<'_>,
    ) -> Result<FactorRemovalOutcome, StoreError> {
        let event = self.env.event_by(principal, EventKind::FactorRemoved).with(factor.detail());
        let (at, place) = (event.at, Place::of(&principal.context));
        let notice = Notice::FactorRemoved { factor: factor.name(), at, place };
        let kept = Some(principal.session_id());
        let removal = FactorRemoval {
            factor: factor.removed(),
            session_id: principal.session_id(),
            // A login in progress may rely on the factor; the new epoch makes it fail.
            revocation: self.sessions.revocation_of(
                principal.user_id(),
                kept,
                RevokeReason::FactorRemoved,
                true,
            ),
            policy: self.policy,
            effects: Effects::of(event).telling(self.env.composer.mail(&addressee::owner(account), notice)?),
        };
        let removed = self.env.store.remove_factor(&removal).await?;
        if let FactorRemovalOutcome::Done(ended) = &removed {
            self.sessions.note_revoked(ended);
            // The remaining session got the user's new epoch, which its actor must read.
            self.sessions.registry.forget(&[principal.session_id()]);
        }
        Ok(removed)
    }
}
