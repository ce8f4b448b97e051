//! A passkey as a second factor, or as a proof anew.

use serde_json::{Value, json};
use uuid::Uuid;

use super::ceremony::{Bond, CeremonyError, CeremonyPurpose};
use super::factor_proof::{VerifiedFactor, factor_detail};
use super::{Authn, FactorError};
use crate::crypto::webauthn::{Assertion, PasskeyRecord, PasskeyRefused, UserHandle};
use crate::model::assurance::Amr;
use crate::model::factor::{Factor, Flow};
use crate::model::passkey::{self, CeremonyKind};
use crate::model::security_event::{EventKind, RequestContext};
use crate::store::authenticator::passkey::{PasskeyUse, Spending, StoredPasskey};
use crate::store::authenticator::webauthn_ceremony::CeremonyUse;
use crate::store::credential::proof_spending::{FactorSpending, SpentFactor};
use crate::store::{Effects, StoreError};

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

impl From<PasskeyRefused> for FactorError {
    fn from(refusal: PasskeyRefused) -> Self {
        match refusal {
            PasskeyRefused::Damaged => Self::Internal("a stored passkey"),
            PasskeyRefused::Failed(_) | PasskeyRefused::CounterRegressed => Self::Wrong,
        }
    }
}

/// Why an answer proves nothing. What is told is less than what is recorded.
enum Unproven {
    /// The check that failed, and the passkey that was held against it, if one was found.
    Refused(PasskeyRefused, Option<Uuid>),
    Failed(FactorError),
}

impl Unproven {
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

impl<E: Into<FactorError>> From<E> for Unproven {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Authn {
    /// Begins a proof of one of the user's passkeys; gives the options for the browser. Nothing is written: each that
    /// was begun in a flow can be finished, once, until it expires or the flow is over.
    ///
    /// # Errors
    /// [`FactorError::NotEnrolled`] if the user has no passkey.
    pub async fn begin_passkey_proof(&self, user_id: Uuid, flow: Flow) -> Result<Value, FactorError> {
        let passkeys = self.store.passkeys(user_id).await?;
        if passkeys.is_empty() {
            return Err(FactorError::NotEnrolled);
        }
        let records = passkeys.iter().map(|passkey| PasskeyRecord::parse(&passkey.credential));
        let bond = Bond { user_id, flow_id: flow.id };
        let begun = self.begin_ceremony(CeremonyPurpose::of(CeremonyKind::Proof(flow.purpose), bond))?;
        let records = records.collect::<Result<Vec<_>, _>>()?;
        Ok(self.relying_party.begin_authentication(&records, &begun.challenge)?)
    }

    /// Compares the answer of `navigator.credentials.get()` with the user's passkeys, and spends the ceremony
    /// of this flow if it is right. Gives what was proven. Nobody guesses a signature: what is wrong is recorded,
    /// and not counted.
    ///
    /// # Errors
    /// [`FactorError::Wrong`] for anything that is not right; then the ceremony is as good as before.
    pub async fn prove_passkey(
        &self,
        user_id: Uuid,
        flow: Flow,
        credential: &Value,
        context: &RequestContext,
    ) -> Result<Amr, FactorError> {
        let kind = CeremonyKind::Proof(flow.purpose);
        let bond = Bond { user_id, flow_id: flow.id };
        match self.try_prove_passkey(kind, bond, credential).await {
            Ok(amr) => Ok(amr),
            Err(Unproven::Refused(refusal, passkey)) => {
                self.record_refusal(user_id, passkey, refusal, kind, context).await?;
                Err(FactorError::Wrong)
            }
            Err(Unproven::Failed(error)) => Err(error),
        }
    }

