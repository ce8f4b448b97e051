//! Passkeys: adding, using, naming, removing.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::passkey::MAX_PASSKEYS;
use crate::model::principal::ActingSession;
use crate::store::authenticator::backup_code::{self, NewBackupCodes};
use crate::store::authenticator::webauthn_ceremony::CeremonyUse;
use crate::store::credential::link::LinkUse;
use crate::store::entity::passkey::{ActiveModel, Column, Entity};
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, authenticator::factor, authenticator::webauthn_ceremony,
    credential::first_credential, session::acting_session,
};

/// A passkey as it is stored.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct StoredPasskey {
    pub id: Uuid,
    pub user_id: Uuid,
    pub credential_id: Vec<u8>,
    pub name: String,
    /// Public key, counter and flags, as the crypto layer writes them.
    pub credential: String,
    pub aaguid: Option<Uuid>,
    /// Whether its authenticator may copy it to others.
    pub backup_eligible: bool,
    /// Whether it has.
    pub backed_up: bool,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// A passkey to be written, with the ceremony that made it.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    pub passkey: StoredPasskey,
    /// The session that asks for it.
    pub session_id: Uuid,
    pub ceremony: CeremonyUse,
    /// The link that admits it, where the session has not authenticated a short while ago.
    pub link: Option<LinkUse>,
    /// Written if the user has no working code yet.
    pub codes: Option<NewBackupCodes>,
    pub effects: Effects,
}

/// The outcome of [`Store::add_passkey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasskeyOutcome {
    /// `with_codes`: the codes were written, so their owner must see them.
    Added { with_codes: bool },
    /// The ceremony was spent meanwhile, or has expired; or another factor was added.
    CeremonySpent,
    /// The link has stopped working since it was looked up.
    LinkInvalid,
    /// The account has as many as it may have.
    TooMany,
    /// The user may no longer act, or the session has ended.
    NotActive,
}

/// A valid assertion: what it spends, and what it changes.
#[derive(Clone, Debug)]
pub struct PasskeyUse {
    pub ceremony: CeremonyUse,
    pub passkey: Uuid,
    /// The credential that the assertion was compared with; it counts only while that is the stored one.
    pub before: String,
    /// With the counter and flags of the assertion.
    pub after: String,
    pub backed_up: bool,
    pub at: Timestamp,
}

impl Store {
    /// A user's passkeys, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn passkeys(&self, user_id: Uuid) -> Result<Vec<StoredPasskey>, StoreError> {
        self.bounded(async {
            let theirs = Entity::find().filter(Column::UserId.eq(user_id)).order_by_asc(Column::Id);
            Ok(theirs.into_partial_model().all(&self.read).await?)
        })
        .await
    }

    /// The passkey with this credential id, if it is this user's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn passkey_of(
        &self,
        user_id: Uuid,
        credential_id: &[u8],
    ) -> Result<Option<StoredPasskey>, StoreError> {
        self.bounded(async {
            let found = Entity::find()
                .filter(Column::CredentialId.eq(credential_id))
                .filter(Column::UserId.eq(user_id));
            Ok(found.into_partial_model().one(&self.read).await?)
        })
        .await
    }

    /// Spends the ceremony and writes what it made.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the credential is registered already, by any user.
    pub async fn add_passkey(&self, new: &NewPasskey) -> Result<NewPasskeyOutcome, StoreError> {
        self.transact(|tx| async move {
            let passkey = &new.passkey;
            // Locked: of any number of registrations at once, each counts those before it.
            let Some(session) = acting_session::lock(&tx, passkey.user_id, new.session_id).await? else {
                return Ok(Decision::Rollback(NewPasskeyOutcome::NotActive));
            };
            if session.lacks_a_factor()
                || !webauthn_ceremony::spend(&tx, new.ceremony, passkey.created_at).await?
            {
                return Ok(Decision::Rollback(NewPasskeyOutcome::CeremonySpent));
            }
            if let Some(link) = &new.link
                && !first_credential::spend(&tx, link, new.session_id).await?
            {
                return Ok(Decision::Rollback(NewPasskeyOutcome::LinkInvalid));
            }
            let of_user = Entity::find().filter(Column::UserId.eq(passkey.user_id));
            if of_user.count(&tx).await? >= MAX_PASSKEYS {
                return Ok(Decision::Rollback(NewPasskeyOutcome::TooMany));
            }
            Entity::insert(row(passkey)).exec_without_returning(&tx).await?;
            let factors = factor::settle_added(&tx, passkey.user_id, passkey.created_at).await?;
            let with_codes =
                backup_code::write_first(&tx, passkey.user_id, factors, new.codes.as_ref()).await?;
            tx.record(&new.effects).await?;
            Ok(Decision::Commit(NewPasskeyOutcome::Added { with_codes }))
        })
        .await
    }

    /// Spends the ceremony and keeps what the assertion changes, where the login is refused. `false` if the ceremony
    /// was spent or has expired, or the passkey was removed or used meanwhile: then nothing has changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_passkey(&self, used: &PasskeyUse, effects: &Effects) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            if !spend(&tx, used).await? {
                return Ok(Decision::Rollback(false));
            }
            tx.record(effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }

    /// Whether the user has such a passkey; then it has this name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_passkey(
        &self,
        acting_session: ActingSession,
        id: Uuid,
        name: &str,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            acting_session::recheck(&tx, Some(acting_session)).await?;
            let renamed = Entity::update_many()
                .col_expr(Column::Name, Expr::value(name))
                .filter(Column::Id.eq(id))
                .filter(Column::UserId.eq(acting_session.user_id))
                .exec(&tx)
                .await?;
            Ok(Decision::Commit(renamed.rows_affected == 1))
        })
        .await
    }
}

/// Spends the ceremony and swaps the credential, in the transaction of what the assertion is for. `false` if the ceremony
/// was spent or has expired, or the passkey was removed or used meanwhile: then the transaction must not be committed.
pub(in crate::store) async fn spend(tx: &Tx, used: &PasskeyUse) -> Result<bool, StoreError> {
    if !webauthn_ceremony::spend(tx, used.ceremony, used.at).await? {
        return Ok(false);
    }
    let swapped = Entity::update_many()
        .col_expr(Column::Credential, Expr::value(used.after.as_str()))
        .col_expr(Column::BackedUp, Expr::value(used.backed_up))
        .col_expr(Column::LastUsedAt, Expr::value(used.at))
        .filter(Column::Id.eq(used.passkey))
        .filter(Column::Credential.eq(used.before.as_str()))
        .exec(tx)
        .await?;
    Ok(swapped.rows_affected == 1)
}

fn row(passkey: &StoredPasskey) -> ActiveModel {
    ActiveModel {
        id: Set(passkey.id),
        user_id: Set(passkey.user_id),
        credential_id: Set(passkey.credential_id.clone()),
        name: Set(passkey.name.clone()),
        credential: Set(passkey.credential.clone()),
        aaguid: Set(passkey.aaguid),
        backup_eligible: Set(passkey.backup_eligible),
        backed_up: Set(passkey.backed_up),
        created_at: Set(passkey.created_at),
        last_used_at: Set(None),
    }
}
