//! The transport `twilio`: SMS by the HTTP API `POST /2010-04-01/Accounts/SID/Messages.json`.

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use super::{SendError, Sending, Sms, SmsSender};
use crate::config::Twilio;
use crate::secret::Secret;

/// The longest error response that is read, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// Twilio cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum TwilioError {
    #[error("sms.twilio_account_sid, sms.twilio_auth_token and sms.from are required")]
    Incomplete,
    #[error("sms.twilio_base_url cannot be extended by a path")]
    BaseUrl,
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
}

/// Sends SMS by the API of Twilio, or one that is compatible with it.
pub struct TwilioSender {
    client: Client,
    endpoint: Url,
    account: String,
    token: Secret<String>,
    from: String,
}

/// The body of an error response.
#[derive(Deserialize)]
struct ErrorBody {
    /// The error number of Twilio.
    code: Option<u32>,
}

impl TwilioSender {
    /// # Errors
    /// [`TwilioError`].
    pub fn new(config: &Twilio) -> Result<Self, TwilioError> {
        let given = config.account_sid.clone().zip(config.auth_token.clone()).zip(config.from.clone());
        let ((account, token), from) = given.ok_or(TwilioError::Incomplete)?;
        let mut endpoint = config.base_url.clone();
        endpoint.path_segments_mut().map_err(|()| TwilioError::BaseUrl)?.pop_if_empty().extend([
            "2010-04-01",
            "Accounts",
            &account,
            "Messages.json",
        ]);
        // A redirect would send the code and the credentials to a place that the answer chooses.
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            // Shorter than the total, so that a failed connection is distinguished from a lost answer.
            .connect_timeout(config.timeout / 2)
            .timeout(config.timeout)
            .build()?;
        Ok(Self { client, endpoint, account, token, from })
    }

    async fn deliver(&self, sms: &Sms) -> Result<(), SendError> {
        // The id of a messaging service, which chooses one of its numbers, is not a number itself.
        let sender = if self.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let form = [("To", sms.to.as_str()), (sender, self.from.as_str()), ("Body", sms.text.as_str())];
        let request = self.client.post(self.endpoint.clone());
        let request = request.basic_auth(&self.account, Some(self.token.expose())).form(&form);
        let response = request.send().await.map_err(|error| lost(&error))?;
        if response.status().is_success() { Ok(()) } else { Err(refusal(response).await) }
    }
}

impl SmsSender for TwilioSender {
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a> {
        Box::pin(self.deliver(sms))
    }
}

/// A request that was not received is tried again. One whose answer was lost is not: an SMS costs money, the API has no
/// idempotency key that would make a repetition harmless, and a user who misses a code requests another one.
fn lost(error: &reqwest::Error) -> SendError {
    if error.is_connect() {
        SendError::Failed("no connection to the SMS provider".to_owned())
    } else {
        SendError::Refused("the SMS provider's answer was lost; it may have been sent".to_owned())
    }
}

async fn refusal(mut response: Response) -> SendError {
    let status = response.status();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            break;
        }
    }
    let code = serde_json::from_slice::<ErrorBody>(&body).ok().and_then(|refusal| refusal.code);
    let code = code.map_or_else(String::new, |code| format!(", error {code}"));
    let reason = format!("the SMS provider answered {}{code}", status.as_u16());
    if is_transient(status) { SendError::Failed(reason) } else { SendError::Refused(reason) }
}

/// Too many requests, an error of the provider, or credentials that an operator may correct.
fn is_transient(status: StatusCode) -> bool {
    status.is_server_error()
        || [StatusCode::TOO_MANY_REQUESTS, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status)
}
