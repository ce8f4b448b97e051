//! Links in mails: issued with the mail that carries them, looked up, and spent with their effect.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::entity::user;
use super::one_time_token::{self, NewOneTimeToken, Redeemed, TokenSession};
use super::{Store, StoreError, Trail, account, asking, trail};
use crate::clock::Timestamp;
use crate::model::one_time_token::{Purpose, TokenHash};

/// How many links of a user work at the same time for one purpose: anybody can ask for them.
const MAX_OUTSTANDING: u64 = 5;

/// A link that somebody follows, and the user whom it was found to be of.
#[derive(Clone, Copy, Debug)]
pub struct LinkUse {
    pub purpose: Purpose,
    pub hash: TokenHash,
    pub user_id: Uuid,
    pub at: Timestamp,
}

/// What a link was spent for.
pub(super) struct Spent {
    /// Locked.
    pub user: user::Model,
    /// The address that the link proves.
    pub email: Option<String>,
}

impl Store {
    /// Writes a link with its mail. Older links of its user for the purposes in `replacing` are void, and of
    /// those for its own purpose the oldest beyond `MAX_OUTSTANDING`. `false` if the user may not act any more, or
    /// the session has ended that asks for it; then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn issue_link(
        &self,
        token: &NewOneTimeToken,
        asked_by: Option<Uuid>,
        replacing: &[Purpose],
        trail: &Trail,
    ) -> Result<bool, StoreError> {
        let issued = self.retrying(|| self.try_issue_link(token, asked_by, replacing, trail)).await?;
        if issued {
            self.count(trail);
        }
        Ok(issued)
    }

    async fn try_issue_link(
        &self,
        token: &NewOneTimeToken,
        asked_by: Option<Uuid>,
        replacing: &[Purpose],
        trail: &Trail,
    ) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let mut session = None;
        if let Some(user_id) = token.user_id {
            // Locked: of any number of requests at once, each sees the links of those before it.
            let Some(user) = account::lock_active(&transaction, user_id).await? else {
                return Ok(false);
            };
            if let Some(session_id) = asked_by {
                if asking::assurance(&transaction, &user, session_id).await?.is_none() {
                    return Ok(false);
                }
                session = Some(TokenSession { session_id, credential_epoch: user.credential_epoch });
            }
            one_time_token::void(&transaction, user_id, replacing, token.at).await?;
            let keep = MAX_OUTSTANDING - 1;
            one_time_token::void_oldest(&transaction, user_id, token.purpose, keep, token.at).await?;
        }
        one_time_token::insert(&transaction, &NewOneTimeToken { session, ..token.clone() }).await?;
        trail::write(&transaction, trail).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The user of a link that would work now, and the address that it proves. Nothing is spent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn link_owner(
        &self,
        purpose: Purpose,
        hash: TokenHash,
        now: Timestamp,
    ) -> Result<Option<(Uuid, Option<String>)>, StoreError> {
        self.bounded(async {
            let token = one_time_token::find(&self.read, purpose, hash, now).await?;
            Ok(token.and_then(|token| token.user_id.map(|user_id| (user_id, token.email))))
        })
        .await
    }
}

/// Spends a link in the transaction of its effect, with its user locked. `None` if the link has stopped
/// working since it was looked up, or its user may not act: then the transaction must not be committed.
pub(super) async fn spend(
    transaction: &DatabaseTransaction,
    link: &LinkUse,
) -> Result<Option<Spent>, StoreError> {
    // The user first, as in every transaction that locks both.
    let Some(user) = account::lock_active(transaction, link.user_id).await? else {
        return Ok(None);
    };
    let redeemed = one_time_token::redeem(transaction, link.purpose, link.hash, link.at).await?;
    let redeemed = redeemed.filter(|redeemed| redeemed.user_id == Some(user.id));
    if let Some(redeemed) = &redeemed
        && !stands(transaction, &user, link.purpose, redeemed).await?
    {
        return Ok(None);
    }
    Ok(redeemed.map(|redeemed| Spent { user, email: redeemed.email }))
}

/// What a session began ends with the session: a link that one asked for works while that session stands and its
/// user has the credentials of then.
async fn stands(
    connection: &impl ConnectionTrait,
    user: &user::Model,
    purpose: Purpose,
    redeemed: &Redeemed,
) -> Result<bool, StoreError> {
    match redeemed.session {
        Some(session) => {
            let is_live = asking::assurance(connection, user, session.session_id).await?.is_some();
            Ok(is_live && session.credential_epoch == user.credential_epoch)
        }
        // Written by an earlier version, which did not know the session.
        None => Ok(purpose != Purpose::ChangeEmail),
    }
}

impl Spent {
    /// Whether the link was sent to the address that the user has now.
    pub(super) fn is_to_the_present_address(&self) -> bool {
        self.email.as_ref().is_none_or(|email| *email == self.user.email)
    }
}
