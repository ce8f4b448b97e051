//! The pages that links in mails lead to.
//!
//! Opening a link changes nothing, since programs open links, too. The token leaves the address at once: the answer sends
//! the browser to the same page without it, and a cookie keeps the token for ten minutes. A form acts, with the browser's
//! token against cross-site request forgery and a hash of the link that it was shown for, so that a link that was opened
//! later in another tab is not meant by mistake.

mod action;
mod confirm_email;
mod invitation;
mod reset_password;
mod verify_email;

use actix_web::http::header::{LOCATION, REFERRER_POLICY, SET_COOKIE};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard, http::StatusCode};

use self::action::{CancelErasure, EndSession, SecureAccount, UndoEmailChange};
use self::confirm_email::ConfirmEmail;
use self::invitation::Invitation;
use self::reset_password::ResetPassword;
use self::verify_email::VerifyEmail;
use super::card::{Card, Icon};
use super::form::Form;
use super::language::parameter;
use super::reply::Reply;
use super::visit::Visit;
use crate::authn::{LinkStatus, LinkView};
use crate::config::{self, PageName};
use crate::http::browser::cookies::{Kind, LINK_LIFE};
use crate::http::extract::client::Client;
use crate::http::extract::cookie_session::CookieTransport;
use crate::http::fallback::fallback;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::model::one_time_token::{self, Purpose};
use crate::secret::Secret;

const TOKEN: &str = "token";
/// The longest token that is kept. Those of today have 43 characters.
const LONGEST: usize = 128;

