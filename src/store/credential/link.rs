//! Links in mails: issued with the mail that carries them, looked up, and spent with their effect.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::link_turn::{MAX_OUTSTANDING, SentLink};
use crate::model::one_time_token::{Purpose, TokenHash};
use crate::store::credential::one_time_token::{self, NewOneTimeToken, Redeemed, TokenSession};
use crate::store::entity::user;
use crate::store::{Decision, Effects, Store, StoreError, Tx, account, session::acting_session};

/// A link that was requested without any authentication.
#[derive(Debug)]
pub struct LinkRequest<'a> {
    /// The link that is written if there is room for another one, and what is written with it.
    pub token: &'a NewOneTimeToken,
    pub effects: &'a Effects,
    /// Whether a link that is out is sent again without a pause.
    pub at_once: bool,
}

/// The outcome of [`Store::send_link`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    Issued,
    /// The youngest link was sent again.
    SentAgain,
    /// The youngest link was sent a short while ago.
    TooSoon,
    /// The user may not act.
    NotActive,
}

/// A link that someone follows, and the user that it was found to belong to.
#[derive(Clone, Copy, Debug)]
pub struct LinkUse {
    pub purpose: Purpose,
    pub hash: TokenHash,
    pub user_id: Uuid,
    pub at: Timestamp,
}

/// Whose link it is, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOwner {
    pub user_id: Uuid,
    /// The address that the link proves.
    pub email: Option<String>,
    /// The session that the link can end.
    pub about_session: Option<Uuid>,
    /// The session that asked for it.
    pub by_session: Option<Uuid>,
}

/// A link that was spent.
pub(in crate::store) struct Spent {
    /// Locked.
    pub user: user::Model,
    /// The address that the link proves.
    pub email: Option<String>,
    /// The session that the link can end.
    pub about_session: Option<Uuid>,
    /// The session that asked for it, which is live.
    pub by_session: Option<Uuid>,
}

impl Store {
    /// Writes a link with its mail, or where enough of them are out, sends the youngest again: nothing that was
    /// delivered becomes void by a request that anyone can make. `again` is what is written with a link that is
    /// sent again; `None` if it cannot be made again.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is sent.
    pub async fn send_link(
        &self,
        request: &LinkRequest<'_>,
        again: impl Fn(&SentLink) -> Option<Effects>,
    ) -> Result<LinkOutcome, StoreError> {
        let (token, now, again) = (request.token, request.token.at, &again);
        self.transact(|tx| async move {
            // Locked: of any number of requests at once, each sees the links of those before it.
            let user = match token.user_id {
                Some(user_id) => account::lock_active(&tx, user_id).await?,
                None => None,
            };
            let Some(user) = user else {
                return Ok(Decision::Rollback(LinkOutcome::NotActive));
            };
            let mut out = one_time_token::outstanding(&tx, user.id, token.purpose, now).await?;
            out.retain(|link| link.is_fresh(now));
            let room = out.len() < MAX_OUTSTANDING;
            let sendable = |link: &SentLink| again(link).map(|effects| (*link, effects));
            match out.iter().filter(|_| !room).find_map(sendable) {
                Some((link, _)) if !request.at_once && !link.is_due(now) => {
                    Ok(Decision::Rollback(LinkOutcome::TooSoon))
                }
                Some((link, effects)) => {
                    one_time_token::sent_again(&tx, link.id, now).await?;
                    tx.record(&effects).await?;
                    Ok(Decision::Commit(LinkOutcome::SentAgain))
                }
                // Where none can be made again, because the master key is another one, there is one more.
                None => {
                    one_time_token::insert(&tx, token).await?;
                    tx.record(request.effects).await?;
                    Ok(Decision::Commit(LinkOutcome::Issued))
                }
            }
        })
        .await
    }

    /// Writes a link with its mail. Older links of its user for the purposes in `replacing` are void. `false` if
    /// the user may no longer act, or the session that asks for it has ended; then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn issue_link(
        &self,
        token: &NewOneTimeToken,
        by_session: Option<Uuid>,
        replacing: &[Purpose],
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let mut session = None;
            if let Some(user_id) = token.user_id {
                // Locked: of any number of requests at once, each sees the links of those before it.
                let Some(user) = account::lock_active(&tx, user_id).await? else {
                    return Ok(Decision::Rollback(false));
                };
                if let Some(session_id) = by_session {
                    if acting_session::assurance(&tx, &user, session_id).await?.is_none() {
                        return Ok(Decision::Rollback(false));
                    }
                    session = Some(TokenSession { session_id, credential_epoch: user.credential_epoch });
                }
                one_time_token::void(&tx, user_id, replacing, token.at).await?;
            }
            one_time_token::insert(&tx, &NewOneTimeToken { session, ..token.clone() }).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
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
    ) -> Result<Option<LinkOwner>, StoreError> {
        self.bounded(async {
            let token = one_time_token::find(&self.read, purpose, hash, now).await?;
            let owner = |token: Redeemed| {
                let Redeemed { email, about_session, session, .. } = token;
                let by_session = session.map(|session| session.session_id);
                token.user_id.map(|user_id| LinkOwner { user_id, email, about_session, by_session })
            };
            Ok(token.and_then(owner))
        })
        .await
    }
}

/// Spends a link in the transaction of its effect, with its user locked. `None` if the link has stopped
/// working since it was looked up, or its user may not act: then the transaction must not be committed.
pub(in crate::store) async fn spend(tx: &Tx, link: &LinkUse) -> Result<Option<Spent>, StoreError> {
    // The user first, as in every tx that locks both.
    let Some(user) = account::lock_active(tx, link.user_id).await? else {
        return Ok(None);
    };
    let redeemed = one_time_token::redeem(tx, link.purpose, link.hash, link.at).await?;
    let redeemed = redeemed.filter(|redeemed| redeemed.user_id == Some(user.id));
    if let Some(redeemed) = &redeemed
        && !stands(tx, &user, link.purpose, redeemed).await?
    {
        return Ok(None);
    }
    Ok(redeemed.map(|redeemed| Spent {
        user,
        email: redeemed.email,
        about_session: redeemed.about_session,
        by_session: redeemed.session.map(|session| session.session_id),
    }))
}

/// Whether a link that a session asked for still works: it does while that session is live and its user has the
/// credentials of that time.
async fn stands(
    tx: &Tx,
    user: &user::Model,
    purpose: Purpose,
    redeemed: &Redeemed,
) -> Result<bool, StoreError> {
    match redeemed.session {
        Some(session) => {
            let is_live = acting_session::assurance(tx, user, session.session_id).await?.is_some();
            Ok(is_live && session.credential_epoch == user.credential_epoch)
        }
        // Written by an earlier version, which did not know the session.
        None => Ok(!purpose.is_bound_to_session()),
    }
}

impl Spent {
    /// Whether the link was sent to the address that the user has now.
    pub(in crate::store) fn is_to_the_present_address(&self) -> bool {
        self.email.as_ref().is_none_or(|email| *email == self.user.email)
    }
}
