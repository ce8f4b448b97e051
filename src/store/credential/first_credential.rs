//! The first password or passkey of someone who has come from another provider: the link for it, and its use.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::model::first_credential::{FirstCredentialObstacle, OwnCredentials};
use crate::model::one_time_token::Purpose;
use crate::model::principal::ActingSession;
use crate::store::credential::link::{self, LinkUse};
use crate::store::credential::one_time_token::{NewOneTimeToken, TokenSession};
use crate::store::entity::{identity, user};
use crate::store::session::family::UserRevocation;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account, credential::one_time_token, credential::password,
    session::acting_session,
};

/// A link to be written with its mail.
#[derive(Clone, Debug)]
pub struct FirstCredentialLink {
    pub token: NewOneTimeToken,
    /// The session that asks for it, in which alone it works.
    pub acting_session: ActingSession,
    /// The providers that can make people authenticate again.
    pub reauthenticating: Vec<String>,
    pub effects: Effects,
}

/// The outcome of [`Store::issue_first_credential_link`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstCredentialLinkOutcome {
    Issued,
    Refused(FirstCredentialObstacle),
    /// The user may no longer act, or the session has ended.
    NotActive,
}

/// The first password of an account that has none.
#[derive(Clone, Debug)]
pub struct FirstPassword {
    /// The session that asks for it.
    pub session_id: Uuid,
    /// Absent where the session has authenticated a short while ago.
    pub link: Option<LinkUse>,
    pub hash: String,
    /// All families of the user except the one that asks for it.
    pub revocation: UserRevocation,
    pub effects: Effects,
}

/// The outcome of [`Store::set_first_password`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstPasswordOutcome {
    /// It is set; with the families that were revoked.
    Set(Vec<Uuid>),
    /// The link has stopped working since it was looked up.
    LinkInvalid,
    /// The account has got a password meanwhile.
    HasPassword,
    /// The user may no longer act, or the session has ended, or lacks a factor that was added.
    NotActive,
}

impl Store {
    /// Writes a link with its mail, if nothing stands in its way. Earlier links of its kind are void.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is sent.
    pub async fn issue_first_credential_link(
        &self,
        issue: &FirstCredentialLink,
    ) -> Result<FirstCredentialLinkOutcome, StoreError> {
        let ActingSession { user_id, session_id } = issue.acting_session;
        let token = &issue.token;
        self.transact(|tx| async move {
            let session = acting_session::lock(&tx, user_id, session_id).await?;
            // The mail goes to the address that was read before.
            let is_addressed = |user: &user::Model| token.email.as_ref() == Some(&user.email);
            let Some(session) = session.filter(|session| is_addressed(&session.user)) else {
                return Ok(Decision::Rollback(FirstCredentialLinkOutcome::NotActive));
            };
            let own = own_credentials(&tx, &session.user, &issue.reauthenticating).await?;
            if let Some(obstacle) = own.obstacle() {
                return Ok(Decision::Rollback(FirstCredentialLinkOutcome::Refused(obstacle)));
            }
            one_time_token::void(&tx, user_id, &[Purpose::FirstCredential], token.at).await?;
            let bond = TokenSession { session_id, credential_epoch: session.user.credential_epoch };
            let bound = NewOneTimeToken { session: Some(bond), ..token.clone() };
            one_time_token::insert(&tx, &bound).await?;
            tx.record(&issue.effects).await?;
            Ok(Decision::Commit(FirstCredentialLinkOutcome::Issued))
        })
        .await
    }

    /// Sets the first password of an account, and spends the link if there is one. Ends the user's other families, and voids
    /// the other links, as every new password does. The family that asks for it stays as it is.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn set_first_password(
        &self,
        first: &FirstPassword,
    ) -> Result<FirstPasswordOutcome, StoreError> {
        self.transact(|tx| self.set_within(tx, first)).await
    }

    async fn set_within(
        &self,
        tx: Tx,
        first: &FirstPassword,
    ) -> Result<Decision<FirstPasswordOutcome>, StoreError> {
        let (user_id, at) = (first.revocation.user_id, first.revocation.at);
        let session = acting_session::lock(&tx, user_id, first.session_id).await?;
        let Some(session) = session.filter(|session| !session.lacks_a_factor()) else {
            return Ok(Decision::Rollback(FirstPasswordOutcome::NotActive));
        };
        if let Some(link) = &first.link
            && !spend(&tx, link, first.session_id).await?
        {
            return Ok(Decision::Rollback(FirstPasswordOutcome::LinkInvalid));
        }
        if account::has_password(&tx, &session.user).await? {
            return Ok(Decision::Rollback(FirstPasswordOutcome::HasPassword));
        }
        let ended = self.revoke_families_within(&tx, &first.revocation).await?;
        password::put_password(&tx, user_id, &first.hash, at).await?;
        password::settle_new_password(&tx, &first.revocation).await?;
        tx.record(&first.effects).await?;
        Ok(Decision::Commit(FirstPasswordOutcome::Set(ended)))
    }
}

/// Spends a link in the transaction of its effect. `false` if it does not work, is another session's, went to another
/// address than the user's present one, or is no longer needed: then the transaction must not be committed.
pub(in crate::store) async fn spend(tx: &Tx, link: &LinkUse, session_id: Uuid) -> Result<bool, StoreError> {
    let Some(spent) = link::spend(tx, link).await? else {
        return Ok(false);
    };
    let is_of_session = spent.by_session == Some(session_id);
    if !is_of_session || !spent.is_to_the_present_address() {
        return Ok(false);
    }
    // Whether a provider can confirm the person was asked when the link was sent.
    Ok(own_credentials(tx, &spent.user, &[]).await?.obstacle().is_none())
}

/// What a locked user has.
async fn own_credentials(
    tx: &Tx,
    user: &user::Model,
    reauthenticating: &[String],
) -> Result<OwnCredentials, StoreError> {
    let able = identity::Entity::find()
        .filter(identity::Column::UserId.eq(user.id))
        .filter(identity::Column::Provider.is_in(reauthenticating.iter().map(String::as_str)));
    Ok(OwnCredentials {
        address_verified: user.email_verified_at.is_some(),
        has_password: account::has_password(tx, user).await?,
        has_second_factor: user.mfa_enrolled_at.is_some(),
        reauthenticating_identities: able.count(tx).await?,
    })
}
