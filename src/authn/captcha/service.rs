//! Services with the protocol that reCAPTCHA began with: the answer is sent to the service together with the secret, and
//! the service tells for which host and which action it was given.
//!
//! <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>,
//! <https://developers.google.com/recaptcha/docs/verify>, <https://docs.hcaptcha.com/#verify-the-user-response-server-side>

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use url::Url;

use super::{Answer, CaptchaError, Provider, Verified, remembered};
use crate::clock::Clock;
use crate::config::{Captcha, CaptchaProvider};
use crate::model::captcha::Action;
use crate::outgoing::{ClientError, GuardedClient, Outgoing, Policy, Purpose};
use crate::secret::Secret;

/// The longest response that is read, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

pub(super) struct Service {
    client: GuardedClient,
    url: Url,
    secret: Secret<String>,
    site_key: String,
    page: ExpectedPage,
    clock: Arc<dyn Clock>,
}

/// What must be true of the page that the answer was given on.
struct ExpectedPage {
    provider: CaptchaProvider,
    hostnames: Vec<String>,
    min_score: u32,
}

#[derive(Debug, Default, Deserialize)]
struct Verdict {
    success: bool,
    hostname: Option<String>,
    action: Option<String>,
    /// From 0 to 1; of reCAPTCHA v3 only.
    score: Option<f64>,
    #[serde(default, rename = "error-codes")]
    error_codes: Vec<String>,
}

impl Service {
    pub fn new(rules: &Captcha, clock: Arc<dyn Clock>, outgoing: &Outgoing) -> Result<Self, ClientError> {
        let client = outgoing.client(Policy {
            purpose: Purpose::Captcha,
            allow_private: rules.allow_private,
            timeout: rules.timeout,
            max_answer: MAX_ANSWER,
        })?;
        Ok(Self {
            client,
            url: rules.verify_url.clone().unwrap_or_else(|| endpoint(rules.provider)),
            secret: rules.secret.clone().unwrap_or_else(|| Secret::new(String::new())),
            site_key: rules.site_key.clone().unwrap_or_default(),
            page: ExpectedPage {
                provider: rules.provider,
                hostnames: rules.hostnames.clone(),
                min_score: rules.min_score,
            },
            clock,
        })
    }

    async fn ask(&self, answer: Answer<'_>) -> Result<Verified, CaptchaError> {
        // The address of the client is not sent: the service has seen it, and need not learn it from here.
        let form = [
            ("secret", self.secret.expose().as_str()),
            ("response", answer.token),
            ("sitekey", self.site_key.as_str()),
        ];
        // The others refuse members that they do not know.
        let members = if self.page.provider == CaptchaProvider::Hcaptcha { &form[..] } else { &form[..2] };
        let call = self.client.post(self.url.clone()).form(members);
        let response = call.send().await.map_err(|error| CaptchaError::Unavailable(error.to_string()))?;
        // Turnstile answers errors with 4xx and the same body.
        let verdict: Verdict = response
            .json()
            .ok_or_else(|| CaptchaError::Unavailable(format!("it answered {}", response.status)))?;
        self.page.judge(&verdict, answer.action)?;
        Ok(remembered(answer.token, self.clock.now()))
    }
}

impl Provider for Service {
    fn verify<'a>(&'a self, answer: Answer<'a>) -> BoxFuture<'a, Result<Verified, CaptchaError>> {
        Box::pin(self.ask(answer))
    }
}

fn endpoint(provider: CaptchaProvider) -> Url {
    let text = match provider {
        CaptchaProvider::Recaptcha => "https://www.google.com/recaptcha/api/siteverify",
        CaptchaProvider::Hcaptcha => "https://api.hcaptcha.com/siteverify",
        CaptchaProvider::Turnstile | CaptchaProvider::ProofOfWork => {
            "https://challenges.cloudflare.com/turnstile/v0/siteverify"
        }
    };
    text.parse().unwrap_or_else(|_| unreachable!("it is a URL"))
}

