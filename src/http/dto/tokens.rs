//! Tokens in responses (RFC 6749 §5.1).

use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authn::LoggedIn;
use crate::http::extract::cookie_session::CookieTransport;
use crate::http::extract::presented::Delivery;
use crate::http::middleware::observation::Subject;
use crate::http::problem::Problem;
use crate::session::tokens::IssuedTokens;

/// How tokens are transmitted. `bearer`: in the body. `cookie`: in cookies that scripts cannot read; the request then needs
/// the header `X-CSRF-Token` (see `GET /api/v1/auth/csrf`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    #[default]
    Bearer,
    Cookie,
}

impl Transport {
    /// The way back for the tokens.
    ///
    /// # Errors
    /// 403 `origin_not_allowed` or `csrf_failed`
    pub fn delivery(self, request: &HttpRequest) -> Result<Delivery, Problem> {
        match self {
            Self::Bearer => Ok(Delivery::Body),
            Self::Cookie => CookieTransport::admit(request).map(Delivery::Cookies),
        }
    }
}

/// The default of `remember`.
pub const fn remembered() -> bool {
    true
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// Always `Bearer` (RFC 6750).
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Absent in cookie transport, as is `refresh_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl", nullable = false)]
    pub access_token: Option<String>,
    /// Seconds until the access token expires.
    pub expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kr1_…", nullable = false)]
    pub refresh_token: Option<String>,
    /// Seconds until the refresh token expires if it is not used.
    pub refresh_expires_in: u64,
    pub session: SessionView,
    pub user: UserView,
    /// From the last step of a login: makes this device known to the account, so that its owner can still log in here
    /// while others guess the password. Later logins from this device send it as `device_token`, and each returns a new
    /// one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kd2_…")]
    pub device_token: Option<String>,
    /// Seconds for which the device is trusted and needs no second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_expires_in: Option<u64>,
    /// The generation of the refresh token that was presented, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presented_generation: Option<u64>,
    /// In cookie transport: the next token for `X-CSRF-Token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub csrf_token: Option<String>,
}

/// The session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    pub id: Uuid,
    /// The generation of the refresh token: 1 at the login, and one more with each rotation.
    pub generation: u64,
    /// Authenticator assurance level (NIST SP 800-63B).
    #[schema(example = 1)]
    pub aal: u8,
    /// Authentication methods (RFC 8176).
    #[schema(example = json!(["pwd", "otp"]))]
    pub amr: Vec<&'static str>,
    #[schema(format = DateTime)]
    pub auth_time: String,
    /// When the session ends, however often it is refreshed.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct UserView {
    pub id: Uuid,
    #[schema(example = "ada@example.com")]
    pub email: String,
    #[schema(example = json!(["user"]))]
    pub roles: Vec<&'static str>,
    pub password_must_change: bool,
    /// Whether a second factor must be enrolled first (`mfa.policy`).
    pub mfa_enrollment_required: bool,
}

/// The successor of the refresh token that a request has presented.
pub fn respond(
    request: &HttpRequest,
    tokens: &IssuedTokens,
    presented_generation: u64,
    delivery: &Delivery,
) -> HttpResponse {
    let body =
        TokenResponse { presented_generation: Some(presented_generation), ..TokenResponse::from(tokens) };
    deliver(request, tokens, body, delivery)
}

/// The response of the last step of a login.
pub fn respond_to_login(request: &HttpRequest, login: &LoggedIn, delivery: &Delivery) -> HttpResponse {
    let device_token = login.device_token.expose();
    let body = TokenResponse {
        device_token: Some(device_token.clone()),
        device_expires_in: login.device_trusted_for.map(|span| span.as_secs()),
        ..TokenResponse::from(&login.tokens)
    };
    let mut response = deliver(request, &login.tokens, body, delivery);
    if let Delivery::Cookies(transport) = delivery {
        transport.remember_device(request, &mut response, login.tokens.user.id, device_token);
    }
    response
}

/// The ids of user and session appear in the request's log line. In cookie transport no token is in the body.
fn deliver(
    request: &HttpRequest,
    tokens: &IssuedTokens,
    body: TokenResponse,
    delivery: &Delivery,
) -> HttpResponse {
    note_subject(request, tokens);
    match delivery {
        Delivery::Body => HttpResponse::Ok().json(TokenResponse {
            access_token: Some(tokens.access_token.expose().clone()),
            refresh_token: Some(tokens.refresh_token.expose().clone()),
            ..body
        }),
        Delivery::Cookies(transport) => {
            let csrf_token = transport.next_token(request, tokens);
            let body = TokenResponse { device_token: None, csrf_token, ..body };
            let mut response = HttpResponse::Ok().json(body);
            transport.set_session(request, &mut response, tokens);
            response
        }
    }
}

/// Makes the ids of user and session appear in the request's log line.
fn note_subject(request: &HttpRequest, tokens: &IssuedTokens) {
    let subject = Subject { user_id: tokens.user.id, session_id: tokens.family.id };
    request.extensions_mut().insert(subject);
}

/// Without the tokens, which only bearer transport has in the body.
impl From<&IssuedTokens> for TokenResponse {
    fn from(tokens: &IssuedTokens) -> Self {
        let (family, user) = (&tokens.family, &tokens.user);
        Self {
            token_type: "Bearer",
            access_token: None,
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: None,
            refresh_expires_in: tokens.refresh_expires_in.as_secs(),
            session: SessionView {
                id: family.id,
                generation: family.generation,
                aal: family.aal.number(),
                amr: family.amr.names(),
                auth_time: family.auth_time.rfc3339(),
                expires_at: family.expires_at.rfc3339(),
            },
            user: UserView {
                id: user.id,
                email: user.email.clone(),
                roles: user.roles.names(),
                password_must_change: user.password_must_change,
                mfa_enrollment_required: tokens.mfa_enrollment_required,
            },
            device_token: None,
            device_expires_in: None,
            presented_generation: None,
            csrf_token: None,
        }
    }
}
