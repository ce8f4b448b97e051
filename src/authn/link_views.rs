//! Links as a page shows them before they are used. Nothing here changes anything.

use std::sync::Arc;

use uuid::Uuid;

use super::environment::FlowEnvironment;
use crate::clock::Timestamp;
use crate::geoip::GeoIp;
use crate::model::account::Status;
use crate::model::factor::Factors;
use crate::model::mask;
use crate::model::one_time_token::{self, Purpose};
use crate::model::opaque_token::{self, Use};
use crate::model::security_event::RequestContext;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::credential::link_record::{LinkRecord, LinkState, LinkedSession};

/// What has become of a link, for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkStatus {
    Works,
    Used,
    Expired,
    /// Unknown, void, for another purpose, or of an account that may not act.
    Invalid,
}

/// A link, and what it is about.
#[derive(Debug)]
pub struct LinkView {
    pub status: LinkStatus,
    /// The address that the link was sent to.
    pub email: Option<String>,
    pub account: Option<LinkedAccount>,
    /// The session that the link can end.
    pub session: Option<LinkedSession>,
    /// The registration that waits for the link.
    pub registration: Option<LinkedRegistration>,
}

/// The account of a link.
#[derive(Debug)]
pub struct LinkedAccount {
    pub user_id: Uuid,
    pub email: String,
    pub email_verified: bool,
    pub erase_at: Option<Timestamp>,
    pub factors: Factors,
}

/// A registration, as the owner of the mailbox should recognize it.
#[derive(Debug)]
pub struct LinkedRegistration {
    pub display_name: Option<String>,
    pub at: Timestamp,
    /// The masked network, and the place if it is known.
    pub network: String,
    pub place: Option<String>,
    /// Whether the secret of the registration was presented.
    pub is_own: bool,
}

/// The service that looks links up.
pub struct LinkViews {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) geoip: Arc<GeoIp>,
}

impl LinkViews {
    /// A link for this purpose. `secret` is that of the registration that the browser has begun.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn view(
        &self,
        purpose: Purpose,
        token: &Secret<String>,
        secret: Option<&Secret<String>>,
    ) -> Result<LinkView, StoreError> {
        let (hash, now) = (one_time_token::hash(purpose, token.expose()), self.env.now());
        if purpose == Purpose::VerifyEmail
            // Also one that has expired, so that its owner is told so.
            && let Some(pending) = self.env.store.pending_registration(hash, Timestamp::default()).await?
        {
            let status = if pending.expires_at > now { LinkStatus::Works } else { LinkStatus::Expired };
            let presented = secret.map(|secret| opaque_token::hash(Use::Registration, secret.expose()));
            let registration = LinkedRegistration {
                is_own: presented == Some(pending.secret),
                display_name: pending.display_name,
                at: pending.at,
                place: self.place(&pending.network),
                network: masked(&pending.network),
            };
            let email = Some(pending.email.as_str().to_owned());
            return Ok(LinkView { email, registration: Some(registration), ..LinkView::of(status) });
        }
        match self.env.store.link_record(purpose, hash, now).await? {
            Some(record) => self.recorded(purpose, hash, record).await,
            None => Ok(LinkView::of(LinkStatus::Invalid)),
        }
    }

    async fn recorded(
        &self,
        purpose: Purpose,
        hash: one_time_token::TokenHash,
        record: LinkRecord,
    ) -> Result<LinkView, StoreError> {
        let store = &self.env.store;
        let account = match record.user_id {
            Some(user_id) => store.account_by_id(user_id).await?,
            None => None,
        };
        let account = account.filter(|account| account.status == Status::Active);
        let is_orphan = record.user_id.is_some() && account.is_none();
        let is_closed = purpose == Purpose::AcceptInvitation
            && record.state == LinkState::Works
            && store.open_invitation(hash, self.env.now()).await?.is_none();
        let status = match record.state {
            LinkState::Void => LinkStatus::Invalid,
            _ if is_orphan || is_closed => LinkStatus::Invalid,
            LinkState::Works => LinkStatus::Works,
            LinkState::Used => LinkStatus::Used,
            LinkState::Expired => LinkStatus::Expired,
        };
        let session = match record.session.filter(|_| purpose == Purpose::EndSession) {
            Some(session) => store.linked_session(session).await?,
            None => None,
        };
        let account = match account {
            Some(account) => Some(self.linked(account).await?),
            None => None,
        };
        Ok(LinkView { email: record.email, account, session, ..LinkView::of(status) })
    }

    async fn linked(&self, account: Account) -> Result<LinkedAccount, StoreError> {
        let factors = if account.email_verified {
            self.env.store.factors(account.user.id).await?
        } else {
            // The first proof of an address removes what was enrolled before.
            Factors::default()
        };
        Ok(LinkedAccount {
            user_id: account.user.id,
            email: account.user.email,
            email_verified: account.email_verified,
            erase_at: account.erase_at,
            factors,
        })
    }

    fn place(&self, network: &str) -> Option<String> {
        let address = network.split('/').next().map(str::to_owned);
        let location = self.geoip.locate(&RequestContext { address, ..RequestContext::default() });
        location.map(|location| location.to_string())
    }
}

/// The network as it may be shown.
fn masked(network: &str) -> String {
    let address = network.split('/').next().and_then(|address| address.parse().ok());
    address.map_or_else(|| network.to_owned(), mask::network)
}

impl LinkView {
    const fn of(status: LinkStatus) -> Self {
        Self { status, email: None, account: None, session: None, registration: None }
    }
}

impl std::fmt::Debug for LinkViews {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LinkViews")
    }
}
