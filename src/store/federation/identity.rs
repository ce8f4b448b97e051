//! Identities: found by issuer and subject, listed, linked and removed.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    Select,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::email::Email;
use crate::model::federation::id_token::Subject;
use crate::model::federation::linking::{IdentityOwner, LinkDecision, WaysIn, decide_link};
use crate::model::principal::ActingSession;
use crate::store::entity::identity::{ActiveModel, Column, Entity};
use crate::store::entity::{passkey, password_credential};
use crate::store::federation::federation_use::{self, FederationUse};
use crate::store::session::family::UserRevocation;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, session::acting_session, session::login_challenge,
};

/// The number of identities that one account may have.
const MAX_IDENTITIES: u64 = 20;

/// An identity as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct StoredIdentity {
    pub id: Uuid,
    pub user_id: Uuid,
    /// The name of the provider in the settings, when the identity was used last.
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    /// The address that the provider told when the identity was linked.
    pub email: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// An identity to be written.
#[derive(Clone, Debug)]
pub struct NewIdentity {
    pub id: Uuid,
    /// The name of the provider in the settings.
    pub provider: String,
    pub subject: Subject,
    /// The address that the provider tells, for lists.
    pub email: Option<Email>,
}

/// An identity that the owner of a session wants to link.
#[derive(Clone, Debug)]
pub struct IdentityLink {
    pub identity: NewIdentity,
    /// The session that asks for it.
    pub acting_session: ActingSession,
    /// The code that it came with.
    pub code: FederationUse,
    pub at: Timestamp,
    pub effects: Effects,
}

/// The outcome of [`Store::link_identity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityLinkOutcome {
    Linked,
    /// By the same account; nothing has changed.
    AlreadyLinked,
    OfAnotherAccount,
    /// The account's own address is not verified.
    AddressUnverified,
    /// The account has as many as it may have.
    TooMany,
    /// The code was used before, or has expired.
    CodeSpent,
    /// The user may no longer act, or the session has ended, or lacks a factor that was added.
    NotActive,
}

/// An identity to be removed.
#[derive(Clone, Debug)]
pub struct IdentityRemoval {
    pub id: Uuid,
    /// The session that asks for it.
    pub session_id: Uuid,
    /// The providers in the settings. Identities of others lead nowhere.
    pub providers: Vec<String>,
    /// All families of the user except the one that asks for it.
    pub revocation: UserRevocation,
    pub effects: Effects,
}

/// The outcome of [`Store::remove_identity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityRemovalOutcome {
    /// The user has no such identity.
    Absent,
    /// Without it the account could only be entered by a link in a mail.
    LastWayIn,
    /// The user may no longer act, or the session has ended.
    NotActive,
    /// It is removed; with the families that were revoked.
    Done(Vec<Uuid>),
}

impl Store {
    /// A user's identities, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn identities(&self, user_id: Uuid) -> Result<Vec<StoredIdentity>, StoreError> {
        self.bounded(async {
            let theirs = Entity::find().filter(Column::UserId.eq(user_id)).order_by_asc(Column::Id);
            Ok(theirs.into_partial_model().all(&self.read).await?)
        })
        .await
    }

    /// The identity of this subject, whatever account has it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn identity_of_subject(&self, subject: &Subject) -> Result<Option<StoredIdentity>, StoreError> {
        self.bounded(async { Ok(of_subject(subject).into_partial_model().one(&self.read).await?) }).await
    }

    /// By what an account can be entered, as far as it is known without a lock.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ways_in(&self, user_id: Uuid, providers: &[String]) -> Result<WaysIn, StoreError> {
        self.bounded(ways_in(&self.read, user_id, providers)).await
    }

    /// Spends the code and links the identity, if no account has it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn link_identity(&self, link: &IdentityLink) -> Result<IdentityLinkOutcome, StoreError> {
        match self.transact(|tx| link_within(tx, link)).await {
            // Another account was faster.
            Err(StoreError::Duplicate) => Ok(IdentityLinkOutcome::OfAnotherAccount),
            other => other,
        }
    }

    /// Removes an identity, unless it is the last way into the account, and ends the user's other families, which may
    /// rest on it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn remove_identity(
        &self,
        removal: &IdentityRemoval,
    ) -> Result<IdentityRemovalOutcome, StoreError> {
        let (user_id, at) = (removal.revocation.user_id, removal.revocation.at);
        self.transact(|tx| async move {
            if acting_session::lock(&tx, user_id, removal.session_id).await?.is_none() {
                return Ok(Decision::Rollback(IdentityRemovalOutcome::NotActive));
            }
            let own = Entity::delete_by_id(removal.id).filter(Column::UserId.eq(user_id));
            if own.exec(&tx).await?.rows_affected == 0 {
                return Ok(Decision::Rollback(IdentityRemovalOutcome::Absent));
            }
            if !ways_in(&tx, user_id, &removal.providers).await?.is_open() {
                return Ok(Decision::Rollback(IdentityRemovalOutcome::LastWayIn));
            }
            let ended = self.revoke_families_within(&tx, &removal.revocation).await?;
            login_challenge::void(&tx, user_id, at).await?;
            tx.record(&removal.effects).await?;
            Ok(Decision::Commit(IdentityRemovalOutcome::Done(ended)))
        })
        .await
    }
}

