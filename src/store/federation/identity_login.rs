//! A login with an identity finds its account, or makes it, in one transaction.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::federation::email_proof::ToldEmail;
use crate::model::federation::linking::{AccountAtAddress, LoginDecision, LoginFacts, ToldAddress};
use crate::model::revocation::RevokeReason;
use crate::store::account::registration::{NewConsent, insert_consent};
use crate::store::account::{self, Account, NewAccount};
use crate::store::entity::{password_credential, user};
use crate::store::federation::federation_use::{self, FederationUse};
use crate::store::federation::identity::{self, NewIdentity};
use crate::store::session::family::UserRevocation;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account::first_proof, account::pending_registration,
};

/// A login whose identity is verified, on its way to an account.
#[derive(Clone, Debug)]
pub struct IdentityLogin {
    pub identity: NewIdentity,
    /// The address that the provider tells.
    pub email: Option<ToldEmail>,
    /// The code that the identity came with.
    pub code: FederationUse,
    /// Absent if registration is not open.
    pub registration: Option<IdentityRegistration>,
    /// Families that expired before this are not revoked: their access tokens are no longer valid.
    pub tokens_since: Timestamp,
    pub at: Timestamp,
}

/// What is written where a login makes an account.
#[derive(Clone, Debug)]
pub struct IdentityRegistration {
    /// With the address that the provider tells, which is verified from the beginning, and without a password.
    pub account: NewAccount,
    pub consent: Option<NewConsent>,
}

/// What the transaction of a login has decided, for its events and mails.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    pub decision: LoginDecision,
    /// The account as it was before; absent if it is new.
    pub account: Option<&'a Account>,
    /// What was removed because the address was proven for the first time.
    pub removed: Option<&'a [&'static str]>,
}

/// The outcome of [`Store::settle_identity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityLoginOutcome {
    /// The code was used before or has expired, or the identity was removed meanwhile. Nothing has changed.
    Void,
    /// The account has the identity now.
    Account {
        /// Whose account it is.
        user_id: Uuid,
        /// The identity as it is stored.
        identity_id: Uuid,
        /// The families that were revoked, because someone else may have opened them.
        ended: Vec<Uuid>,
    },
    /// No account is to be entered. Nothing has changed, so the code still counts once the person has done what is asked.
    Undecided(LoginDecision),
}

