//! The answers of pages without script.

use actix_web::http::StatusCode;
use uuid::Uuid;

use super::card::{Card, Icon};
use super::frame::Frame;
use crate::http::problem::{Code, Problem};

/// A card with its status, and what the browser is to remember.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: StatusCode,
    pub card: Card,
    pub retry_after: Option<u32>,
    /// The account that knows this browser from now on, with the token.
    pub device: Option<(Uuid, String)>,
    /// The registration that the browser has begun is over.
    pub forgets_registration: bool,
}

impl Reply {
    pub const fn new(status: StatusCode, card: Card) -> Self {
        Self { status, card, retry_after: None, device: None, forgets_registration: false }
    }

    pub const fn ok(card: Card) -> Self {
        Self::new(StatusCode::OK, card)
    }
}

/// A problem as a page tells it, and the field that it is about.
pub(super) struct Refusal {
    pub field: Option<&'static str>,
    pub message: String,
    pub retry_after: Option<u32>,
}

impl Frame<'_> {
    /// What the person can correct; `None` for everything else.
    pub fn refusal(&self, problem: &Problem) -> Option<Refusal> {
        let plain =
            |field, id: &str| Some(Refusal { field: Some(field), message: self.t(id), retry_after: None });
        match problem.code {
            Code::InvalidCredentials => plain("password", "page-error-password"),
            Code::MfaCodeInvalid => plain("code", "page-error-code"),
            Code::BreachedPassword => plain("new_password", "page-error-breached"),
            Code::StepUpRequired if problem.step_up.as_ref().is_some_and(|it| it.methods.is_empty()) => {
                Some(Refusal { field: None, message: self.t("page-error-passkey-only"), retry_after: None })
            }
            Code::StepUpRequired => plain("code", "page-error-code-missing"),
            Code::Conflict | Code::EmailTaken => {
                Some(Refusal { field: None, message: self.t("page-error-taken"), retry_after: None })
            }
            Code::CaptchaRequired | Code::CaptchaInvalid => {
                Some(Refusal { field: None, message: self.t("page-error-captcha"), retry_after: None })
            }
            Code::WeakPassword | Code::ValidationFailed => self.of_field(problem),
            Code::RateLimited => {
                let seconds = problem.retry_after.unwrap_or(60);
                let minutes = i64::from(seconds.div_ceil(60));
                let message = self.text("page-error-too-many", &[("minutes", minutes.into())]);
                Some(Refusal { field: None, message, retry_after: problem.retry_after })
            }
            _ => None,
        }
    }

    fn of_field(&self, problem: &Problem) -> Option<Refusal> {
        let error = problem.errors.first()?;
        let field = match error.field.as_str() {
            "password" if problem.code == Code::ValidationFailed && error.code == "missing" => "password",
            "password" | "new_password" => "new_password",
            "email" => "email",
            "accepted_terms" => "terms",
            "mfa" | "mfa.code" | "method" => "code",
            _ => return None,
        };
        let id = match (field, error.code.as_str()) {
            ("password", _) => "page-error-password-missing",
            ("email", _) => "page-error-email",
            ("terms", _) => "page-error-terms",
            ("code", _) => "page-error-code",
            (_, "too_short") => "page-error-too-short",
            (_, "too_long") => "page-error-too-long",
            (_, "common_password") => "page-error-common",
            (_, "own_data") => "page-error-own-data",
            (_, "unchanged") => "page-error-unchanged",
            _ => "page-error-weak",
        };
        let min = i64::try_from(self.pages.min_password).unwrap_or(i64::MAX);
        Some(Refusal {
            field: Some(field),
            message: self.text(id, &[("min", min.into())]),
            retry_after: None,
        })
    }

    /// A page for what the person cannot correct.
    pub fn failure(&self, problem: &Problem) -> Reply {
        let id = match problem.code {
            Code::CsrfFailed | Code::OriginNotAllowed => "page-failure-stale",
            Code::Forbidden => "page-failure-closed",
            Code::RateLimited => "page-failure-too-many",
            Code::Overloaded | Code::Unavailable => "page-failure-busy",
            _ => "page-failure",
        };
        let card =
            Card::new(Icon::Warning, self.t(&format!("{id}-title"))).say(self.t(&format!("{id}-text")));
        let card = card.link(self.t("page-try-again"), self.here());
        Reply { retry_after: problem.retry_after, ..Reply::new(problem.code.status(), card) }
    }
}
