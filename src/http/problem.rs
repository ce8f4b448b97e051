//! Errors of the API as problem details, `application/problem+json` (RFC 9457). The submodules convert the errors of
//! each flow.

mod administration;
mod avatar;
mod captcha;
mod code;
mod document;
mod email_change;
mod federation;
mod fields;
mod first_credential;
mod identity;
mod login;
mod passkey;
mod password;
mod personal_data;
mod registration;
mod second_factor;
mod session;
mod signing_keys;
mod sms_enrollment;
mod store;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::edge::{self, EdgeError};
use super::work_error::WorkError;

pub use code::Code;
pub use document::{
    CookieProblems, Filtered, LinkInvalid, NotFound, Overloadable, ProblemBodies, RateLimited, Validated,
    described,
};

/// An invalid member of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The name of the member, or the path to it.
    #[schema(example = "email")]
    pub field: String,
    /// What is wrong with it; stable.
    #[schema(example = "invalid")]
    pub code: String,
    /// An explanation for people; it may change.
    #[schema(example = "This is not an e-mail address.")]
    pub detail: String,
}

/// What went wrong, as far as the client may know. Internal details are in the log only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", .code.as_str())]
pub struct Problem {
    pub code: Code,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Seconds after which the client should try again.
    pub retry_after: Option<u32>,
    /// For `refresh_in_flight`: seconds for which it is of use to try again with the same token.
    pub retry_until: Option<u32>,
    /// For `refresh_in_flight`: the generation of the token that was presented.
    pub presented_generation: Option<u64>,
    /// For 405: the methods of the resource.
    pub allow: Option<String>,
    /// For `step_up_required`: the authentication that is required.
    pub step_up: Option<Box<StepUp>>,
}

/// The authentication that is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// The required assurance level: `aal1` or `aal2`.
    pub acr_required: &'static str,
    /// The greatest age of the authentication, in seconds.
    pub max_age: i64,
    /// The methods by which this user can authenticate again.
    pub methods: Vec<&'static str>,
}

/// The body of an error, as in RFC 9457.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    #[schema(example = "https://kindred.dev/problems/not_found")]
    pub kind: String,
    #[schema(example = "Not found")]
    pub title: String,
    pub status: u16,
    #[schema(example = "This is not an e-mail address.")]
    pub detail: String,
    /// The kind of the error. It is stable: programs should decide by it.
    #[schema(example = "invalid")]
    pub code: String,
    #[schema(example = "01a1fdfe-9b6f-7f8b-8a1a-5ce5e7342e04")]
    pub correlation_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// For `refresh_in_flight`: seconds from this answer after which the same token no longer counts as one of several
    /// simultaneous requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_until: Option<u32>,
    /// For `refresh_in_flight`: the generation of the token that was presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presented_generation: Option<u64>,
    /// For `step_up_required`: the required assurance level, `aal1` or `aal2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "aal2")]
    pub acr_required: Option<&'static str>,
    /// For `step_up_required`: the greatest age of the authentication, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
    /// For `step_up_required`: the methods by which this user can authenticate again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["totp", "backup_code"]))]
    pub methods: Option<Vec<&'static str>>,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: code.detail().to_owned(),
            errors: Vec::new(),
            retry_after: code.retry_after(),
            retry_until: None,
            presented_generation: None,
            allow: None,
            step_up: None,
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Names the generation of the presented refresh token, if others may have spent it a moment ago.
    #[must_use]
    pub fn presenting(mut self, generation: u64) -> Self {
        if self.code == Code::RefreshInFlight {
            self.presented_generation = Some(generation);
        }
        self
    }

    /// A problem with one member of the request.
    pub fn field(code: Code, field: &str, field_code: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error =
            FieldError { field: field.to_owned(), code: field_code.to_owned(), detail: detail.clone() };
        Self { errors: vec![error], ..Self::new(code).detail(detail) }
    }

    /// The body of the problem with this code, for the OpenAPI document.
    pub fn example(code: Code) -> Option<serde_json::Value> {
        let problem = match code {
            Code::StepUpRequired => Self::step_up_required("aal2", 300, &["totp", "webauthn"]),
            Code::ValidationFailed => Self::field(code, "email", "invalid", "This is not an e-mail address."),
            _ => Self::new(code),
        };
        serde_json::to_value(ProblemBody::of(&problem, "01a1fdfe-9b6f-7f8b-8a1a-5ce5e7342e04")).ok()
    }

    /// 403: the session's last authentication is too old or too weak for this operation.
    pub fn step_up_required(acr_required: &'static str, max_age: i64, methods: &[&'static str]) -> Self {
        let step_up = StepUp { acr_required, max_age, methods: methods.to_vec() };
        Self { step_up: Some(Box::new(step_up)), ..Self::new(Code::StepUpRequired) }
    }
}

impl EdgeError for Problem {
    fn status(&self) -> StatusCode {
        self.code.status()
    }

    fn answer(&self, correlation_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        if self.status() == StatusCode::UNAUTHORIZED {
            response
                .insert_header((WWW_AUTHENTICATE, format!("Bearer error=\"{}\"", self.code.bearer_error())));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some(allow) = &self.allow {
            response.insert_header((ALLOW, allow.as_str()));
        }
        let body = ProblemBody::of(self, correlation_id);
        response.body(serde_json::to_string(&body).unwrap_or_default())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        edge::placeholder(self)
    }
}

impl<E: Into<Self>> From<WorkError<E>> for Problem {
    fn from(error: WorkError<E>) -> Self {
        match error {
            WorkError::Service(error) => error.into(),
            WorkError::Overloaded => Self::new(Code::Overloaded),
            WorkError::Panicked => Self::new(Code::Internal),
        }
    }
}

impl ProblemBody {
    fn of(problem: &Problem, correlation_id: &str) -> Self {
        let (code, step_up) = (problem.code, problem.step_up.as_deref());
        Self {
            kind: format!("https://kindred.dev/problems/{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status().as_u16(),
            detail: problem.detail.clone(),
            code: code.as_str().to_owned(),
            correlation_id: correlation_id.to_owned(),
            errors: problem.errors.clone(),
            retry_after: problem.retry_after,
            retry_until: problem.retry_until,
            presented_generation: problem.presented_generation,
            acr_required: step_up.map(|required| required.acr_required),
            max_age: step_up.map(|required| required.max_age),
            methods: step_up.map(|required| required.methods.clone()),
        }
    }
}