impl Store {
    /// Spends the code, decides about the account by what the transaction sees, and writes what follows from that, with
    /// the effects that `compose` makes of it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn settle_identity<F>(
        &self,
        login: &IdentityLogin,
        compose: F,
    ) -> Result<IdentityLoginOutcome, StoreError>
    where
        F: Fn(&Settlement<'_>) -> Result<Effects, StoreError>,
    {
        let compose = &compose;
        let settle = || self.transact(|tx| self.settle_identity_within(tx, login, compose));
        match settle().await {
            // The address or the identity has got an account meanwhile, which the second attempt sees.
            Err(StoreError::Duplicate) => settle().await,
            other => other,
        }
    }

    async fn settle_identity_within(
        &self,
        tx: Tx,
        login: &IdentityLogin,
        compose: impl Fn(&Settlement<'_>) -> Result<Effects, StoreError>,
    ) -> Result<Decision<IdentityLoginOutcome>, StoreError> {
        let known = identity::find(&tx, &login.identity.subject).await?;
        let user = match (&known, &login.email) {
            (Some(known), _) => account::lock(&tx, known.user_id).await?,
            (None, Some(ToldEmail { address, is_proven: true })) => {
                lock_address(&tx, address.as_str()).await?
            }
            (None, _) => None,
        };
        if !federation_use::spend(&tx, login.code, login.at).await? {
            return Ok(Decision::Rollback(IdentityLoginOutcome::Void));
        }
        if let Some(known) = &known
            && !identity::touch(&tx, known.id, &login.identity.provider, login.at).await?
        {
            return Ok(Decision::Rollback(IdentityLoginOutcome::Void));
        }
        let decision = facts(&tx, login, known.is_some(), user.as_ref()).await?.decide();
        let user_id = match (decision, user, &login.registration) {
            (LoginDecision::LogIn, Some(user), _) => Some(user.id),
            (LoginDecision::Create, None, Some(registration)) => {
                Some(create(&tx, login, registration).await?)
            }
            (LoginDecision::Link, Some(user), _) => {
                identity::insert(&tx, &login.identity, user.id, login.at).await?;
                Some(user.id)
            }
            (LoginDecision::ProveAndLink, Some(user), _) => {
                return self.prove_and_link(&tx, login, &user, compose).await;
            }
            _ => None,
        };
        let Some(user_id) = user_id else {
            return Ok(Decision::Rollback(IdentityLoginOutcome::Undecided(decision)));
        };
        let account = account_of(&tx, user_id).await?;
        let account = account.as_ref().filter(|_| decision != LoginDecision::Create);
        tx.record(&compose(&Settlement { decision, account, removed: None })?).await?;
        let identity_id = known.map_or(login.identity.id, |known| known.id);
        Ok(Decision::Commit(IdentityLoginOutcome::Account { user_id, identity_id, ended: Vec::new() }))
    }

    /// The provider's proof is the first proof of the address. The person who has used the account before may be someone else, so
    /// that person's sessions, password and authenticators are removed.
    async fn prove_and_link(
        &self,
        tx: &Tx,
        login: &IdentityLogin,
        user: &user::Model,
        compose: impl Fn(&Settlement<'_>) -> Result<Effects, StoreError>,
    ) -> Result<Decision<IdentityLoginOutcome>, StoreError> {
        let (decision, at) = (LoginDecision::ProveAndLink, login.at);
        let account = account_of(tx, user.id).await?;
        let removed = match first_proof::is_due(tx, user).await? {
            true => Some(first_proof::standing(tx, user).await?),
            false => None,
        };
        let ended = self.revoke_families_within(tx, &revocation(login, user.id)).await?;
        if removed.is_some() {
            password_credential::Entity::delete_by_id(user.id).exec(tx).await?;
            first_proof::clear(tx, user, at).await?;
        }
        mark_proven(tx, user.id, at).await?;
        identity::insert(tx, &login.identity, user.id, at).await?;
        let settlement = Settlement { decision, account: account.as_ref(), removed: removed.as_deref() };
        tx.record(&compose(&settlement)?).await?;
        let (user_id, identity_id) = (user.id, login.identity.id);
        Ok(Decision::Commit(IdentityLoginOutcome::Account { user_id, identity_id, ended }))
    }
}

async fn facts(
    tx: &Tx,
    login: &IdentityLogin,
    is_linked: bool,
    user: Option<&user::Model>,
) -> Result<LoginFacts, StoreError> {
    let account = match user {
        Some(user) => Some(AccountAtAddress {
            status: user.status,
            is_verified: user.email_verified_at.is_some(),
            has_identity_of_issuer: identity::has_of_issuer(tx, user.id, &login.identity.subject.issuer)
                .await?,
        }),
        None => None,
    };
    let address = match &login.email {
        None => ToldAddress::Missing,
        Some(ToldEmail { is_proven: false, .. }) => ToldAddress::Unproven,
        Some(ToldEmail { is_proven: true, .. }) => ToldAddress::Proven,
    };
    Ok(LoginFacts { is_linked, address, account, registration_is_open: login.registration.is_some() })
}

async fn create(
    tx: &Tx,
    login: &IdentityLogin,
    registration: &IdentityRegistration,
) -> Result<Uuid, StoreError> {
    let (account, at) = (&registration.account, login.at);
    account::insert(tx, account).await?;
    if let Some(consent) = &registration.consent {
        insert_consent(tx, account.id, at, consent).await?;
    }
    pending_registration::drop_address(tx, account.email.as_str()).await?;
    identity::insert(tx, &login.identity, account.id, at).await?;
    Ok(account.id)
}

async fn lock_address(tx: &Tx, address: &str) -> Result<Option<user::Model>, StoreError> {
    let found = user::Entity::find().filter(user::Column::Email.eq(address)).lock_exclusive();
    Ok(found.one(tx).await?)
}

async fn account_of(tx: &Tx, user_id: Uuid) -> Result<Option<Account>, StoreError> {
    let found = user::Entity::find_by_id(user_id).find_also_related(password_credential::Entity);
    Ok(found.one(tx).await?.map(|(user, password)| account::account(&user, password)))
}

async fn mark_proven(tx: &Tx, user_id: Uuid, at: Timestamp) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(user::Column::EmailVerifiedAt, Expr::value(at))
        .col_expr(user::Column::PasswordMustChange, Expr::value(false))
        .col_expr(user::Column::UpdatedAt, Expr::value(at))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}

fn revocation(login: &IdentityLogin, user_id: Uuid) -> UserRevocation {
    UserRevocation {
        user_id,
        except: None,
        reason: RevokeReason::CredentialsChanged,
        advance_epoch: true,
        at: login.at,
        tokens_since: login.tokens_since,
    }
}
