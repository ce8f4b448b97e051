//! `/account/verify-email`: confirms the address of a registration or an account, declines a registration, or sets a
//! password of the owner's.

use std::sync::Arc;

use super::super::card::{Card, CardForm, Field, FieldKind, Icon};
use super::super::reply::Reply;
use super::super::visit::Visit;
use super::{LinkPage, Submission};
use crate::authn::{EmailCredential, LinkStatus, LinkView, VerifyEmailRequest};
use crate::config::PageName;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::mask;
use crate::model::one_time_token::Purpose;
use crate::model::visible_text::plain_name_of_stranger;
use crate::secret::Secret;

const CONFIRM: &str = "confirm";
const DECLINE: &str = "decline";
const PASSWORD: &str = "password";

pub(super) enum VerifyEmail {}

impl LinkPage for VerifyEmail {
    const PURPOSE: Purpose = Purpose::VerifyEmail;
    const NAME: PageName = PageName::VerifyEmail;
    const TEXTS: &'static str = "page-verify";

    async fn show(visit: &Visit<'_>, token: &Secret<String>) -> Result<Reply, Problem> {
        let view = visit.view::<Self>(token).await?;
        Ok(shown(visit, &view, visit.page.step()))
    }

    async fn submit(visit: &Visit<'_>, submission: Submission) -> Result<Reply, Problem> {
        let view = visit.view::<Self>(&submission.token).await?;
        if !is_open(&view) {
            return Ok(shown(visit, &view, ""));
        }
        match submission.form.text("step") {
            DECLINE => decline(visit, &view, submission).await,
            PASSWORD => set_password(visit, &view, submission).await,
            _ => confirm(visit, &view, submission).await,
        }
    }
}

/// Whether the link can still do something.
fn is_open(view: &LinkView) -> bool {
    let is_proven = view.account.as_ref().is_some_and(|account| account.email_verified);
    view.status == LinkStatus::Works && !is_proven
}

fn shown(visit: &Visit<'_>, view: &LinkView, step: &str) -> Reply {
    if is_open(view) {
        return Reply::ok(card(visit, view, step));
    }
    let is_proven = view.account.as_ref().is_some_and(|account| account.email_verified);
    match view.status {
        LinkStatus::Works | LinkStatus::Used if is_proven => {
            visit.over::<VerifyEmail>(LinkStatus::Used, visit.login())
        }
        // The registration was declined.
        LinkStatus::Used => {
            let page = &visit.page;
            let card = Card::new(Icon::Done, page.t("page-verify-declined-title"));
            Reply::ok(card.say(page.t("page-verify-declined-text")))
        }
        status => {
            let way_on = visit.new_link("/account/resend-verification", PageName::VerifyEmail);
            visit.over::<VerifyEmail>(status, way_on)
        }
    }
}

/// Whether the link alone is enough in this browser: it has made the registration, or is signed in to the account.
fn is_own(visit: &Visit<'_>, view: &LinkView) -> bool {
    let registered_here = view.registration.as_ref().is_some_and(|registration| registration.is_own);
    registered_here || view.account.as_ref().is_some_and(|account| visit.is_signed_in_as(account.user_id))
}

fn card(visit: &Visit<'_>, view: &LinkView, step: &str) -> Card {
    match step {
        DECLINE => decline_card(visit, view),
        PASSWORD => password_card(visit, view),
        _ => confirm_card(visit, view),
    }
}

fn masked(view: &LinkView) -> String {
    mask::email(view.email.as_deref().unwrap_or_default())
}

fn confirm_card(visit: &Visit<'_>, view: &LinkView) -> Card {
    let (page, address) = (&visit.page, masked(view));
    let card = Card::new(Icon::Mail, page.t("page-verify-title"));
    let mut form = CardForm::new(CONFIRM, page.t("page-verify-button")).of(view.email.clone());
    let mut card = if is_own(visit, view) {
        card.say(page.text("page-verify-own", &[("address", address.into())]))
    } else {
        let label = page.t("page-verify-password");
        form = form.field(Field::new("password", FieldKind::CurrentPassword, label));
        let card = card.say(page.text("page-verify-other", &[("address", address.into())]));
        registered(visit, view, card)
    };
    card = card.with(form).link(page.t("page-verify-not-me"), page.at_step(DECLINE));
    if is_own(visit, view) {
        return card;
    }
    card.link(page.t("page-verify-no-password"), page.at_step(PASSWORD))
}

/// When, where and by which name the registration was made. The name was typed by someone who may be a stranger.
fn registered(visit: &Visit<'_>, view: &LinkView, card: Card) -> Card {
    let page = &visit.page;
    let Some(registration) = &view.registration else { return card };
    let mut card = card.fact(page.t("page-fact-when"), page.moment(registration.at));
    let network = registration.network.clone();
    let place = match &registration.place {
        Some(place) => format!("{place} ({network})"),
        None => network,
    };
    card = card.fact(page.t("page-fact-where"), place);
    match registration.display_name.as_deref().and_then(plain_name_of_stranger) {
        Some(name) => card.fact(page.t("page-fact-name"), name),
        None => card,
    }
}

