//! Ceremonies of passkeys: kept, sealed, in the database, so that any node can finish what another began.

use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Authn;
use crate::crypto::webauthn::Begun;
use crate::entropy::uuid_v7;
use crate::model::passkey::CeremonyKind;
use crate::model::sealed_row::SealedRow;
use crate::store::StoreError;
use crate::store::webauthn_ceremony::{Bond, CeremonySought, NewCeremony};

/// A ceremony that waits to be finished.
pub(super) struct Ceremony {
    pub id: Uuid,
    /// What [`Begun`] had.
    pub state: Zeroizing<Vec<u8>>,
}

/// A ceremony can be neither begun nor finished.
#[derive(Debug, thiserror::Error)]
pub(super) enum CeremonyError {
    #[error("a ceremony cannot be sealed or opened")]
    Sealing,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authn {
    /// Keeps a ceremony; gives its id, and the options for the browser. That of the same kind and flow gives
    /// way.
    pub(super) async fn keep_ceremony(
        &self,
        kind: CeremonyKind,
        bound_to: Option<Bond>,
        begun: Begun,
    ) -> Result<(Uuid, Value), CeremonyError> {
        let at = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), at);
        let sealed = self
            .postbox
            .master
            .seal(self.entropy.as_ref(), &row(id), &begun.state)
            .map_err(|_| CeremonyError::Sealing)?;
        let expires_at = at.plus(self.webauthn.ceremony_ttl);
        self.store.begin_ceremony(&NewCeremony { id, kind, bound_to, sealed, at, expires_at }).await?;
        Ok((id, begun.options))
    }

    /// The ceremony that is sought, if it can be finished. Nothing is spent: what turns out wrong must not
    /// cost its owner the ceremony.
    pub(super) async fn find_ceremony(
        &self,
        sought: CeremonySought,
    ) -> Result<Option<Ceremony>, CeremonyError> {
        let Some(open) = self.store.open_ceremony(sought, self.clock.now()).await? else {
            return Ok(None);
        };
        let state = self.postbox.master.open(&row(open.id), &open.sealed);
        Ok(Some(Ceremony { id: open.id, state: state.map_err(|_| CeremonyError::Sealing)? }))
    }
}

fn row(id: Uuid) -> String {
    SealedRow::WebauthnCeremony(id).to_string()
}