/// A page that links of one purpose lead to.
trait LinkPage: 'static {
    const PURPOSE: Purpose;
    const NAME: PageName;
    /// The beginning of the ids of its texts.
    const TEXTS: &'static str;

    /// What the page shows of a link.
    async fn show(visit: &Visit<'_>, token: &Secret<String>) -> Result<Reply, Problem>;

    /// Does what the form asks for.
    async fn submit(visit: &Visit<'_>, submission: Submission) -> Result<Reply, Problem>;
}

/// A form that was sent for a link.
struct Submission {
    token: Secret<String>,
    form: Form,
}

/// Registers the pages that are not switched off.
pub(super) fn routes(app: &mut ServiceConfig, settings: &config::Pages) {
    register::<VerifyEmail>(app, settings);
    register::<ResetPassword>(app, settings);
    register::<ConfirmEmail>(app, settings);
    register::<Invitation>(app, settings);
    register::<EndSession>(app, settings);
    register::<SecureAccount>(app, settings);
    register::<UndoEmailChange>(app, settings);
    register::<CancelErasure>(app, settings);
}

/// A page that is switched off must not be taken for one of the application, which has the other paths below `/account`.
fn register<P: LinkPage>(app: &mut ServiceConfig, settings: &config::Pages) {
    let path = format!("/{}", P::PURPOSE.path());
    if !settings.has(P::NAME) {
        app.service(web::resource(path).to(fallback));
        return;
    }
    let reads = guard::Any(guard::Get()).or(guard::Head());
    app.service(web::resource(path.as_str()).guard(reads).to(open::<P>));
    app.service(web::resource(path).guard(guard::Post()).to(act::<P>));
}

async fn open<P: LinkPage>(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
) -> Result<HttpResponse, Problem> {
    if let Some(token) = parameter(&request, TOKEN) {
        return Ok(without_token(&request, &state, &token));
    }
    let visit = Visit::new(&request, &state, client);
    let Some(token) = kept_token(&request, &state) else {
        return visit.finish(Ok(no_link(&visit)), None, None);
    };
    let reply = P::show(&visit, &token).await;
    visit.finish(reply, Some(binding(P::PURPOSE, &token)), None)
}

async fn act<P: LinkPage>(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    form: Result<Form, Problem>,
) -> Result<HttpResponse, Problem> {
    let visit = Visit::new(&request, &state, client);
    let admitted = form.and_then(|form| {
        let transport = CookieTransport::admit_form(&request, form.text("csrf_token"))?;
        Ok((form, transport))
    });
    let (form, transport) = match admitted {
        Ok(admitted) => admitted,
        Err(problem) => return visit.finish(Err(problem), None, None),
    };
    let Some(token) = kept_token(&request, &state) else {
        return visit.finish(Ok(no_link(&visit)), None, None);
    };
    let link = binding(P::PURPOSE, &token);
    if form.text("link") != link {
        return visit.finish(Ok(other_link(&visit)), None, None);
    }
    let reply = P::submit(&visit, Submission { token, form }).await;
    visit.finish(reply, Some(link), Some(transport))
}

/// Sends the browser to the same page without the token, which a cookie keeps.
fn without_token(request: &HttpRequest, state: &AppState, token: &str) -> HttpResponse {
    let page = super::frame::Frame::of(request, &state.pages);
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, page.here())).insert_header((REFERRER_POLICY, "no-referrer"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !token.is_empty() && token.len() <= LONGEST && token.bytes().all(is_plain) {
        let cookie = state.browsers.cookies.set_before_login(Kind::Link, token, Some(LINK_LIFE));
        if let Some(cookie) = cookie {
            response.append_header((SET_COOKIE, cookie));
        }
    } else {
        for cookie in state.browsers.cookies.clear(Kind::Link) {
            response.append_header((SET_COOKIE, cookie));
        }
    }
    response.finish()
}

/// The token of the cookie; `None` also if there are two, of which one was planted.
fn kept_token(request: &HttpRequest, state: &AppState) -> Option<Secret<String>> {
    let found = state.browsers.cookies.verified(request.headers(), Kind::Link, |value| Ok(value.to_owned()));
    found.ok().flatten().map(Secret::new)
}

/// Binds a form to its link. It says nothing about the token, of which the database holds the same hash.
fn binding(purpose: Purpose, token: &Secret<String>) -> String {
    hex::encode(one_time_token::hash(purpose, token.expose()).0)
}

/// No link was opened in this browser in the last ten minutes.
fn no_link(visit: &Visit<'_>) -> Reply {
    let page = &visit.page;
    let card = Card::new(Icon::Mail, page.t("page-no-link-title")).say(page.t("page-no-link-text"));
    Reply::new(StatusCode::BAD_REQUEST, card)
}

/// Another link was opened since the form was shown.
fn other_link(visit: &Visit<'_>) -> Reply {
    let page = &visit.page;
    let card = Card::new(Icon::Warning, page.t("page-other-link-title")).say(page.t("page-other-link-text"));
    Reply::new(StatusCode::CONFLICT, card.link(page.t("page-try-again"), page.here()))
}

impl Visit<'_> {
    /// What there is to know of the link. The secret of a registration counts if this browser has one.
    async fn view<P: LinkPage>(&self, token: &Secret<String>) -> Result<LinkView, Problem> {
        let (token, secret) = (token.clone(), self.registration_secret());
        let view = self.state.run_for_stranger(|app| async move {
            app.authn.link_views.view(P::PURPOSE, &token, secret.as_ref()).await
        });
        Ok(view.await?)
    }

    /// The page for a link that does not work: each case has words and a way on of its own.
    fn over<P: LinkPage>(&self, status: LinkStatus, way_on: Option<(String, String)>) -> Reply {
        let (page, texts) = (&self.page, P::TEXTS);
        let (icon, status, ending) = match status {
            LinkStatus::Used => (Icon::Done, StatusCode::OK, "used"),
            LinkStatus::Expired => (Icon::Warning, StatusCode::GONE, "expired"),
            LinkStatus::Works | LinkStatus::Invalid => (Icon::Warning, StatusCode::NOT_FOUND, "invalid"),
        };
        let title = page.t(&format!("{texts}-{ending}-title"));
        let card = Card::new(icon, title).say(page.t(&format!("{texts}-{ending}-text")));
        let card = way_on.into_iter().fold(card, |card, (label, href)| card.link(label, href));
        Reply::new(status, card)
    }

    /// The link to the login, if this server shows it.
    fn login(&self) -> Option<(String, String)> {
        let page = &self.page;
        page.pages.settings.has(PageName::Login).then(|| (page.t("page-go-login"), page.href("/login")))
    }

    /// The link to a page on which a mail is asked for.
    fn new_link(&self, path: &str, name: PageName) -> Option<(String, String)> {
        let page = &self.page;
        page.pages.settings.has(name).then(|| (page.t("page-go-new-link"), page.href(path)))
    }
}

impl Card {
    fn ways_on(self, ways: impl IntoIterator<Item = (String, String)>) -> Self {
        ways.into_iter().fold(self, |card, (label, href)| card.link(label, href))
    }
}
