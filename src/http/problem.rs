//! Errors as answers: `application/problem+json` (RFC 9457). The only place where they are made.

mod account_flows;
mod administration;
mod avatar;
mod code;
mod convert;
mod convert_account;
mod passkey;
mod second_factor;
mod sms_enrollment;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

pub use code::Code;

/// One wrong member of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The member's name or path.
    pub field: String,
    /// Stable.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// What went wrong, for the client. No internals: those are in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", .code.as_str())]
pub struct Problem {
    pub code: Code,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Seconds after which another try makes sense.
    pub retry_after: Option<u32>,
    /// Seconds for which another try with the same token makes sense, for `refresh_in_flight`.
    pub retry_until: Option<u32>,
    /// The methods of the resource, for 405.
    pub allow: Option<String>,
    /// What a further proof must be like, for `step_up_required`.
    pub step_up: Option<Box<StepUp>>,
}

/// The proof that would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StepUp {
    /// The assurance that is asked for: `aal1` or `aal2`.
    pub acr_required: &'static str,
    /// How old the proof may be, in seconds.
    pub max_age: i64,
    /// By which methods this user can give it.
    pub methods: Vec<&'static str>,
}

/// The body on the wire.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// Stable; clients switch on it.
    pub code: String,
    pub correlation_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// For `refresh_in_flight`: seconds from this answer on after which the same token is no longer taken for one of
    /// several requests at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_until: Option<u32>,
    #[serde(flatten)]
    pub step_up: Option<StepUp>,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: code.detail().to_owned(),
            errors: Vec::new(),
            retry_after: code.retry_after(),
            retry_until: None,
            allow: None,
            step_up: None,
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// A 422 about one member.
    pub fn field(code: Code, field: &str, field_code: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error =
            FieldError { field: field.to_owned(), code: field_code.to_owned(), detail: detail.clone() };
        Self { errors: vec![error], ..Self::new(code).detail(detail) }
    }

    /// 403: the session's last proof does not do for this.
    pub fn step_up_required(acr_required: &'static str, max_age: i64, methods: &[&'static str]) -> Self {
        let step_up = StepUp { acr_required, max_age, methods: methods.to_vec() };
        Self { step_up: Some(Box::new(step_up)), ..Self::new(Code::StepUpRequired) }
    }

    /// The answer, with the request's correlation id.
    pub fn response(&self, correlation_id: &str) -> HttpResponse {
        let status = self.code.status();
        let body = ProblemBody {
            kind: format!("https://kindred.dev/problems/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.as_str().to_owned(),
            correlation_id: correlation_id.to_owned(),
            errors: self.errors.clone(),
            retry_after: self.retry_after,
            retry_until: self.retry_until,
            step_up: self.step_up.as_deref().cloned(),
        };
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        if status == StatusCode::UNAUTHORIZED {
            response
                .insert_header((WWW_AUTHENTICATE, format!("Bearer error=\"{}\"", self.code.bearer_error())));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some(allow) = &self.allow {
            response.insert_header((ALLOW, allow.as_str()));
        }
        response.body(serde_json::to_string(&body).unwrap_or_default())
    }
}

/// The framework asks for a response before the correlation id is at hand; the outermost middleware
/// makes it anew.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.response("")
    }
}
