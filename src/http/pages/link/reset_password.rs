//! `/account/reset-password`: sets a new password.

use super::super::card::{Card, CardForm, Field, FieldKind, Icon};
use super::super::reply::Reply;
use super::super::visit::Visit;
use super::{LinkPage, Submission};
use crate::authn::{LinkStatus, LinkView, PresentedFactor, ResetRequest};
use crate::config::PageName;
use crate::http::problem::{Code, Problem};
use crate::model::mask;
use crate::model::one_time_token::Purpose;
use crate::secret::Secret;

const STEP: &str = "set";
/// The digits of a code of an authenticator app; a backup code has letters as well.
const APP_CODE: usize = 6;

pub(super) enum ResetPassword {}

impl LinkPage for ResetPassword {
    const PURPOSE: Purpose = Purpose::ResetPassword;
    const NAME: PageName = PageName::ResetPassword;
    const TEXTS: &'static str = "page-reset";

    async fn show(visit: &Visit<'_>, token: &Secret<String>) -> Result<Reply, Problem> {
        let view = visit.view::<Self>(token).await?;
        Ok(match view.status {
            LinkStatus::Works => Reply::ok(card(visit, &view)),
            status => over(visit, status),
        })
    }

    async fn submit(visit: &Visit<'_>, submission: Submission) -> Result<Reply, Problem> {
        let Submission { token, form } = submission;
        let view = visit.view::<Self>(&token).await?;
        if view.status != LinkStatus::Works {
            return Ok(over(visit, view.status));
        }
        let request = ResetRequest {
            token: token.clone(),
            new_password: form.secret("new_password"),
            second_factor: presented(form.text("code")),
            context: visit.client.context.clone(),
        };
        let reset = visit
            .state
            .run_for_stranger(|app| async move { app.authn.recovery.reset_password(request).await });
        match reset.await.map_err(Problem::from) {
            Ok(user_id) => {
                let page = &visit.page;
                let card = Card::new(Icon::Done, page.t("page-reset-done-title"));
                let card = card.say(page.t("page-reset-done-text")).ways_on(visit.login());
                Ok(visit.proven(user_id, card).await)
            }
            Err(problem) if problem.code == Code::TokenInvalid => {
                let view = visit.view::<Self>(&token).await?;
                Ok(over(visit, view.status))
            }
            Err(problem) => visit.refuse(problem, card(visit, &view)),
        }
    }
}

fn over(visit: &Visit<'_>, status: LinkStatus) -> Reply {
    let way_on = match status {
        LinkStatus::Used => visit.login(),
        _ => visit.new_link("/account/forgot-password", PageName::ForgotPassword),
    };
    visit.over::<ResetPassword>(status, way_on)
}

fn card(visit: &Visit<'_>, view: &LinkView) -> Card {
    let page = &visit.page;
    let address = mask::email(view.email.as_deref().unwrap_or_default());
    let mut form = CardForm::new(STEP, page.t("page-reset-button")).of(view.email.clone());
    form = form.field(visit.new_password());
    let is_enrolled = view.account.as_ref().is_some_and(|account| account.factors.is_enrolled());
    if is_enrolled && visit.state.authn.recovery.requires_factor() {
        let field = Field::new("code", FieldKind::Code, page.t("page-reset-code"));
        form = form.field(field.hint(page.t("page-reset-code-hint")));
    }
    let card = Card::new(Icon::Key, page.t("page-reset-title"));
    card.say(page.text("page-reset-text", &[("address", address.into())])).with(form)
}

/// An app's code has six digits, which people may group; everything else is taken for a backup code.
fn presented(typed: &str) -> Option<PresentedFactor> {
    let code: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    if code.is_empty() {
        return None;
    }
    let is_of_app = code.chars().count() == APP_CODE && code.chars().all(char::is_numeric);
    let code = Secret::new(code);
    Some(if is_of_app { PresentedFactor::Totp(code) } else { PresentedFactor::BackupCode(code) })
}
