//! What logins with other providers have in a request: the browser's id, and the code that it presents.

use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};

use crate::authn::PresentedCode;
use crate::http::browser::cookies::{FEDERATION_LIFE, Kind};
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::federation::login_state::BrowserId;
use crate::secret::Secret;

/// The id of the browser, if it has one. Of two, neither counts: one was planted.
pub fn browser_of(request: &HttpRequest, state: &AppState) -> Option<BrowserId> {
    let parse = |value: &str| BrowserId::parse(value).ok_or_else(|| Problem::new(Code::InvalidRequest));
    state.browsers.cookies.verified(request.headers(), Kind::Federation, parse).ok().flatten()
}

/// Lets the browser keep its id until the login is over.
pub fn keep_browser(response: &mut HttpResponse, state: &AppState, browser: &BrowserId) {
    let cookie =
        state.browsers.cookies.set_before_login(Kind::Federation, browser.expose(), Some(FEDERATION_LIFE));
    append(response, cookie);
}

/// A code, with what it may be bound to.
pub fn presented_code(
    request: &HttpRequest,
    state: &AppState,
    code: String,
    code_verifier: Option<String>,
) -> PresentedCode {
    PresentedCode {
        code: Secret::new(code),
        code_verifier: code_verifier.map(Secret::new),
        browser: browser_of(request, state),
    }
}

fn append(response: &mut HttpResponse, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
