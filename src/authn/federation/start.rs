//! The beginning: a browser is sent to the provider. Nothing is written.

use url::Url;

use super::FederatedLogins;
use crate::crypto::seal::SealError;
use crate::federation::{AuthorizationRequest, KnownProvider};
use crate::model::federation::login_state::{
    BrowserId, LinkTicket, LoginIntent, LoginPurpose, LoginState, TICKET_LIFE,
};
use crate::secret::Secret;

/// What a browser asks for.
#[derive(Debug)]
pub enum LoginStart {
    /// A login, or another authentication.
    Intent(LoginIntent),
    /// What the owner of a session was given for the linking of an identity.
    Ticket(Secret<String>),
}

/// Where the browser is sent, and who it is from now on.
#[derive(Debug)]
pub struct LoginStarted {
    pub url: Url,
    pub browser: BrowserId,
}

/// The owner of a session wants to link an identity.
#[derive(Debug)]
pub struct LinkTicketRequest {
    pub provider: String,
    pub intent: LoginIntent,
}

/// Why no login begins.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("there is no such provider")]
    NotFound,
    /// It does not tell when someone has authenticated.
    #[error("this provider cannot authenticate people again on demand")]
    NoReauthentication,
    #[error("the ticket does not count, or no longer")]
    TicketInvalid,
    /// It does not answer, or too many people wait for providers. The browser can go where it would have come back to.
    #[error("the provider cannot be asked at the moment")]
    Unavailable { return_to: String },
    #[error(transparent)]
    Sealing(#[from] SealError),
}

impl FederatedLogins {
    /// Begins a login with a provider. A browser that has begun another one keeps its id, so that logins in several tabs do not
    /// disturb each other.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(
        &self,
        provider: &str,
        start: LoginStart,
        browser: Option<BrowserId>,
    ) -> Result<LoginStarted, StartError> {
        let known = self.providers.find(provider).ok_or(StartError::NotFound)?;
        let now = self.env.now();
        let intent = match start {
            LoginStart::Intent(intent) => intent,
            LoginStart::Ticket(ticket) => {
                let ticket = self.sealing().open_ticket(provider, ticket.expose(), now);
                ticket.ok_or(StartError::TicketInvalid)?.intent
            }
        };
        let Some(_place) = self.place() else {
            return Err(StartError::Unavailable { return_to: intent.return_to });
        };
        let browser = browser.unwrap_or_else(|| BrowserId::generate(self.env.entropy.as_ref()));
        let url = self.send_to(known, intent, &browser).await?;
        Ok(LoginStarted { url, browser })
    }

    async fn send_to(
        &self,
        known: &KnownProvider,
        intent: LoginIntent,
        browser: &BrowserId,
    ) -> Result<Url, StartError> {
        let now = self.env.now();
        let reauthenticate = intent.purpose == LoginPurpose::StepUp;
        if reauthenticate && !known.provider.kind().has_id_tokens() {
            return Err(StartError::NoReauthentication);
        }
        let state = LoginState::begin(self.env.entropy.as_ref(), browser, intent, now);
        let sealed = self.sealing().seal_state(known.provider.name(), &state)?;
        let request = AuthorizationRequest {
            redirect_uri: &known.redirect_uri,
            state: &sealed,
            nonce: &state.nonce,
            code_verifier: &state.code_verifier,
            reauthenticate,
        };
        known.provider.authorization_url(&request, now).await.map_err(|error| {
            tracing::warn!(%error, "a login cannot begin, because an identity provider cannot be asked");
            StartError::Unavailable { return_to: state.intent.return_to.clone() }
        })
    }

    /// The address at which the linking of an identity begins, in any browser, for a short while. What comes of it can only be
    /// used in the session that has asked for it.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn link_ticket(&self, request: LinkTicketRequest) -> Result<Url, StartError> {
        let LinkTicketRequest { provider, intent } = request;
        self.providers.find(&provider).ok_or(StartError::NotFound)?;
        let ticket = LinkTicket { expires_at: self.env.now().plus(TICKET_LIFE), intent };
        let ticket = self.sealing().seal_ticket(&provider, &ticket)?;
        let mut url = self.providers.start_url(&provider);
        url.query_pairs_mut().append_pair("ticket", ticket.expose());
        Ok(url)
    }
}
