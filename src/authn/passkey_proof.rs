//! A passkey as a second factor, or as a proof anew.

use serde_json::{Value, json};
use uuid::Uuid;

use super::ceremony::CeremonyError;
use super::factor_proof::factor_detail;
use super::{Authn, FactorError};
use crate::crypto::webauthn::{Assertion, PasskeyRecord, Refusal, UserHandle};
use crate::model::assurance::Amr;
use crate::model::factor::{Factor, Flow};
use crate::model::passkey::{self, CeremonyKind};
use crate::model::security_event::{EventKind, Origin};
use crate::store::passkey::{PasskeyUse, Spending, StoredPasskey};
use crate::store::webauthn_ceremony::{Bond, CeremonySought};
use crate::store::{StoreError, Trail};

/// How often an assertion is compared anew when the stored credential has changed meanwhile.
const COMPARISONS: u32 = 3;

impl From<CeremonyError> for FactorError {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::Sealing => Self::Internal("sealing a ceremony"),
            CeremonyError::Store(error) => Self::Store(error),
        }
    }
}

impl From<Refusal> for FactorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Damaged => Self::Internal("a stored passkey"),
            Refusal::Failed(_) | Refusal::CounterRegressed => Self::Wrong,
        }
    }
}

impl Authn {
    /// Begins a proof of one of the user's passkeys; gives the options for the browser. A flow has one at a
    /// time: a new one takes the place of the old.
    ///
    /// # Errors
    /// [`FactorError::NotEnrolled`] if the user has no passkey.
    pub async fn begin_passkey_proof(&self, user_id: Uuid, flow: Flow) -> Result<Value, FactorError> {
        let passkeys = self.store.passkeys(user_id).await?;
        if passkeys.is_empty() {
            return Err(FactorError::NotEnrolled);
        }
        let records = passkeys.iter().map(|passkey| PasskeyRecord::parse(&passkey.credential));
        let begun = self.relying_party.begin_authentication(&records.collect::<Result<Vec<_>, _>>()?)?;
        let bond = Bond { user_id, flow_id: flow.id };
        let (_, options) = self.keep_ceremony(CeremonyKind::Proof(flow.purpose), Some(bond), begun).await?;
        Ok(options)
    }

    /// Compares the answer of `navigator.credentials.get()` with the user's passkeys, and spends the ceremony
    /// of this flow if it is right. Gives what was proven.
    ///
    /// # Errors
    /// [`FactorError::Wrong`] for anything that is not right; then the ceremony is as good as before.
    pub async fn prove_passkey(
        &self,
        user_id: Uuid,
        flow: Flow,
        credential: &Value,
        origin: &Origin,
    ) -> Result<Amr, FactorError> {
        let assertion = Assertion::parse(credential).map_err(|_| FactorError::Wrong)?;
        // Who is known already need not be named; but nobody else may be.
        if !matches!(assertion.user_handle(), UserHandle::Absent)
            && assertion.user_handle() != UserHandle::User(user_id)
        {
            return Err(FactorError::Wrong);
        }
        let sought = CeremonySought {
            kind: CeremonyKind::Proof(flow.purpose),
            id: None,
            bound_to: Some(Bond { user_id, flow_id: flow.id }),
        };
        for _ in 0..COMPARISONS {
            let ceremony = self.find_ceremony(sought).await?.ok_or(FactorError::Wrong)?;
            let stored = self.store.passkey_of(user_id, assertion.credential_id()).await?;
            let stored = stored.ok_or(FactorError::Wrong)?;
            let record = PasskeyRecord::parse(&stored.credential)?;
            let used = match self.relying_party.finish_authentication(&ceremony.state, &assertion, &record) {
                Ok(used) => used,
                Err(refusal) => {
                    self.note_regress(&stored, refusal, sought.kind, origin).await?;
                    return Err(refusal.into());
                }
            };
            let spending = self.passkey_use(ceremony.id, &stored, &used)?;
            match self.store.use_passkey(&spending, &Trail::default()).await? {
                Spending::Spent => return Ok(passkey::amr(used.backup_eligible())),
                Spending::CeremonySpent => return Err(FactorError::Wrong),
                Spending::PasskeyMoved => {}
            }
        }
        Err(FactorError::Wrong)
    }

    pub(super) fn passkey_use(
        &self,
        ceremony: Uuid,
        stored: &StoredPasskey,
        used: &PasskeyRecord,
    ) -> Result<PasskeyUse, Refusal> {
        Ok(PasskeyUse {
            ceremony,
            passkey: stored.id,
            before: stored.credential.clone(),
            after: used.text()?,
            backed_up: used.backed_up(),
            at: self.clock.now(),
        })
    }

    /// A right signature with an old counter: somebody may have a copy of the passkey (WebAuthn §6.1.1).
    pub(super) async fn note_regress(
        &self,
        stored: &StoredPasskey,
        refusal: Refusal,
        kind: CeremonyKind,
        origin: &Origin,
    ) -> Result<(), StoreError> {
        if refusal != Refusal::CounterRegressed {
            return Ok(());
        }
        tracing::warn!(user_id = %stored.user_id, passkey = %stored.id, "a passkey's counter went back");
        let detail = json!({ "for": kind.as_str(), "reason": refusal.reason(), "passkey": stored.id });
        let event = self.event(EventKind::FactorFailed, origin.clone()).about(stored.user_id);
        let event = event.with(factor_detail(Factor::Webauthn, detail));
        self.store.record(&Trail::of(event)).await
    }
}