fn decline_card(visit: &Visit<'_>, view: &LinkView) -> Card {
    let page = &visit.page;
    let text = page.text("page-decline-text", &[("address", masked(view).into())]);
    let card = registered(visit, view, Card::new(Icon::Warning, page.t("page-decline-title")).say(text));
    let form = CardForm::new(DECLINE, page.t("page-decline-button")).danger().field(visit.word());
    card.with(form).link(page.t("page-back"), page.at_step(""))
}

fn password_card(visit: &Visit<'_>, view: &LinkView) -> Card {
    let page = &visit.page;
    let text = page.text("page-own-password-text", &[("address", masked(view).into())]);
    let field = visit.new_password();
    let form =
        CardForm::new(PASSWORD, page.t("page-own-password-button")).of(view.email.clone()).field(field);
    let card = Card::new(Icon::Key, page.t("page-own-password-title")).say(text).with(form);
    card.link(page.t("page-back"), page.at_step(""))
}

async fn confirm(visit: &Visit<'_>, view: &LinkView, submission: Submission) -> Result<Reply, Problem> {
    let Submission { token, form } = submission;
    let typed = form.secret("password");
    let credential = if typed.expose().is_empty() {
        visit.registration_secret().map(EmailCredential::RegistrationSecret)
    } else {
        Some(EmailCredential::Password(typed))
    };
    let request = VerifyEmailRequest {
        token: token.clone(),
        credential,
        acting_session: visit.acting_session(),
        context: visit.client.context.clone(),
    };
    let is_signed_in = request.acting_session.is_some();
    let verify = |app: Arc<AppState>| async move { app.authn.registration.verify_email(request).await };
    let verified =
        if is_signed_in { visit.state.run(verify).await } else { visit.state.run_for_stranger(verify).await };
    match verified.map_err(Problem::from) {
        Ok(user_id) => {
            let page = &visit.page;
            let card = Card::new(Icon::Done, page.t("page-verify-done-title"));
            let card = card.say(page.t("page-verify-done-text")).ways_on(visit.login());
            Ok(Reply { forgets_registration: true, ..visit.proven(user_id, card).await })
        }
        Err(problem) => refused(visit, &token, problem, card(visit, view, CONFIRM)).await,
    }
}

async fn decline(visit: &Visit<'_>, view: &LinkView, submission: Submission) -> Result<Reply, Problem> {
    let Submission { token, form } = submission;
    if !visit.is_word(form.text("word")) {
        return Ok(visit.ask_for_word(decline_card(visit, view)));
    }
    let (link, context) = (token.clone(), visit.client.context.clone());
    let declined = visit
        .state
        .run_for_stranger(|app| async move { app.authn.registration.decline_email(&link, context).await });
    match declined.await.map_err(Problem::from) {
        Ok(()) => {
            let page = &visit.page;
            let card = Card::new(Icon::Done, page.t("page-verify-declined-title"));
            Ok(Reply::ok(card.say(page.t("page-verify-declined-text"))))
        }
        Err(problem) => refused(visit, &token, problem, card(visit, view, DECLINE)).await,
    }
}

async fn set_password(visit: &Visit<'_>, view: &LinkView, submission: Submission) -> Result<Reply, Problem> {
    let Submission { token, form } = submission;
    let (link, password) = (token.clone(), form.secret("new_password"));
    let context = visit.client.context.clone();
    let set = visit.state.run_for_stranger(|app| async move {
        app.authn.recovery.verify_with_new_password(&link, &password, context).await
    });
    match set.await.map_err(Problem::from) {
        Ok(user_id) => {
            let page = &visit.page;
            let card = Card::new(Icon::Done, page.t("page-verify-done-title"));
            let card = card.say(page.t("page-own-password-done")).ways_on(visit.login());
            Ok(Reply { forgets_registration: true, ..visit.proven(user_id, card).await })
        }
        Err(problem) => refused(visit, &token, problem, card(visit, view, PASSWORD)).await,
    }
}

/// A link that has stopped working since it was looked up is looked at again.
async fn refused(
    visit: &Visit<'_>,
    token: &Secret<String>,
    problem: Problem,
    card: Card,
) -> Result<Reply, Problem> {
    if problem.code != Code::TokenInvalid {
        return visit.refuse(problem, card);
    }
    let view = visit.view::<VerifyEmail>(token).await?;
    let status = if is_open(&view) { LinkStatus::Invalid } else { view.status };
    Ok(shown(visit, &LinkView { status, ..view }, ""))
}
