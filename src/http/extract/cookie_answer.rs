//! The cookies of answers in cookie transport.

use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::client::Client;
use super::cookie_session::{CookieTransport, csrf_token, replaced_session};
use super::presented::Delivery;
use crate::http::browser::cookies::{DEVICE_LIFE, Kind, SESSION};
use crate::http::state::AppState;
use crate::model::device_token::DeviceToken;
use crate::session::tokens::IssuedTokens;
use crate::store::session::login::LoginClient;

/// How many accounts a browser is a known device of at once.
const DEVICES: usize = 5;
/// Between the tokens of the device cookie. It is no character of base64url.
const SEPARATOR: char = '~';

impl CookieTransport {
    /// The CSRF token for the requests of the session.
    pub fn next_token(&self, request: &HttpRequest, tokens: &IssuedTokens) -> Option<String> {
        state(request).map(|state| csrf_token(request, state, &tokens.family.id.to_string()))
    }

    /// Sets the cookies of the session. That of the access token lives as long as that of the refresh token, so that an
    /// expired token is still answered as such.
    pub fn set_session(&self, request: &HttpRequest, response: &mut HttpResponse, tokens: &IssuedTokens) {
        let family = &tokens.family;
        let generation = format!("{}.{}", family.id, family.generation);
        let values = [
            (Kind::Access, tokens.access_token.expose().as_str()),
            (Kind::Refresh, tokens.refresh_token.expose().as_str()),
            (Kind::Generation, generation.as_str()),
        ];
        let Some(state) = state(request) else { return };
        for (kind, value) in values {
            let cookie = state.browsers.cookies.set(kind, value, Some(tokens.refresh_expires_in));
            append(response, cookie);
        }
    }

    /// Deletes the cookies of a session that has ended for good, and never the device cookie.
    pub fn clear_session(&self, request: &HttpRequest, response: &mut HttpResponse) {
        let Some(state) = state(request) else { return };
        for cookie in SESSION.into_iter().flat_map(|kind| state.browsers.cookies.clear(kind)) {
            append(response, Some(cookie));
        }
    }

    /// Adds the token by which an account knows this browser, before those of the last other accounts.
    pub fn remember_device(&self, request: &HttpRequest, response: &mut HttpResponse, token: &str) {
        let Some(state) = state(request) else { return };
        let device = DeviceToken::parse(token).map(|token| token.device_id());
        let known = device_tokens(request, state).unwrap_or_default();
        let others = known
            .split(SEPARATOR)
            .filter(|other| DeviceToken::parse(other).is_some_and(|other| Some(other.device_id()) != device));
        let tokens: Vec<&str> = std::iter::once(token).chain(others).take(DEVICES).collect();
        let value = tokens.join(&SEPARATOR.to_string());
        let cookie = state.browsers.cookies.set(Kind::Device, &value, Some(DEVICE_LIFE));
        append(response, cookie);
    }
}

impl Delivery {
    /// The client of a login. A browser's device tokens and the session that its login replaces are in its cookies.
    pub fn login_client(
        &self,
        request: &HttpRequest,
        client: Client,
        device_name: Option<&str>,
        device_token: Option<String>,
    ) -> LoginClient {
        let state = state(request).filter(|_| matches!(self, Self::Cookies(_)));
        let of_cookie = || state.and_then(|state| device_tokens(request, state));
        let login = client.for_login(device_name, device_token.or_else(of_cookie));
        LoginClient { replaces: state.and_then(|state| replaced_session(request, state)), ..login }
    }
}

/// The device tokens of the cookie, at most five.
fn device_tokens(request: &HttpRequest, state: &AppState) -> Option<String> {
    let values = state.browsers.cookies.values(request.headers(), Kind::Device);
    let tokens: Vec<&str> = values.iter().flat_map(|value| value.split(SEPARATOR)).take(DEVICES).collect();
    (!tokens.is_empty()).then(|| tokens.join(&SEPARATOR.to_string()))
}

fn append(response: &mut HttpResponse, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn state(request: &HttpRequest) -> Option<&Data<AppState>> {
    request.app_data::<Data<AppState>>()
}
