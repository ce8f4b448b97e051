//! Tokens in responses (RFC 6749 §5.1).

use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authn::LoggedIn;
use crate::http::middleware::observation::Subject;
use crate::session::tokens::IssuedTokens;

/// How tokens are transmitted. `bearer`: in the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    #[default]
    Bearer,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// Always `Bearer` (RFC 6750).
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl")]
    pub access_token: String,
    /// Seconds until the access token expires.
    pub expires_in: u64,
    #[schema(example = "kr1_…")]
    pub refresh_token: String,
    /// Seconds until the refresh token expires if it is not used.
    pub refresh_expires_in: u64,
    pub session: SessionView,
    pub user: UserView,
    /// From the last step of a login: makes this device known to the account, so that its owner can still log in here
    /// while others guess the password. Later logins from this device send it as `device_token`, and each returns a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kd2_…")]
    pub device_token: Option<String>,
    /// Seconds for which the device is trusted and needs no second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_expires_in: Option<u64>,
}

/// The session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    pub id: Uuid,
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

/// The tokens as a response. The ids of user and session appear in the request's log line.
pub fn respond(request: &HttpRequest, tokens: &IssuedTokens) -> HttpResponse {
    note_subject(request, tokens);
    HttpResponse::Ok().json(TokenResponse::from(tokens))
}

/// The response of the last step of a login.
pub fn respond_to_login(request: &HttpRequest, login: &LoggedIn) -> HttpResponse {
    note_subject(request, &login.tokens);
    HttpResponse::Ok().json(TokenResponse {
        device_token: Some(login.device_token.expose().clone()),
        device_expires_in: login.device_trusted_for.map(|span| span.as_secs()),
        ..TokenResponse::from(&login.tokens)
    })
}

/// Makes the ids of user and session appear in the request's log line.
fn note_subject(request: &HttpRequest, tokens: &IssuedTokens) {
    let subject = Subject { user_id: tokens.user.id, session_id: tokens.family.id };
    request.extensions_mut().insert(subject);
}

impl From<&IssuedTokens> for TokenResponse {
    fn from(tokens: &IssuedTokens) -> Self {
        let (family, user) = (&tokens.family, &tokens.user);
        Self {
            token_type: "Bearer",
            access_token: tokens.access_token.expose().clone(),
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: tokens.refresh_token.expose().clone(),
            refresh_expires_in: tokens.refresh_expires_in.as_secs(),
            session: SessionView {
                id: family.id,
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
        }
    }
}
