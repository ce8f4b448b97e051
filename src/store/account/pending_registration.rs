//! Registrations whose address is not proven: written side by side, found by their link, completed or dropped.
//!
//! They are no accounts. Completing one is what makes the account, in one transaction with the end of all others
//! of its address.

mod address;
mod attempt;
mod completion;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

pub(in crate::store) use address::drop_address;
pub use attempt::Guesser;
pub use completion::{AddressProof, Completion};

use crate::clock::Timestamp;
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::model::one_time_token::TokenHash;
use crate::model::pending_registration::{ClientNetwork, Place, displaced};
use crate::store::entity::pending_registration::{ActiveModel, Column, Entity, Model};
use crate::store::{Decision, Effects, Store, StoreError};

/// A registration to be written.
#[derive(Clone, Debug)]
pub struct NewPendingRegistration {
    pub id: Uuid,
    pub email: Email,
    pub network: ClientNetwork,
    pub link: TokenHash,
    pub secret: TokenHash,
    pub password_hash: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub terms_version: Option<String>,
    pub consent_network: Option<String>,
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// A registration that waits for the proof of its address.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct PendingRegistration {
    pub id: Uuid,
    pub email: Email,
    #[sea_orm(from_col = "link_hash")]
    pub link: TokenHash,
    #[sea_orm(from_col = "secret_hash")]
    pub secret: TokenHash,
    pub password_hash: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub terms_version: Option<String>,
    pub consent_network: Option<String>,
    #[sea_orm(from_col = "created_at")]
    pub at: Timestamp,
    pub expires_at: Timestamp,
    /// Of the client that registered.
    pub network: String,
}

impl Store {
    /// Writes a registration with its mail. It replaces the one from the same network, or another one where all places
    /// of the address are taken. The statements are the same whether the address has registrations or not.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn add_pending_registration(
        &self,
        new: &NewPendingRegistration,
        effects: &Effects,
    ) -> Result<(), StoreError> {
        self.transact(|tx| async move {
            address::lock(&tx, &new.email).await?;
            let standing = Entity::find().filter(Column::Email.eq(new.email.as_str())).all(&tx).await?;
            // An expired registration holds no place, whether it has been purged or not.
            let is_over = |row: &Model| row.expires_at <= new.at;
            let (over, waiting): (Vec<Model>, Vec<Model>) = standing.into_iter().partition(is_over);
            let places: Vec<Place> = waiting.iter().map(place).collect();
            let mut gone: Vec<Uuid> = over.iter().map(|row| row.id).collect();
            gone.extend(displaced(&places, &new.network));
            Entity::delete_many().filter(Column::Id.is_in(gone)).exec(&tx).await?;
            Entity::insert(row(new)).exec_without_returning(&tx).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(()))
        })
        .await
    }

    /// The registration whose link this is, while it works. Nothing is spent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pending_registration(
        &self,
        link: TokenHash,
        now: Timestamp,
    ) -> Result<Option<PendingRegistration>, StoreError> {
        self.bounded(async {
            let found = Entity::find().filter(Column::LinkHash.eq(link)).filter(Column::ExpiresAt.gt(now));
            Ok(found.into_partial_model().one(&self.read).await?)
        })
        .await
    }

    /// The registration of an address that a client most likely means: the one from its own network, else the
    /// youngest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pending_registration_of(
        &self,
        email: &Email,
        network: &ClientNetwork,
        now: Timestamp,
    ) -> Result<Option<PendingRegistration>, StoreError> {
        self.bounded(async {
            let found = Entity::find()
                .filter(Column::Email.eq(email.as_str()))
                .filter(Column::ExpiresAt.gt(now))
                .order_by_desc(Expr::col(Column::Network).eq(network.network.as_str()))
                .order_by_desc(Column::CreatedAt)
                .order_by_desc(Column::Id)
                .limit(1);
            Ok(found.into_partial_model().one(&self.read).await?)
        })
        .await
    }

    /// Gives a registration the link that was just derived for it: after a change of the master key it is another.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn send_pending_link(
        &self,
        id: Uuid,
        link: TokenHash,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let updated = Entity::update_many()
                .col_expr(Column::LinkHash, Expr::value(link))
                .filter(Column::Id.eq(id))
                .exec(&tx)
                .await?;
            tx.record_if(updated.rows_affected > 0, effects).await
        })
        .await
    }

    /// Drops one registration by its link. `false` if the link does not work.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn decline_registration(
        &self,
        link: TokenHash,
        now: Timestamp,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let works = Entity::find().filter(Column::LinkHash.eq(link)).filter(Column::ExpiresAt.gt(now));
            let Some(row) = works.lock_exclusive().one(&tx).await? else {
                return Ok(Decision::Rollback(false));
            };
            Entity::delete_by_id(row.id).exec(&tx).await?;
            let email = row.email.as_str();
            let used = address::UsedLink { id: row.id, link, user_id: None, email };
            address::keep_used(&tx, used, now).await?;
            tx.record_if(true, effects).await
        })
        .await
    }
}

fn place(row: &Model) -> Place {
    Place {
        id: row.id,
        network: ClientNetwork { network: row.network.clone(), wider: row.wider_network.clone() },
        at: row.created_at,
    }
}

fn row(new: &NewPendingRegistration) -> ActiveModel {
    ActiveModel {
        id: Set(new.id),
        email: Set(new.email.clone()),
        network: Set(new.network.network.clone()),
        wider_network: Set(new.network.wider.clone()),
        link_hash: Set(new.link),
        secret_hash: Set(new.secret),
        password_hash: Set(new.password_hash.clone()),
        display_name: Set(new.display_name.clone()),
        locale: Set(new.locale.clone()),
        terms_version: Set(new.terms_version.clone()),
        consent_network: Set(new.consent_network.clone()),
        failures: Set(0),
        link_failures: Set(0),
        created_at: Set(new.at),
        expires_at: Set(new.expires_at),
    }
}
