//! Links that leave by mail: a token for the database, the link for the person.

use super::{Authn, addressee};
use crate::clock::Timestamp;
use crate::model::account::Status;
use crate::model::one_time_token::{self, Purpose};
use crate::notification::{Addressee, NewLink};
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::credential::link::LinkUse;

/// What somebody who follows a link presents.
pub(super) struct Followed {
    pub link: LinkUse,
    /// The account as it was when the link was looked up.
    pub account: Account,
    /// The address that the link proves.
    pub email: Option<String>,
}

impl Authn {
    /// A link for this person, which proves the address that it is sent to.
    pub(super) fn new_link(&self, purpose: Purpose, to: &Addressee) -> NewLink {
        let ttl = match purpose {
            Purpose::VerifyEmail => self.rules.verification_ttl,
            Purpose::ChangeEmail => self.rules.email_change_ttl,
            Purpose::ResetPassword => self.rules.reset_ttl,
            Purpose::AcceptInvitation => self.rules.invitation_ttl,
        };
        self.composer.new_link(purpose, to, ttl)
    }

    /// The account whose link was followed; `None` if the link does not work. Nothing is spent: what is
    /// refused for another reason, such as a weak password, can be tried again.
    pub(super) async fn follow(
        &self,
        purpose: Purpose,
        presented: &Secret<String>,
    ) -> Result<Option<Followed>, StoreError> {
        let (hash, at) = (one_time_token::hash(purpose, presented.expose()), self.clock.now());
        let Some((user_id, email)) = self.store.link_owner(purpose, hash, at).await? else {
            return Ok(None);
        };
        let account = self.store.account_by_id(user_id).await?;
        let account = account.filter(|account| account.status == Status::Active);
        let link = LinkUse { purpose, hash, user_id, at };
        Ok(account.map(|account| Followed { link, account, email }))
    }

    /// The present moment, as a mail tells it.
    pub(super) fn moment(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Before an address is proven, its owner is a stranger who may never have heard of us: what somebody else
/// typed as a name must not be read there as our words.
pub(super) fn stranger(account: &Account) -> Addressee {
    Addressee { display_name: None, ..addressee(account) }
}
