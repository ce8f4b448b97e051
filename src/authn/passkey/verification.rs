//! A passkey as a second factor, or for a step-up.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::ceremony::{Bond, Ceremonies, CeremonyError, CeremonyPurpose};
use crate::authn::environment::FlowEnvironment;
use crate::authn::mfa::factor::{FactorError, VerifiedFactor, factor_detail};
use crate::crypto::webauthn::{Assertion, PasskeyRecord, PasskeyRefused, RelyingParty, UserHandle};
use crate::model::assurance::Amr;
use crate::model::factor::{Factor, Flow};
use crate::model::passkey::{self, CeremonyKind};
use crate::model::security_event::{EventKind, RequestContext};
use crate::store::authenticator::passkey::{PasskeyUse, StoredPasskey};
use crate::store::authenticator::webauthn_ceremony::CeremonyUse;
use crate::store::credential::reauthentication::{FactorSpending, SpentFactor};
use crate::store::{Effects, StoreError};

impl From<CeremonyError> for FactorError {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::Sealing => Self::Internal("sealing a ceremony"),
            CeremonyError::Store(error) => Self::Store(error),
        }
    }
}

impl From<PasskeyRefused> for FactorError {
    fn from(refusal: PasskeyRefused) -> Self {
        match refusal {
            PasskeyRefused::Damaged => Self::Internal("a stored passkey"),
            PasskeyRefused::Failed(_) | PasskeyRefused::CounterRegressed => Self::Wrong,
        }
    }
}

/// Why an assertion was not accepted. The client is told less than the security event.
enum Unverified {
    /// The check that failed, and the passkey that the assertion was compared with, if one was found.
    Refused(PasskeyRefused, Option<Uuid>),
    Failed(FactorError),
}

impl Unverified {
    const fn by(check: &'static str) -> Self {
        Self::Refused(PasskeyRefused::Failed(check), None)
    }

    fn of(refusal: PasskeyRefused, stored: &StoredPasskey) -> Self {
        match refusal {
            PasskeyRefused::Damaged => Self::Failed(refusal.into()),
            PasskeyRefused::Failed(_) | PasskeyRefused::CounterRegressed => {
                Self::Refused(refusal, Some(stored.id))
            }
        }
    }
}

impl<E: Into<FactorError>> From<E> for Unverified {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Verifies assertions.
pub struct PasskeyVerifier {
    pub(in crate::authn) env: Arc<FlowEnvironment>,
    pub(in crate::authn) ceremonies: Ceremonies,
    pub(in crate::authn) relying_party: RelyingParty,
}

impl PasskeyVerifier {
    /// Begins the verification of one of the user's passkeys; gives the options for the browser. Nothing is written: each
    /// ceremony of a flow can be finished once, until it expires or the flow is over.
    ///
    /// # Errors
    /// [`FactorError::NotEnrolled`] if the user has no passkey.
    pub async fn begin(&self, user_id: Uuid, flow: Flow) -> Result<Value, FactorError> {
        let passkeys = self.env.store.passkeys(user_id).await?;
        if passkeys.is_empty() {
            return Err(FactorError::NotEnrolled);
        }
        let records: Vec<PasskeyRecord> = passkeys.iter().filter_map(readable).collect();
        if records.is_empty() {
            return Err(PasskeyRefused::Damaged.into());
        }
        let bond = Bond { user_id, flow_id: flow.id };
        let begun =
            self.ceremonies.begin(CeremonyPurpose::of(CeremonyKind::Verification(flow.purpose), bond))?;
        Ok(self.relying_party.begin_authentication(&records, &begun.challenge)?)
    }

    /// Compares the answer of `navigator.credentials.get()` with the user's passkeys. If it is right, the ceremony is to be
    /// spent in the transaction of what the passkey is for. A wrong signature is recorded and not counted, since
    /// signatures cannot be guessed.
    ///
    /// # Errors
    /// [`FactorError::Wrong`] for everything that is not right; then the ceremony still works.
    pub async fn verify(
        &self,
        user_id: Uuid,
        flow: Flow,
        credential: &Value,
        context: &RequestContext,
    ) -> Result<VerifiedFactor, FactorError> {
        let (kind, bond) = (CeremonyKind::Verification(flow.purpose), Bond { user_id, flow_id: flow.id });
        match self.compare(kind, bond, credential).await {
            Ok((used, methods)) => {
                let spending = FactorSpending { factor: SpentFactor::Passkey(used), attempt: None };
                Ok(VerifiedFactor { factor: Factor::Webauthn, flow, methods, spending, counted: None })
            }
            Err(error) => Err(self.refuse(user_id, kind, error, context).await?),
        }
    }

