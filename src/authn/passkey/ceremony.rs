//! WebAuthn ceremonies. Their state is sealed and kept by the client, so that any node can finish what another began, and
//! strangers who begin one write nothing.
//!
//! The challenge is the state: the ceremony's id and expiry, sealed for the purpose, the user and the flow of the
//! ceremony. The authenticator signs it, and it comes back within the answer. WebAuthn asks for a challenge that cannot be
//! guessed and does not bound its length (§13.4.3).

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::authn::environment::FlowEnvironment;
use crate::clock::Timestamp;
use crate::model::passkey::CeremonyKind;
use crate::store::StoreError;
use crate::store::authenticator::webauthn_ceremony::CeremonyUse;

/// The user who began a ceremony, and the flow: the challenge of a login, or a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authn) struct Bond {
    pub user_id: Uuid,
    pub flow_id: Uuid,
}

/// The purpose of a ceremony. It cannot be finished for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authn) struct CeremonyPurpose {
    pub kind: CeremonyKind,
    /// Absent if the credential is to identify the user.
    pub bound_to: Option<Bond>,
}

/// A ceremony that was begun.
pub(in crate::authn) struct NewCeremony {
    pub id: Uuid,
    pub challenge: Vec<u8>,
}

/// Why a ceremony can be neither begun nor finished.
#[derive(Debug, thiserror::Error)]
pub(in crate::authn) enum CeremonyError {
    #[error("a ceremony cannot be sealed")]
    Sealing,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CeremonyPurpose {
    pub const fn of(kind: CeremonyKind, bound_to: Bond) -> Self {
        Self { kind, bound_to: Some(bound_to) }
    }

    /// The name under which a challenge is sealed. No kind contains a slash.
    fn seal_name(self) -> String {
        let kind = self.kind.as_str();
        match self.bound_to {
            Some(Bond { user_id, flow_id }) => format!("webauthn_challenge/{kind}/{user_id}/{flow_id}"),
            None => format!("webauthn_challenge/{kind}"),
        }
    }
}

/// Begins ceremonies and finds them again.
pub(in crate::authn) struct Ceremonies {
    pub env: Arc<FlowEnvironment>,
    pub ttl: Duration,
}

impl Ceremonies {
    /// Begins a ceremony. Nothing is written.
    pub fn begin(&self, purpose: CeremonyPurpose) -> Result<NewCeremony, CeremonyError> {
        let at = self.env.now();
        let id = self.env.new_id();
        let expires_at = at.plus(self.ttl).as_micros();
        let plain = [&id.into_bytes()[..], &expires_at.to_be_bytes()].concat();
        let sealed = self.env.composer.master.seal(self.env.entropy.as_ref(), &purpose.seal_name(), &plain);
        Ok(NewCeremony { id, challenge: sealed.map_err(|_| CeremonyError::Sealing)? })
    }

    /// The ceremony that a challenge belongs to, if it was begun here for this purpose, has not expired and was not used.
    /// Nothing is spent, so that a wrong answer does not cost its owner the ceremony.
    pub async fn find(
        &self,
        purpose: CeremonyPurpose,
        challenge: &[u8],
    ) -> Result<Option<CeremonyUse>, CeremonyError> {
        let opened = self.env.composer.master.open(&purpose.seal_name(), challenge).ok();
        let Some(ceremony) = opened.and_then(|plain| read(&plain)) else { return Ok(None) };
        if ceremony.expires_at <= self.env.now() || self.env.store.is_ceremony_used(ceremony.id).await? {
            return Ok(None);
        }
        Ok(Some(ceremony))
    }
}

fn read(plain: &[u8]) -> Option<CeremonyUse> {
    let (id, expires_at) = plain.split_first_chunk::<16>()?;
    let expires_at = i64::from_be_bytes(expires_at.try_into().ok()?);
    Some(CeremonyUse { id: Uuid::from_bytes(*id), expires_at: Timestamp::from_micros(expires_at) })
}
