//! `/account/forgot-password`, `/account/resend-verification`: ask for a mail with a link, without script. Where such
//! requests need the answer to a CAPTCHA, one script finds it.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, guard};

use super::card::{Card, CardForm, Field, FieldKind, Icon};
use super::form::Form;
use super::reply::Reply;
use super::visit::Visit;
use crate::config::{self, PageName};
use crate::http::extract::client::Client;
use crate::http::extract::cookie_session::CookieTransport;
use crate::http::extract::throttled::{Forgotten, Resending, count};
use crate::http::fallback::fallback;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::model::captcha::Action;

/// Which mail is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Reset,
    Verification,
}

impl Asked {
    const ALL: [Self; 2] = [Self::Reset, Self::Verification];

    const fn path(self) -> &'static str {
        match self {
            Self::Reset => "/account/forgot-password",
            Self::Verification => "/account/resend-verification",
        }
    }

    const fn page(self) -> PageName {
        match self {
            Self::Reset => PageName::ForgotPassword,
            Self::Verification => PageName::VerifyEmail,
        }
    }

    const fn texts(self) -> &'static str {
        match self {
            Self::Reset => "page-forgot",
            Self::Verification => "page-resend",
        }
    }
}

pub(super) fn routes(app: &mut ServiceConfig, settings: &config::Pages) {
    for asked in Asked::ALL {
        if !settings.has(asked.page()) {
            app.service(web::resource(asked.path()).to(fallback));
            continue;
        }
        let reads = guard::Any(guard::Get()).or(guard::Head());
        let show = move |request: HttpRequest, state: Data<AppState>, client: Client| async move {
            let visit = Visit::new(&request, &state, client);
            visit.finish(Ok(Reply::ok(card(&visit, asked, ""))), None, None)
        };
        let submit = move |request: HttpRequest,
                           state: Data<AppState>,
                           client: Client,
                           form: Result<Form, Problem>| async move {
            let visit = Visit::new(&request, &state, client);
            let reply = submit(&visit, asked, form).await;
            visit.finish(reply, None, None)
        };
        app.service(web::resource(asked.path()).guard(reads).to(show));
        app.service(web::resource(asked.path()).guard(guard::Post()).to(submit));
    }
}

fn card(visit: &Visit<'_>, asked: Asked, typed: &str) -> Card {
    let (page, texts) = (&visit.page, asked.texts());
    let field = Field::new("email", FieldKind::Email, page.t("page-email")).value(typed);
    let is_demanded = visit.state.authn.captcha.is_demanded(Action::Forgot);
    let captcha = is_demanded.then(|| page.captcha(Action::Forgot));
    let form = CardForm::new("send", page.t("page-send-button")).field(field).challenged(captcha);
    let card = Card::new(Icon::Mail, page.t(&format!("{texts}-title")));
    card.say(page.t(&format!("{texts}-text"))).with(form)
}

/// The answer is the same for every address.
async fn submit(visit: &Visit<'_>, asked: Asked, form: Result<Form, Problem>) -> Result<Reply, Problem> {
    let form = form?;
    let transport = CookieTransport::admit_form(visit.request, form.text("csrf_token"))?;
    match asked {
        Asked::Reset => count::<Forgotten>(visit.request).await?,
        Asked::Verification => count::<Resending>(visit.request).await?,
    }
    match send(visit, asked, &form, transport).await {
        Ok(()) => {
            let page = &visit.page;
            let card = Card::new(Icon::Done, page.t("page-sent-title"));
            Ok(Reply::ok(card.say(page.t("page-sent-text"))))
        }
        Err(problem) => visit.refuse(problem, card(visit, asked, form.text("email"))),
    }
}

/// Asks for the mail, with the answer to a CAPTCHA where the settings demand one, as the API does.
async fn send(
    visit: &Visit<'_>,
    asked: Asked,
    form: &Form,
    transport: CookieTransport,
) -> Result<(), Problem> {
    let (email, context) = (form.text("email").to_owned(), visit.client.context.clone());
    let answer = form.secret("captcha_token");
    let device = visit.device_token(transport);
    let sent = visit.state.run(|app| async move {
        app.authn.captcha.demand(Some(answer.expose().as_str()), Action::Forgot).await?;
        match asked {
            Asked::Reset => app.authn.recovery.forgot_password(&email, device, context).await?,
            Asked::Verification => app.authn.registration.resend_verification(&email, context).await?,
        }
        Ok::<_, Problem>(())
    });
    Ok(sent.await?)
}
