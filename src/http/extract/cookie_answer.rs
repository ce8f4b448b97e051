//! The cookies of answers in cookie transport.

use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use super::client::Client;
use super::cookie_session::{CookieTransport, csrf_token, replaced_session};
use super::presented::Delivery;
use crate::http::browser::cookies::{Cookie, DEVICE_LIFE, Kind, REGISTRATION_LIFE, SESSION};
#[cfg(debug_assertions)]
use crate::http::browser::fail_point::{self, Fault};
use crate::http::browser::known_accounts::KnownAccounts;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::model::transport::Transport;
use crate::session::tokens::IssuedTokens;
use crate::store::session::login::LoginClient;

impl CookieTransport {
    /// The CSRF token for the requests of the session.
    pub fn next_token(&self, request: &HttpRequest, tokens: &IssuedTokens) -> Option<String> {
        state(request).map(|state| csrf_token(request, state, &tokens.family.id.to_string()))
    }

    /// Sets the cookies of the session. That of the access token lives as long as that of the refresh token, so that an
    /// expired token is still answered as such. All of them end with the browser if the session is not remembered.
    pub fn set_session(&self, request: &HttpRequest, response: &mut HttpResponse, tokens: &IssuedTokens) {
        let family = &tokens.family;
        let generation = format!("{}.{}", family.id, family.generation);
        let values = [
            (Kind::Access, tokens.access_token.expose().as_str()),
            (Kind::Refresh, tokens.refresh_token.expose().as_str()),
            (Kind::Generation, generation.as_str()),
        ];
        let Some(state) = state(request) else { return };
        let cohort = state.sessions.rollout.cohort(tokens.user.id);
        for (kind, value) in values {
            #[cfg(debug_assertions)]
            if kind == Kind::Refresh
                && tokens.family.generation > 1
                && fail_point::breaks(Fault::Reuse, cohort)
            {
                continue;
            }
            let life = family.remembered.then_some(tokens.refresh_expires_in);
            replace(request, response, state, Cookie { kind, cohort, value, life });
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
    pub fn remember_device(
        &self,
        request: &HttpRequest,
        response: &mut HttpResponse,
        user_id: Uuid,
        token: &str,
    ) {
        let Some(state) = state(request) else { return };
        let known = known_accounts(request, state).with(&state.sessions.root_keys, user_id, token);
        let cohort = state.sessions.rollout.cohort(user_id);
        let value = &known.to_string();
        replace(
            request,
            response,
            state,
            Cookie { kind: Kind::Device, cohort, value, life: Some(DEVICE_LIFE) },
        );
    }

    /// Keeps the secret of a registration until its link is opened in this browser.
    pub fn keep_registration(&self, request: &HttpRequest, response: &mut HttpResponse, secret: &str) {
        let Some(state) = state(request) else { return };
        append(
            response,
            state.browsers.cookies.set_before_login(Kind::Registration, secret, Some(REGISTRATION_LIFE)),
        );
    }

    /// The secret of the registration that this browser has begun.
    ///
    /// # Errors
    /// 400 if there are two.
    pub fn registration_secret(&self, request: &HttpRequest) -> Result<Option<String>, Problem> {
        let Some(state) = state(request) else { return Ok(None) };
        let verify = |value: &str| Ok(value.to_owned());
        state.browsers.cookies.verified(request.headers(), Kind::Registration, verify)
    }

    /// The registration is completed.
    pub fn forget_registration(&self, request: &HttpRequest, response: &mut HttpResponse) {
        let Some(state) = state(request) else { return };
        for cookie in state.browsers.cookies.clear(Kind::Registration) {
            append(response, Some(cookie));
        }
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
        let client = client.for_login(device_name, self.device_token(request, device_token));
        let replaces = self.state(request).and_then(|state| replaced_session(request, state));
        LoginClient { transport: self.transport(), replaces, ..client }
    }

    /// The device token of the body or, in cookie transport, those of the cookie.
    pub fn device_token(&self, request: &HttpRequest, of_body: Option<String>) -> Option<String> {
        of_body.or_else(|| known_accounts(request, self.state(request)?).tokens())
    }

    /// `None` in bearer transport, where no cookie counts.
    fn state<'a>(&self, request: &'a HttpRequest) -> Option<&'a Data<AppState>> {
        state(request).filter(|_| self.transport() == Transport::Cookie)
    }
}

fn known_accounts(request: &HttpRequest, state: &AppState) -> KnownAccounts {
    KnownAccounts::parse(&state.browsers.cookies.values(request.headers(), Kind::Device))
}

/// Sets a cookie, and deletes those of other generations that the request has sent, whose place it takes.
fn replace(request: &HttpRequest, response: &mut HttpResponse, state: &AppState, cookie: Cookie<'_>) {
    let Cookie { kind, cohort, .. } = cookie;
    append(response, state.browsers.cookies.set(cookie));
    for superseded in state.browsers.cookies.clear_superseded(request.headers(), kind, cohort) {
        append(response, Some(superseded));
    }
}

fn append(response: &mut HttpResponse, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn state(request: &HttpRequest) -> Option<&Data<AppState>> {
    request.app_data::<Data<AppState>>()
}
