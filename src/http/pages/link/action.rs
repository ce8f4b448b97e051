//! `/account/end-session`, `/account/secure`, `/account/undo-email-change`, `/account/cancel-erasure`: what the links in
//! warnings do.

use super::super::card::{Card, CardForm, Icon};
use super::super::reply::Reply;
use super::super::visit::Visit;
use super::{LinkPage, Submission};
use crate::authn::{LinkActionRequest, LinkStatus, LinkView};
use crate::config::PageName;
use crate::http::problem::{Code, Problem};
use crate::model::link_action::LinkAction;
use crate::model::mask;
use crate::model::one_time_token::Purpose;
use crate::secret::Secret;
use crate::store::credential::link_record::LinkedSession;

const ACT: &str = "act";
/// The other form of the page that ends a session.
const SECURE: &str = "secure";

/// Declares a page for a link of this purpose and its action.
macro_rules! action_pages {
    ($($name:ident: $texts:literal),+ $(,)?) => {$(
        pub(super) enum $name {}

        impl LinkPage for $name {
            const PURPOSE: Purpose = Purpose::$name;
            const NAME: PageName = PageName::$name;
            const TEXTS: &'static str = $texts;

            async fn show(visit: &Visit<'_>, token: &Secret<String>) -> Result<Reply, Problem> {
                show::<Self>(visit, token).await
            }

            async fn submit(visit: &Visit<'_>, submission: Submission) -> Result<Reply, Problem> {
                submit::<Self>(visit, LinkAction::$name, submission).await
            }
        }
    )+};
}

action_pages! {
    EndSession: "page-end-session",
    SecureAccount: "page-secure",
    UndoEmailChange: "page-undo",
    CancelErasure: "page-keep",
}

async fn show<P: LinkPage>(visit: &Visit<'_>, token: &Secret<String>) -> Result<Reply, Problem> {
    let view = visit.view::<P>(token).await?;
    Ok(match status::<P>(&view) {
        LinkStatus::Works => Reply::ok(card::<P>(visit, &view, visit.page.step() == SECURE)),
        status => over::<P>(visit, status),
    })
}

/// An account that is no longer to be erased needs no link to keep it.
fn status<P: LinkPage>(view: &LinkView) -> LinkStatus {
    let is_kept = view.account.as_ref().is_some_and(|account| account.erase_at.is_none());
    match view.status {
        LinkStatus::Works if P::PURPOSE == Purpose::CancelErasure && is_kept => LinkStatus::Used,
        status => status,
    }
}

fn over<P: LinkPage>(visit: &Visit<'_>, status: LinkStatus) -> Reply {
    let reset = visit.new_link("/account/forgot-password", PageName::ForgotPassword);
    let reset = reset.map(|(_, href)| (visit.page.t("page-go-reset"), href));
    let way_on = if P::PURPOSE == Purpose::CancelErasure { visit.login() } else { reset };
    visit.over::<P>(status, way_on)
}

/// Whether a word is asked for. A session that a program has ended by mistake is opened again by a login.
const fn needs_word(action: LinkAction) -> bool {
    !matches!(action, LinkAction::EndSession)
}

fn card<P: LinkPage>(visit: &Visit<'_>, view: &LinkView, is_secure: bool) -> Card {
    let page = &visit.page;
    let is_end = P::PURPOSE == Purpose::EndSession;
    let texts = if is_secure { SecureAccount::TEXTS } else { P::TEXTS };
    let address = mask::email(view.email.as_deref().unwrap_or_default());
    let icon = if P::PURPOSE == Purpose::CancelErasure { Icon::Mail } else { Icon::Shield };
    let card = Card::new(icon, page.t(&format!("{texts}-title")));
    let mut card = card.say(page.text(&format!("{texts}-text"), &[("address", address.into())]));
    if let Some(erase_at) = view.account.as_ref().and_then(|account| account.erase_at)
        && P::PURPOSE == Purpose::CancelErasure
    {
        card = card.fact(page.t("page-fact-erased-at"), page.moment(erase_at));
    }
    let button = page.t(&format!("{texts}-button"));
    if is_end && !is_secure {
        let card = session(visit, view.session.as_ref(), card);
        let form = CardForm::new(ACT, button).danger();
        return card.with(form).link(page.t("page-end-session-secure"), page.at_step(SECURE));
    }
    let form = CardForm::new(if is_secure { SECURE } else { ACT }, button).field(visit.word());
    let form = if P::PURPOSE == Purpose::CancelErasure { form } else { form.danger() };
    let card = card.with(form);
    if is_secure { card.link(page.t("page-back"), page.at_step("")) } else { card }
}

/// What the session's login has left, so that its owner can recognize it.
fn session(visit: &Visit<'_>, session: Option<&LinkedSession>, card: Card) -> Card {
    let page = &visit.page;
    let Some(session) = session else { return card };
    let device = match (&session.browser, &session.os) {
        (Some(browser), Some(os)) => {
            Some(page.text("page-device", &[("browser", browser.into()), ("system", os.into())]))
        }
        (one, other) => one.clone().or_else(|| other.clone()),
    };
    let place = session.location.clone().or_else(|| session.network.clone());
    let facts = [
        ("page-fact-device", device),
        ("page-fact-where", place),
        ("page-fact-when", Some(page.moment(session.created_at))),
    ];
    let known = facts.into_iter().filter_map(|(label, value)| Some((page.t(label), value?)));
    known.fold(card, |card, (label, value)| card.fact(label, value))
}

async fn submit<P: LinkPage>(
    visit: &Visit<'_>,
    action: LinkAction,
    submission: Submission,
) -> Result<Reply, Problem> {
    let Submission { token, form } = submission;
    let is_secure = P::PURPOSE == Purpose::EndSession && form.text("step") == SECURE;
    let action = if is_secure { LinkAction::SecureAccount } else { action };
    let view = visit.view::<P>(&token).await?;
    let found = status::<P>(&view);
    if found != LinkStatus::Works {
        return Ok(over::<P>(visit, found));
    }
    if needs_word(action) && !visit.is_word(form.text("word")) {
        return Ok(visit.ask_for_word(card::<P>(visit, &view, is_secure)));
    }
    let request = LinkActionRequest { token: token.clone(), action, context: visit.client.context.clone() };
    let acted = visit.state.run_for_stranger(|app| async move { app.authn.link_actions.act(request).await });
    match acted.await.map_err(Problem::from) {
        Ok(()) => Ok(done(visit, action)),
        Err(problem) if problem.code == Code::TokenInvalid => {
            let view = visit.view::<P>(&token).await?;
            Ok(over::<P>(visit, status::<P>(&view)))
        }
        Err(problem) => visit.refuse(problem, card::<P>(visit, &view, is_secure)),
    }
}

fn done(visit: &Visit<'_>, action: LinkAction) -> Reply {
    let texts = match action {
        LinkAction::EndSession => EndSession::TEXTS,
        LinkAction::SecureAccount => SecureAccount::TEXTS,
        LinkAction::UndoEmailChange => UndoEmailChange::TEXTS,
        LinkAction::CancelErasure => CancelErasure::TEXTS,
    };
    let page = &visit.page;
    let card = Card::new(Icon::Done, page.t(&format!("{texts}-done-title")));
    let card = card.say(page.t(&format!("{texts}-done-text")));
    Reply::ok(match action {
        LinkAction::CancelErasure | LinkAction::EndSession => card.ways_on(visit.login()),
        LinkAction::SecureAccount | LinkAction::UndoEmailChange => card,
    })
}
