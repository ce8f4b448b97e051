//! A visit to a page without script: the request, the browser's token against cross-site request forgery, and the answer.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{HttpRequest, http::StatusCode};
use askama::Template;
use uuid::Uuid;

use super::card::{Card, Field, FieldKind};
use super::frame::Frame;
use super::reply::Reply;
use crate::entropy::bytes;
use crate::http::auth::known_device::known_device;
use crate::http::browser::cookies::Kind;
use crate::http::extract::client::Client;
use crate::http::extract::cookie_session::{CookieTransport, csrf_subject, form_token, session_of_cookie};
use crate::http::extract::presented::Delivery;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::model::principal::ActingSession;
use crate::secret::Secret;

#[derive(Template)]
#[template(path = "pages/card.html")]
struct CardPage<'a> {
    page: &'a Frame<'a>,
    card: &'a Card,
    /// The hidden fields.
    csrf_token: String,
    link: Option<String>,
    /// Where the form is sent to.
    action: String,
}

/// See the module's description.
pub(super) struct Visit<'a> {
    pub request: &'a HttpRequest,
    pub state: &'a Data<AppState>,
    pub page: Frame<'a>,
    pub client: Client,
    /// What the form's token is bound to.
    subject: String,
    /// Whether the browser has to be told of it.
    is_new: bool,
}

impl<'a> Visit<'a> {
    pub fn new(request: &'a HttpRequest, state: &'a Data<AppState>, client: Client) -> Self {
        let known = csrf_subject(request, state);
        let is_new = known.is_none();
        let subject = known.unwrap_or_else(|| hex::encode(bytes::<16>(state.entropy.as_ref())));
        Self { request, state, page: Frame::of(request, &state.pages), client, subject, is_new }
    }

    /// The session of the browser, if someone is signed in.
    pub fn acting_session(&self) -> Option<ActingSession> {
        session_of_cookie(self.request, self.state).ok().map(|session| session.acting_session())
    }

    pub fn is_signed_in_as(&self, user_id: Uuid) -> bool {
        self.acting_session().is_some_and(|session| session.user_id == user_id)
    }

    /// The secret of the registration that the browser has begun. `None` also if there are two, of which one was planted:
    /// then the page asks for the password, as in a browser that has none.
    pub fn registration_secret(&self) -> Option<Secret<String>> {
        let verify = |value: &str| Ok(value.to_owned());
        let cookies = &self.state.browsers.cookies;
        let found = cookies.verified(self.request.headers(), Kind::Registration, verify);
        found.ok().flatten().map(Secret::new)
    }

    /// The answer to someone who has proven that they own the address: the browser becomes a known device.
    pub async fn proven(&self, user_id: Uuid, card: Card) -> Reply {
        let state: &Arc<AppState> = self.state;
        let device = known_device(state, user_id).await.map(|token| (user_id, token));
        Reply { device, ..Reply::ok(card) }
    }

    /// The form again, with what was wrong.
    ///
    /// # Errors
    /// The problem, if it is nothing that the person can correct.
    pub fn refuse(&self, problem: Problem, card: Card) -> Result<Reply, Problem> {
        let Some(refusal) = self.page.refusal(&problem) else { return Err(problem) };
        let status = match problem.code.status() {
            // The browser is not asked to authenticate.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::UNPROCESSABLE_ENTITY,
            status => status,
        };
        let card = card.refused(refusal.field, refusal.message);
        Ok(Reply { retry_after: refusal.retry_after, ..Reply::new(status, card) })
    }

    /// A field for a new password, with its rule.
    pub fn new_password(&self) -> Field {
        let min = i64::try_from(self.page.pages.min_password).unwrap_or(i64::MAX);
        let hint = self.page.text("page-new-password-hint", &[("min", min.into())]);
        Field::new("new_password", FieldKind::NewPassword, self.page.t("page-new-password")).hint(hint)
    }

    /// A field for a word that no program types, for what cannot be undone.
    pub fn word(&self) -> Field {
        let word = self.page.t("page-word");
        let label = self.page.text("page-word-label", &[("word", word.into())]);
        Field::new("word", FieldKind::Word, label)
    }

    /// Whether the word was typed, as the language has it or in English.
    pub fn is_word(&self, typed: &str) -> bool {
        let typed = typed.trim().to_lowercase();
        [self.page.t("page-word"), "yes".to_owned()].iter().any(|word| word.to_lowercase() == typed)
    }

    /// The form again, because the word is missing.
    pub fn ask_for_word(&self, card: Card) -> Reply {
        let card = card.refused(Some("word"), self.page.t("page-error-word"));
        Reply::new(StatusCode::UNPROCESSABLE_ENTITY, card)
    }

    /// The response. `link` binds the form to the link that the page is about; `transport` permits to set the browser's
    /// cookies.
    ///
    /// # Errors
    /// 500 if the page cannot be rendered.
    pub fn finish(
        &self,
        reply: Result<Reply, Problem>,
        link: Option<String>,
        transport: Option<CookieTransport>,
    ) -> Result<HttpResponse, Problem> {
        let reply = reply.unwrap_or_else(|problem| self.page.failure(&problem));
        let page = CardPage {
            page: &self.page,
            card: &reply.card,
            csrf_token: form_token(self.request, self.state, &self.subject),
            link,
            action: self.page.here(),
        };
        let mut response = self.page.respond(reply.status, &page)?;
        let headers = response.headers_mut();
        if let Some(seconds) = reply.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.is_new && reply.card.form.is_some() {
            let cookie = self.state.browsers.cookies.set_before_login(Kind::PreSession, &self.subject, None);
            if let Some(cookie) = cookie {
                headers.append(SET_COOKIE, cookie);
            }
        }
        let Some(transport) = transport else { return Ok(response) };
        if reply.forgets_registration {
            transport.forget_registration(self.request, &mut response);
        }
        if let Some((user_id, token)) = reply.device {
            transport.remember_device(self.request, &mut response, user_id, &token);
        }
        Ok(response)
    }

    /// The device tokens of the browser.
    pub fn device_token(&self, transport: CookieTransport) -> Option<Secret<String>> {
        Delivery::Cookies(transport).device_token(self.request, None).map(Secret::new)
    }
}