    async fn refuse(
        &self,
        user_id: Uuid,
        kind: CeremonyKind,
        error: Unverified,
        context: &RequestContext,
    ) -> Result<FactorError, StoreError> {
        match error {
            Unverified::Refused(refusal, passkey) => {
                self.record_refusal(user_id, passkey, refusal, kind, context).await?;
                Ok(FactorError::Wrong)
            }
            Unverified::Failed(error) => Ok(error),
        }
    }

    /// What is to be spent of the user's passkey, and what it verifies.
    async fn compare(
        &self,
        kind: CeremonyKind,
        bond: Bond,
        credential: &Value,
    ) -> Result<(PasskeyUse, Amr), Unverified> {
        let user_id = bond.user_id;
        let assertion = Assertion::parse(credential).map_err(|_| Unverified::by("credential"))?;
        // A user who is known already need not be named, but no other may be (WebAuthn §7.2, step 6).
        if !matches!(assertion.user_handle(), UserHandle::Absent)
            && assertion.user_handle() != UserHandle::User(user_id)
        {
            return Err(Unverified::by("user_handle"));
        }
        let (purpose, challenge) = (CeremonyPurpose::of(kind, bond), assertion.challenge());
        let ceremony = self.ceremonies.find(purpose, &challenge).await?;
        let ceremony = ceremony.ok_or(Unverified::by("ceremony"))?;
        let stored = self.env.store.passkey_of(user_id, assertion.credential_id()).await?;
        let stored = stored.ok_or(Unverified::by("credential_id"))?;
        let (used, backup_eligible) = self
            .compare_with(ceremony, &assertion, &stored)
            .map_err(|refusal| Unverified::of(refusal, &stored))?;
        Ok((used, passkey::amr(backup_eligible)))
    }

    /// Compares an assertion with one passkey; gives what is to be spent, and whether the passkey may be copied to other
    /// devices of its owner.
    pub(super) fn compare_with(
        &self,
        ceremony: CeremonyUse,
        assertion: &Assertion,
        stored: &StoredPasskey,
    ) -> Result<(PasskeyUse, bool), PasskeyRefused> {
        let record = PasskeyRecord::parse(&stored.credential)?;
        let used = self.relying_party.finish_authentication(&assertion.challenge(), assertion, &record)?;
        let spending = PasskeyUse {
            ceremony,
            passkey: stored.id,
            before: stored.credential.clone(),
            after: used.text()?,
            backed_up: used.backed_up(),
            at: self.env.now(),
        };
        Ok((spending, used.backup_eligible()))
    }

    /// Writes down a refused assertion. A right signature with an old counter has a reason of its own: someone may have a
    /// copy of the passkey (WebAuthn §6.1.1).
    pub(super) async fn record_refusal(
        &self,
        user_id: Uuid,
        passkey: Option<Uuid>,
        refusal: PasskeyRefused,
        kind: CeremonyKind,
        context: &RequestContext,
    ) -> Result<(), StoreError> {
        let detail = if refusal == PasskeyRefused::CounterRegressed {
            tracing::warn!(%user_id, ?passkey, "the signature counter of a passkey went back");
            json!({ "for": kind.as_str(), "reason": refusal.reason(), "passkey": passkey })
        } else {
            json!({ "for": kind.as_str(), "reason": "wrong", "check": refusal.reason(), "passkey": passkey })
        };
        let event = self.env.event(EventKind::FactorFailed, context.clone()).about(user_id);
        self.env.store.record(&Effects::of(event.with(factor_detail(Factor::Webauthn, detail)))).await
    }
}

impl std::fmt::Debug for PasskeyVerifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasskeyVerifier")
    }
}

/// What is stored of a passkey. A damaged one keeps the user from none of the others.
fn readable(passkey: &StoredPasskey) -> Option<PasskeyRecord> {
    PasskeyRecord::parse(&passkey.credential)
        .inspect_err(|error| {
            tracing::error!(id = %passkey.id, %error, "passkeys.credential of a row is left out of a challenge");
        })
        .ok()
}
