//! The transport `twilio`: SMS by the HTTP API `POST /2010-04-01/Accounts/SID/Messages.json`.

use serde::Deserialize;
use url::Url;

use super::{SendError, Sending, Sms, SmsSender};
use crate::config::Twilio;
use crate::outgoing::{Answer, CallError, ClientError, GuardedClient, Outgoing, Policy, Purpose};
use crate::secret::Secret;

/// The longest response that is read, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// Twilio cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum TwilioError {
    #[error("sms.twilio_account_sid, sms.twilio_auth_token and sms.from are required")]
    Incomplete,
    #[error("sms.twilio_base_url cannot be extended by a path")]
    BaseUrl,
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Sends SMS by the API of Twilio, or one that is compatible with it.
pub struct TwilioSender {
    client: GuardedClient,
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
    pub fn new(config: &Twilio, outgoing: &Outgoing) -> Result<Self, TwilioError> {
        let given = config.account_sid.clone().zip(config.auth_token.clone()).zip(config.from.clone());
        let ((account, token), from) = given.ok_or(TwilioError::Incomplete)?;
        let mut endpoint = config.base_url.clone();
        endpoint.path_segments_mut().map_err(|()| TwilioError::BaseUrl)?.pop_if_empty().extend([
            "2010-04-01",
            "Accounts",
            &account,
            "Messages.json",
        ]);
        let client = outgoing.client(Policy {
            purpose: Purpose::Sms,
            allow_private: config.allow_private,
            timeout: config.timeout,
            max_answer: MAX_ANSWER,
        })?;
        Ok(Self { client, endpoint, account, token, from })
    }

    /// Reads the account, which needs its secret, without sending an SMS.
    ///
    /// # Errors
    /// [`SendError`], with what the provider answered.
    pub async fn try_out(&self) -> Result<(), SendError> {
        let mut account = self.endpoint.clone();
        if let Ok(mut segments) = account.path_segments_mut() {
            segments.pop().pop().push(&format!("{}.json", self.account));
        }
        let call = self.client.get(account).basic_auth(&self.account, &self.token);
        let answer = call.send().await.or_else(|error| without_body(&error).ok_or_else(|| lost(&error)))?;
        if answer.is_success() { Ok(()) } else { Err(refusal(&answer)) }
    }

    async fn deliver(&self, sms: &Sms) -> Result<(), SendError> {
        // The id of a messaging service, which chooses one of its numbers, is not a number itself.
        let sender = if self.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let form = [("To", sms.to.as_str()), (sender, self.from.as_str()), ("Body", sms.text.as_str())];
        let call = self.client.post(self.endpoint.clone()).basic_auth(&self.account, &self.token).form(&form);
        let answer = call.send().await.or_else(|error| without_body(&error).ok_or_else(|| lost(&error)))?;
        if answer.is_success() { Ok(()) } else { Err(refusal(&answer)) }
    }
}

impl SmsSender for TwilioSender {
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a> {
        Box::pin(self.deliver(sms))
    }
}

/// An answer whose body did not arrive whole: its status tells enough.
fn without_body(error: &CallError) -> Option<Answer> {
    error.status().map(Answer::of_status)
}

/// A request that was not received is tried again. One whose answer was lost is not: an SMS costs money, the API has no
/// idempotency key that would make a repetition harmless, and a user who misses a code requests another one.
fn lost(error: &CallError) -> SendError {
    if error.is_unsent() {
        SendError::Failed(format!("the SMS provider cannot be called: {error}"))
    } else {
        SendError::Refused("the SMS provider's answer was lost; it may have been sent".to_owned())
    }
}

fn refusal(answer: &Answer) -> SendError {
    let code = answer.json::<ErrorBody>().and_then(|refusal| refusal.code);
    let code = code.map_or_else(String::new, |code| format!(", error {code}"));
    let reason = format!("the SMS provider answered {}{code}", answer.status);
    if is_transient(answer.status) { SendError::Failed(reason) } else { SendError::Refused(reason) }
}

/// Too many requests, an error of the provider, or credentials that an operator may correct.
const fn is_transient(status: u16) -> bool {
    status >= 500 || matches!(status, 401 | 403 | 429)
}
