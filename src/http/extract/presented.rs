//! The refresh token that a request spends, from its body or from its cookie, and the way back for its successor.

use actix_web::HttpRequest;
use serde::{Deserialize, Deserializer};

use super::cookie_session::{self, CookieTransport, has_bearer_token};
use crate::http::problem::{Code, Problem};
use crate::http::state::app_state;
use crate::model::refresh_token::RefreshToken;
use crate::secret::Secret;
use crate::session::message::RefreshError;

/// How tokens are returned.
#[derive(Debug)]
pub enum Delivery {
    Body,
    Cookies(CookieTransport),
}

/// A refresh token, and how its successor is returned: by the way that it came.
#[derive(Debug)]
pub struct PresentedToken {
    pub token: RefreshToken,
    pub delivery: Delivery,
}

impl PresentedToken {
    /// The token of a body.
    ///
    /// # Errors
    /// 401 if the text is not a refresh token, 400 if the request's cookies belong to another session.
    pub fn of_body(request: &HttpRequest, text: String) -> Result<Self, Problem> {
        let text = Secret::new(text);
        let token = RefreshToken::parse(text.expose()).map_err(|_| RefreshError::Invalid)?;
        cookie_session::refuse_other_session(request, app_state(request)?, token.family_id())?;
        Ok(Self { token, delivery: Delivery::Body })
    }

    /// The token of the cookie.
    ///
    /// # Errors
    /// 401 without a valid one.
    pub fn of_cookie(request: &HttpRequest, transport: CookieTransport) -> Result<Self, Problem> {
        let token = cookie_session::refresh_token(request, app_state(request)?)?;
        let token =
            token.ok_or_else(|| Problem::new(Code::TokenMissing).detail("A refresh token is required."))?;
        Ok(Self { token, delivery: Delivery::Cookies(transport) })
    }

    /// That of a caller whose access token is checked: of the body or, if the access token came in a cookie, of the other
    /// cookie.
    ///
    /// # Errors
    /// As for both, and 422 if there is no such member in a request without cookies.
    pub fn of_caller(request: &HttpRequest, text: Option<String>) -> Result<Self, Problem> {
        match text {
            Some(text) => Self::of_body(request, text),
            None if has_bearer_token(request) => Err(missing()),
            None => Self::of_cookie(request, CookieTransport::of_caller()),
        }
    }
}

/// 422: the body has no refresh token.
pub fn missing() -> Problem {
    Problem::field(Code::ValidationFailed, "refresh_token", "missing", "This member is required.")
}

/// For `#[serde(default, deserialize_with = "given")]`: a member that may be absent and must not be null.
///
/// # Errors
/// Those of a text.
pub fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}
