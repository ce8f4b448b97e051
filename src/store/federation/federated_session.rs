//! Sessions that rest on identities: they end with the session at the provider, and with the provider.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::federation::logout_token::LogoutScope;
use crate::model::federation::provider_session::{ProviderSession, sid_hash};
use crate::model::revocation::RevokeReason;
use crate::store::entity::federated_session::{ActiveModel, Column, Entity};
use crate::store::entity::identity;
use crate::store::federation::federation_use::{self, FederationUse};
use crate::store::session::family as session_family;
use crate::store::{Decision, Effects, Store, StoreError, Tx, session::login_challenge};

/// The number of families that end in one transaction when a provider was removed.
const BATCH: u64 = 200;

/// A provider has told that a session there is over.
#[derive(Clone, Debug)]
pub struct ProviderSessionEnd {
    /// The issuer in its one spelling.
    pub issuer: String,
    /// Which sessions are over there.
    pub scope: LogoutScope,
    /// The token, which counts once.
    pub token: FederationUse,
    pub at: Timestamp,
    /// Families that expired before this are not revoked: their access tokens are no longer valid.
    pub tokens_since: Timestamp,
}

/// The families of a user that end together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedFamilies {
    pub user_id: Uuid,
    pub families: Vec<Uuid>,
}

impl Store {
    /// Spends the token and ends the families that rest on the session, with the effects that `compose` makes for each of
    /// their users. `None` if the token was used before.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn end_provider_sessions<F>(
        &self,
        end: &ProviderSessionEnd,
        compose: F,
    ) -> Result<Option<Vec<EndedFamilies>>, StoreError>
    where
        F: Fn(&EndedFamilies) -> Effects,
    {
        let compose = &compose;
        self.transact(|tx| async move {
            if !federation_use::spend(&tx, end.token, end.at).await? {
                return Ok(Decision::Rollback(None));
            }
            let resting = resting_on(&tx, of_scope(end), None).await?;
            let why =
                Ending { reason: RevokeReason::ProviderLogout, at: end.at, live_since: end.tokens_since };
            let ended = self.end_families(&tx, resting, why).await?;
            for of_user in &ended {
                tx.record(&compose(of_user)).await?;
            }
            Ok(Decision::Commit(Some(ended)))
        })
        .await
    }

    /// Ends some of the families that rest on identities of other providers than these, and the logins that wait for their
    /// second factor. None is left if none has ended.
    ///
    /// # Errors
    /// [`StoreError`]; then none of this batch has ended.
    pub async fn end_sessions_of_removed_providers<F>(
        &self,
        providers: &[String],
        (at, tokens_since): (Timestamp, Timestamp),
        compose: F,
    ) -> Result<Vec<EndedFamilies>, StoreError>
    where
        F: Fn(&EndedFamilies) -> Effects,
    {
        let compose = &compose;
        self.transact(|tx| async move {
            let removed = Condition::all()
                .add(identity::Column::Provider.is_not_in(providers.iter().map(String::as_str)));
            login_challenge::void_of_identities(&tx, removed.clone(), at).await?;
            let resting = resting_on(&tx, removed, Some(tokens_since)).await?;
            let why = Ending { reason: RevokeReason::ProviderRemoved, at, live_since: tokens_since };
            let ended = self.end_families(&tx, resting, why).await?;
            for of_user in &ended {
                tx.record(&compose(of_user)).await?;
            }
            Ok(Decision::Commit(ended))
        })
        .await
    }

    async fn end_families(
        &self,
        tx: &Tx,
        resting: Vec<(Uuid, Uuid)>,
        why: Ending,
    ) -> Result<Vec<EndedFamilies>, StoreError> {
        let families: Vec<Uuid> = resting.iter().map(|(family, _)| *family).collect();
        let ids = session_family::lock_all_live(tx, &families, why.live_since).await?;
        session_family::revoke(tx, &ids, why.reason, why.at).await?;
        self.log_revocations(tx, &ids, why.reason, why.at).await?;
        tx.count_ended(why.reason, ids.len());
        let mut ended: Vec<EndedFamilies> = Vec::new();
        for (family, user_id) in resting.into_iter().filter(|(family, _)| ids.contains(family)) {
            match ended.iter_mut().find(|of_user| of_user.user_id == user_id) {
                Some(of_user) => of_user.families.push(family),
                None => ended.push(EndedFamilies { user_id, families: vec![family] }),
            }
        }
        Ok(ended)
    }
}

#[derive(Clone, Copy)]
struct Ending {
    reason: RevokeReason,
    at: Timestamp,
    live_since: Timestamp,
}

/// Notes that a family rests on an identity, in the transaction that opens it. `false` if the user, who is locked, no longer has
/// the identity.
pub(in crate::store) async fn insert(
    tx: &Tx,
    (family_id, user_id): (Uuid, Uuid),
    session: &ProviderSession,
) -> Result<bool, StoreError> {
    let identity = identity::Entity::find_by_id(session.identity_id);
    if identity.filter(identity::Column::UserId.eq(user_id)).one(tx).await?.is_none() {
        return Ok(false);
    }
    let row = ActiveModel {
        family_id: Set(family_id),
        identity_id: Set(session.identity_id),
        sid_hash: Set(session.sid),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(true)
}

fn of_scope(end: &ProviderSessionEnd) -> Condition {
    let of_issuer = Condition::all().add(identity::Column::Issuer.eq(end.issuer.as_str()));
    match &end.scope {
        LogoutScope::Person(subject) => of_issuer.add(identity::Column::Subject.eq(subject.as_str())),
        LogoutScope::Session { sid, subject } => {
            let of_session = of_issuer.add(Column::SidHash.eq(sid_hash(&end.issuer, sid)));
            match subject {
                Some(subject) => of_session.add(identity::Column::Subject.eq(subject.as_str())),
                None => of_session,
            }
        }
    }
}

/// The families that rest on these identities, with their users. With a time, only so many that are live since then.
async fn resting_on(
    tx: &Tx,
    identities: Condition,
    live_since: Option<Timestamp>,
) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    let mut found = Entity::find()
        .select_only()
        .column(Column::FamilyId)
        .column_as(identity::Column::UserId, "user_id")
        .join(JoinType::InnerJoin, to_identities())
        .filter(identities);
    if let Some(since) = live_since {
        let live = session_family::live_ids(since);
        found = found.filter(Column::FamilyId.in_subquery(live)).limit(BATCH);
    }
    Ok(found.into_tuple().all(tx).await?)
}

fn to_identities() -> RelationDef {
    Entity::belongs_to(identity::Entity).from(Column::IdentityId).to(identity::Column::Id).into()
}