async fn link_within(tx: Tx, link: &IdentityLink) -> Result<Decision<IdentityLinkOutcome>, StoreError> {
    let ActingSession { user_id, session_id } = link.acting_session;
    let session = acting_session::lock(&tx, user_id, session_id).await?;
    let Some(session) = session.filter(|session| !session.lacks_a_factor()) else {
        return Ok(Decision::Rollback(IdentityLinkOutcome::NotActive));
    };
    if !federation_use::spend(&tx, link.code, link.at).await? {
        return Ok(Decision::Rollback(IdentityLinkOutcome::CodeSpent));
    }
    let owner = match find(&tx, &link.identity.subject).await? {
        None => IdentityOwner::None,
        Some(known) if known.user_id == user_id => IdentityOwner::Same,
        Some(_) => IdentityOwner::Other,
    };
    let outcome = match decide_link(owner, session.user.email_verified_at.is_some()) {
        LinkDecision::AlreadyLinked => IdentityLinkOutcome::AlreadyLinked,
        LinkDecision::OfAnotherAccount => IdentityLinkOutcome::OfAnotherAccount,
        LinkDecision::AddressUnverified => IdentityLinkOutcome::AddressUnverified,
        LinkDecision::Link if count(&tx, user_id).await? >= MAX_IDENTITIES => IdentityLinkOutcome::TooMany,
        LinkDecision::Link => {
            insert(&tx, &link.identity, user_id, link.at).await?;
            tx.record(&link.effects).await?;
            IdentityLinkOutcome::Linked
        }
    };
    // The code is spent in any case: another attempt begins at the provider.
    Ok(Decision::Commit(outcome))
}

/// The identity of this subject, of any account.
pub(in crate::store) async fn find(tx: &Tx, subject: &Subject) -> Result<Option<StoredIdentity>, StoreError> {
    Ok(of_subject(subject).into_partial_model().one(tx).await?)
}

fn of_subject(subject: &Subject) -> Select<Entity> {
    Entity::find()
        .filter(Column::Issuer.eq(subject.issuer.as_str()))
        .filter(Column::Subject.eq(subject.subject.as_str()))
}

/// Whether a user has an identity of this issuer.
pub(in crate::store) async fn has_of_issuer(
    tx: &Tx,
    user_id: Uuid,
    issuer: &str,
) -> Result<bool, StoreError> {
    let theirs = Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::Issuer.eq(issuer));
    Ok(theirs.count(tx).await? > 0)
}

pub(in crate::store) async fn insert(
    tx: &Tx,
    new: &NewIdentity,
    user_id: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(new.id),
        user_id: Set(user_id),
        provider: Set(new.provider.clone()),
        issuer: Set(new.subject.issuer.clone()),
        subject: Set(new.subject.subject.clone()),
        email: Set(new.email.as_ref().map(|email| email.as_str().to_owned())),
        created_at: Set(at),
        last_used_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes that an identity was used, and by which name its provider goes now. `false` if it is gone.
pub(in crate::store) async fn touch(
    tx: &Tx,
    id: Uuid,
    provider: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let touched = Entity::update_many()
        .col_expr(Column::Provider, Expr::value(provider))
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(touched.rows_affected == 1)
}

async fn count(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::UserId.eq(user_id)).count(connection).await?)
}

/// The ways into an account. Where it is about to lose one, its user is locked.
async fn ways_in(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    providers: &[String],
) -> Result<WaysIn, StoreError> {
    let password = password_credential::Entity::find_by_id(user_id).count(connection).await?;
    let passkeys = passkey::Entity::find().filter(passkey::Column::UserId.eq(user_id));
    let passkeys = passkeys.count(connection).await?;
    let usable = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Provider.is_in(providers.iter().map(String::as_str)));
    Ok(WaysIn { has_password: password > 0, passkeys, identities: usable.count(connection).await? })
}
