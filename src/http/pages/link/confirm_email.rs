//! `/account/confirm-email`: moves an account to the address that the link was sent to.

use super::super::card::{Card, CardForm, Icon};
use super::super::reply::Reply;
use super::super::visit::Visit;
use super::{LinkPage, Submission};
use crate::authn::{LinkStatus, LinkView};
use crate::config::PageName;
use crate::http::problem::{Code, Problem};
use crate::model::mask;
use crate::model::one_time_token::Purpose;
use crate::secret::Secret;

const STEP: &str = "confirm";

pub(super) enum ConfirmEmail {}

impl LinkPage for ConfirmEmail {
    const PURPOSE: Purpose = Purpose::ChangeEmail;
    const NAME: PageName = PageName::ConfirmEmail;
    const TEXTS: &'static str = "page-confirm";

    async fn show(visit: &Visit<'_>, token: &Secret<String>) -> Result<Reply, Problem> {
        let view = visit.view::<Self>(token).await?;
        Ok(match view.status {
            LinkStatus::Works => Reply::ok(card(visit, &view)),
            status => visit.over::<Self>(status, way_on(visit)),
        })
    }

    async fn submit(visit: &Visit<'_>, submission: Submission) -> Result<Reply, Problem> {
        let Submission { token, form } = submission;
        let view = visit.view::<Self>(&token).await?;
        if view.status != LinkStatus::Works {
            return Ok(visit.over::<Self>(view.status, way_on(visit)));
        }
        if !is_own(visit, &view) && !visit.is_word(form.text("word")) {
            return Ok(visit.ask_for_word(card(visit, &view)));
        }
        let (link, context) = (token.clone(), visit.client.context.clone());
        let confirmed = visit
            .state
            .run_for_stranger(|app| async move { app.authn.email_changes.confirm(&link, context).await });
        match confirmed.await.map_err(Problem::from) {
            Ok(()) => {
                let page = &visit.page;
                let address = mask::email(view.email.as_deref().unwrap_or_default());
                let text = page.text("page-confirm-done-text", &[("address", address.into())]);
                Ok(Reply::ok(Card::new(Icon::Done, page.t("page-confirm-done-title")).say(text)))
            }
            Err(problem) if problem.code == Code::TokenInvalid => {
                let status = visit.view::<Self>(&token).await?.status;
                Ok(visit.over::<Self>(status, way_on(visit)))
            }
            Err(problem) => visit.refuse(problem, card(visit, &view)),
        }
    }
}

fn way_on(visit: &Visit<'_>) -> Option<(String, String)> {
    let page = &visit.page;
    let has_account = page.pages.settings.has(PageName::Account);
    has_account.then(|| (page.t("page-go-account"), page.href("/account")))
}

/// Whether the account's owner is signed in. Elsewhere a word is asked for, because a program that reads the mails of a
/// mistyped address must not confirm it.
fn is_own(visit: &Visit<'_>, view: &LinkView) -> bool {
    view.account.as_ref().is_some_and(|account| visit.is_signed_in_as(account.user_id))
}

fn card(visit: &Visit<'_>, view: &LinkView) -> Card {
    let page = &visit.page;
    let old = mask::email(view.account.as_ref().map(|account| account.email.as_str()).unwrap_or_default());
    let new = mask::email(view.email.as_deref().unwrap_or_default());
    let mut form = CardForm::new(STEP, page.t("page-confirm-button"));
    if !is_own(visit, view) {
        form = form.field(visit.word());
    }
    let card = Card::new(Icon::Mail, page.t("page-confirm-title"));
    let text = page.text("page-confirm-text", &[("old", old.into()), ("new", new.into())]);
    card.say(text).say(page.t("page-confirm-not-me")).with(form)
}