impl ExpectedPage {
    fn judge(&self, verdict: &Verdict, action: Action) -> Result<(), CaptchaError> {
        if !verdict.success {
            return Err(refusal(&verdict.error_codes));
        }
        let is_ours = verdict.hostname.as_ref().is_some_and(|host| self.hostnames.contains(host));
        let is_meant = match &verdict.action {
            Some(named) => named == action.as_str(),
            // Only a page of Turnstile always names one.
            None => self.provider != CaptchaProvider::Turnstile,
        };
        let is_likely = match self.provider {
            CaptchaProvider::Recaptcha => {
                verdict.score.is_none_or(|score| score * 100.0 >= f64::from(self.min_score))
            }
            _ => true,
        };
        if is_ours && is_meant && is_likely {
            return Ok(());
        }
        tracing::info!(
            is_ours,
            is_meant,
            is_likely,
            "an answer to a CAPTCHA was given elsewhere, or by a program"
        );
        Err(CaptchaError::Invalid)
    }
}

/// What the error codes of the service mean. They are the same words for all three.
fn refusal(codes: &[String]) -> CaptchaError {
    let is = |words: &[&str]| codes.iter().any(|code| words.contains(&code.as_str()));
    if is(&["internal-error"]) {
        CaptchaError::Unavailable("it has an internal error".to_owned())
    } else if is(&[
        "missing-input-secret",
        "invalid-input-secret",
        "sitekey-secret-mismatch",
        "not-using-dummy-passcode",
        "bad-request",
    ]) {
        // The codes are words of the service; only known ones are in the log.
        CaptchaError::Misconfigured("check captcha.site_key and captcha.secret".to_owned())
    } else {
        CaptchaError::Invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(provider: CaptchaProvider) -> ExpectedPage {
        ExpectedPage { provider, hostnames: vec!["id.example.com".to_owned()], min_score: 50 }
    }

    fn verdict(json: &str) -> Verdict {
        serde_json::from_str(json).unwrap()
    }

    fn passes(provider: CaptchaProvider, json: &str) -> bool {
        page(provider).judge(&verdict(json), Action::Register).is_ok()
    }

    #[test]
    fn host_action_and_score_are_compared() {
        use CaptchaProvider::{Hcaptcha, Recaptcha, Turnstile};
        let with = |rest: &str| format!(r#"{{"success": true, "hostname": "id.example.com"{rest}}}"#);
        let register = with(r#", "action": "register", "cdata": "x""#);
        assert!([Turnstile, Recaptcha, Hcaptcha].iter().all(|provider| passes(*provider, &register)));
        let login = with(r#", "action": "login""#);
        assert!(![Turnstile, Recaptcha, Hcaptcha].iter().any(|provider| passes(*provider, &login)));
        assert!(!passes(Turnstile, &with("")), "it names the action");
        assert!(passes(Hcaptcha, &with("")) && passes(Recaptcha, &with("")));
        assert!(passes(Recaptcha, &with(r#", "action": "register", "score": 0.5"#)));
        assert!(!passes(Recaptcha, &with(r#", "action": "register", "score": 0.4"#)));
        assert!(!passes(Hcaptcha, r#"{"success": true, "hostname": "evil.example"}"#));
        assert!(!passes(Hcaptcha, r#"{"success": true}"#));
        assert!(!passes(Hcaptcha, r#"{"success": false, "hostname": "id.example.com"}"#));
    }

    #[test]
    fn a_wrong_secret_is_not_the_clients_fault() {
        let of = |code: &str| refusal(&[code.to_owned()]);
        assert!(matches!(of("invalid-input-secret"), CaptchaError::Misconfigured(_)));
        assert!(matches!(of("internal-error"), CaptchaError::Unavailable(_)));
        for code in ["timeout-or-duplicate", "invalid-input-response", "expired-input-response", "new"] {
            assert!(matches!(of(code), CaptchaError::Invalid), "{code}");
        }
    }
}
