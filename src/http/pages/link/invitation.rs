//! `/account/register`: accepts an invitation.

use super::super::card::{Card, CardForm, Field, FieldKind, Icon};
use super::super::form::Form;
use super::super::reply::Reply;
use super::super::visit::Visit;
use super::{LinkPage, Submission};
use crate::authn::{LinkStatus, LinkView, RegisterOutcome, RegisterRequest};
use crate::config::PageName;
use crate::http::extract::throttled::{Registering, count};
use crate::http::problem::{Code, Problem};
use crate::model::one_time_token::Purpose;
use crate::secret::Secret;

const STEP: &str = "accept";

pub(super) enum Invitation {}

impl LinkPage for Invitation {
    const PURPOSE: Purpose = Purpose::AcceptInvitation;
    const NAME: PageName = PageName::Invitation;
    const TEXTS: &'static str = "page-invitation";

    async fn show(visit: &Visit<'_>, token: &Secret<String>) -> Result<Reply, Problem> {
        let view = visit.view::<Self>(token).await?;
        Ok(match view.status {
            LinkStatus::Works => Reply::ok(card(visit, &view, "")),
            status => over(visit, status),
        })
    }

    /// No CAPTCHA is asked for: someone has sent the invitation to this person.
    async fn submit(visit: &Visit<'_>, submission: Submission) -> Result<Reply, Problem> {
        let Submission { token, form } = submission;
        let view = visit.view::<Self>(&token).await?;
        if view.status != LinkStatus::Works {
            return Ok(over(visit, view.status));
        }
        count::<Registering>(visit.request).await?;
        let request = registration(visit, &view, &form, &token);
        let registered =
            visit.state.run_for_stranger(|app| async move { app.authn.registration.register(request).await });
        let page = &visit.page;
        match registered.await.map_err(Problem::from) {
            Ok(RegisterOutcome::Registered(user)) => {
                let card = Card::new(Icon::Done, page.t("page-invitation-done-title"));
                let card = card.say(page.t("page-invitation-done-text")).ways_on(visit.login());
                Ok(visit.proven(user.id, card).await)
            }
            // The address has got an account meanwhile, and its owner is told by mail.
            Ok(RegisterOutcome::VerificationSent { .. }) => {
                let card = Card::new(Icon::Mail, page.t("page-sent-title"));
                Ok(Reply::ok(card.say(page.t("page-sent-text"))))
            }
            Err(problem) if problem.code == Code::TokenInvalid => Ok(over(visit, LinkStatus::Invalid)),
            Err(problem) => visit.refuse(problem, card(visit, &view, form.text("name"))),
        }
    }
}

fn over(visit: &Visit<'_>, status: LinkStatus) -> Reply {
    visit.over::<Invitation>(status, visit.login().filter(|_| status == LinkStatus::Used))
}

fn registration(visit: &Visit<'_>, view: &LinkView, form: &Form, token: &Secret<String>) -> RegisterRequest {
    let terms = visit.page.pages.terms_version.clone();
    RegisterRequest {
        email: view.email.clone().unwrap_or_default(),
        password: form.secret("new_password"),
        display_name: Some(form.text("name").to_owned()).filter(|name| !name.is_empty()),
        invitation_token: Some(token.clone()),
        accepted_terms: terms.filter(|_| form.text("terms") == "on"),
        locale: Some(visit.page.lang().to_owned()),
        network: visit.client.network.clone(),
        context: visit.client.context.clone(),
    }
}

fn card(visit: &Visit<'_>, view: &LinkView, name: &str) -> Card {
    let page = &visit.page;
    let address = view.email.clone().unwrap_or_default();
    let label = page.t("page-invitation-name");
    let mut form = CardForm::new(STEP, page.t("page-invitation-button")).of(view.email.clone());
    form = form.field(Field::new("name", FieldKind::Name, label).value(name).optional());
    form = form.field(visit.new_password());
    if page.pages.terms_version.is_some() {
        let label = page.t("page-invitation-terms");
        form = form.field(Field::new("terms", FieldKind::Check, label));
    }
    let card = Card::new(Icon::Mail, page.t("page-invitation-title"));
    let card = card.say(page.text("page-invitation-text", &[("address", address.into())])).with(form);
    match page.terms().filter(|_| page.pages.terms_version.is_some()) {
        Some(terms) => card.link(page.t("page-foot-terms"), terms.to_owned()),
        None => card,
    }
}
