//! Ceremonies of passkeys: sealed to the client, so that any node can finish what another began, and strangers who begin
//! them write nothing.
//!
//! The challenge is the state. A ceremony's id and its expiry are sealed for what it is for, whose it is and which flow
//! it belongs to, and the result is what the authenticator signs: WebAuthn asks for a challenge that cannot be guessed
//! (§13.4.3), of no certain length. It comes back within the answer, so clients keep nothing more than before.

use uuid::Uuid;

use super::Authn;
use crate::clock::Timestamp;
use crate::entropy::uuid_v7;
use crate::model::passkey::CeremonyKind;
use crate::store::StoreError;
use crate::store::authenticator::webauthn_ceremony::CeremonyUse;

/// Who began a ceremony, and in which flow: a login's challenge, or a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bond {
    pub user_id: Uuid,
    pub flow_id: Uuid,
}

/// What a ceremony is for. Begun for one thing it is no good for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CeremonyPurpose {
    pub kind: CeremonyKind,
    /// Absent where the credential is to tell who it is.
    pub bound_to: Option<Bond>,
}

/// A ceremony that was begun.
pub(super) struct NewCeremony {
    pub id: Uuid,
    pub challenge: Vec<u8>,
}

/// A ceremony can be neither begun nor finished.
#[derive(Debug, thiserror::Error)]
pub(super) enum CeremonyError {
    #[error("a ceremony cannot be sealed")]
    Sealing,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CeremonyPurpose {
    pub const fn of(kind: CeremonyKind, bound_to: Bond) -> Self {
        Self { kind, bound_to: Some(bound_to) }
    }

    /// What a challenge is sealed for. No kind has a slash in it.
    fn seal_name(self) -> String {
        let kind = self.kind.as_str();
        match self.bound_to {
            Some(Bond { user_id, flow_id }) => format!("webauthn_challenge/{kind}/{user_id}/{flow_id}"),
            None => format!("webauthn_challenge/{kind}"),
        }
    }
}

impl Authn {
    /// Begins a ceremony. Nothing is written.
    pub(super) fn begin_ceremony(&self, purpose: CeremonyPurpose) -> Result<NewCeremony, CeremonyError> {
        let at = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), at);
        let expires_at = at.plus(self.webauthn.ceremony_ttl).as_micros();
        let plain = [&id.into_bytes()[..], &expires_at.to_be_bytes()].concat();
        let sealed = self.composer.master.seal(self.entropy.as_ref(), &purpose.seal_name(), &plain);
        Ok(NewCeremony { id, challenge: sealed.map_err(|_| CeremonyError::Sealing)? })
    }

    /// The ceremony that a challenge belongs to, if it was begun here for this purpose, has not expired and was not
    /// used. Nothing is spent: what turns out wrong must not cost its owner the ceremony.
    pub(super) async fn find_ceremony(
        &self,
        purpose: CeremonyPurpose,
        challenge: &[u8],
    ) -> Result<Option<CeremonyUse>, CeremonyError> {
        let opened = self.composer.master.open(&purpose.seal_name(), challenge).ok();
        let Some(ceremony) = opened.and_then(|plain| read(&plain)) else { return Ok(None) };
        if ceremony.expires_at <= self.clock.now() || self.store.is_ceremony_used(ceremony.id).await? {
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
