//! The access token of a request and the session that it proves.

use std::sync::Arc;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpMessage, HttpRequest};

use super::cookie_session::{has_bearer_token, refuse_other_session, session_of_cookie};
use crate::admission::Request;
use crate::http::middleware::observation::Subject;
use crate::http::problem::{Code, Problem};
use crate::http::state::app_state;
use crate::session::verifier::Authenticated;

/// The live session of the request's access token, from the `Authorization` header or from the cookie. Its ids appear
/// in the request's log line, whatever the request results in, and from now on the request counts towards the user's
/// share of the server instead of the network's.
///
/// # Errors
/// 400 for two tokens, 401 without a valid one, 503 while revocations cannot be checked.
pub fn authenticate(request: &HttpRequest) -> Result<Arc<Authenticated>, Problem> {
    let state = app_state(request)?;
    let session = if has_bearer_token(request) {
        let session = state.sessions.verify(bearer_token(request)?)?;
        refuse_other_session(request, state, session.session_id)?;
        session
    } else {
        session_of_cookie(request, state)?
    };
    Request::belongs_to(session.user_id);
    let subject = Subject { user_id: session.user_id, session_id: session.session_id };
    request.extensions_mut().insert(subject);
    Ok(session)
}

/// The token of the `Authorization` header (RFC 6750 §2.1). The scheme is compared without regard to case (RFC 9110
/// §11.1), and any number of blanks may follow it (§11.4). Tokens in the query or the body are not accepted (RFC 9700
/// §4.3.2).
fn bearer_token(request: &HttpRequest) -> Result<&str, Problem> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let first = headers.next().ok_or_else(|| Problem::new(Code::TokenMissing))?;
    if headers.next().is_some() {
        return Err(Problem::new(Code::InvalidRequest).detail("There is more than one Authorization header."));
    }
    let (scheme, token) = first
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or_else(|| Problem::new(Code::TokenInvalid))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::new(Code::TokenMissing));
    }
    Ok(token.trim_start_matches(' '))
}