    /// The same for an answer that is to be spent in the transaction of what it is for.
    ///
    /// # Errors
    /// [`FactorError::Wrong`] for anything that is not right.
    pub(super) async fn verify_passkey(
        &self,
        user_id: Uuid,
        flow: Flow,
        credential: &Value,
        context: &RequestContext,
    ) -> Result<VerifiedFactor, FactorError> {
        let kind = CeremonyKind::Proof(flow.purpose);
        let bond = Bond { user_id, flow_id: flow.id };
        match self.compare_factor_passkey(kind, bond, credential).await {
            Ok((used, methods)) => {
                let spending = FactorSpending { factor: SpentFactor::Passkey(used), attempt: None };
                Ok(VerifiedFactor { methods, spending })
            }
            Err(Unproven::Refused(refusal, passkey)) => {
                self.record_refusal(user_id, passkey, refusal, kind, context).await?;
                Err(FactorError::Wrong)
            }
            Err(Unproven::Failed(error)) => Err(error),
        }
    }

    async fn try_prove_passkey(
        &self,
        kind: CeremonyKind,
        bond: Bond,
        credential: &Value,
    ) -> Result<Amr, Unproven> {
        for _ in 0..COMPARISONS {
            let (used, methods) = self.compare_factor_passkey(kind, bond, credential).await?;
            match self.store.use_passkey(&used, &Effects::default()).await? {
                Spending::Spent => return Ok(methods),
                Spending::CeremonySpent => return Err(Unproven::by("ceremony")),
                Spending::PasskeyMoved => {}
            }
        }
        Err(Unproven::by("credential_moved"))
    }

    /// What is to be spent of the user's passkey, and what it proves.
    async fn compare_factor_passkey(
        &self,
        kind: CeremonyKind,
        bond: Bond,
        credential: &Value,
    ) -> Result<(PasskeyUse, Amr), Unproven> {
        let user_id = bond.user_id;
        let assertion = Assertion::parse(credential).map_err(|_| Unproven::by("credential"))?;
        // Who is known already need not be named; but nobody else may be.
        if !matches!(assertion.user_handle(), UserHandle::Absent)
            && assertion.user_handle() != UserHandle::User(user_id)
        {
            return Err(Unproven::by("user_handle"));
        }
        let (purpose, challenge) = (CeremonyPurpose::of(kind, bond), assertion.challenge());
        let ceremony = self.find_ceremony(purpose, &challenge).await?.ok_or(Unproven::by("ceremony"))?;
        let stored = self.store.passkey_of(user_id, assertion.credential_id()).await?;
        let stored = stored.ok_or(Unproven::by("credential_id"))?;
        let record = PasskeyRecord::parse(&stored.credential)?;
        let used = self.relying_party.finish_authentication(&challenge, &assertion, &record);
        let used = used.map_err(|refusal| Unproven::of(refusal, &stored))?;
        let spending = self.passkey_use(ceremony, &stored, &used)?;
        Ok((spending, passkey::amr(used.backup_eligible())))
    }

    pub(super) fn passkey_use(
        &self,
        ceremony: CeremonyUse,
        stored: &StoredPasskey,
        used: &PasskeyRecord,
    ) -> Result<PasskeyUse, PasskeyRefused> {
        Ok(PasskeyUse {
            ceremony,
            passkey: stored.id,
            before: stored.credential.clone(),
            after: used.text()?,
            backed_up: used.backed_up(),
            at: self.clock.now(),
        })
    }

    /// After a right signature with an old counter somebody may have a copy of the passkey (WebAuthn §6.1.1): that
    /// is a reason of its own.
    pub(super) async fn record_refusal(
        &self,
        user_id: Uuid,
        passkey: Option<Uuid>,
        refusal: PasskeyRefused,
        kind: CeremonyKind,
        context: &RequestContext,
    ) -> Result<(), StoreError> {
        let detail = if refusal == PasskeyRefused::CounterRegressed {
            tracing::warn!(%user_id, ?passkey, "a passkey's counter went back");
            json!({ "for": kind.as_str(), "reason": refusal.reason(), "passkey": passkey })
        } else {
            json!({ "for": kind.as_str(), "reason": "wrong", "check": refusal.reason(), "passkey": passkey })
        };
        let event = self.event(EventKind::FactorFailed, context.clone()).about(user_id);
        self.store.record(&Effects::of(event.with(factor_detail(Factor::Webauthn, detail)))).await
    }
}
