//! `POST /api/v1/auth/links/act`

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::authn::LinkActionRequest;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::problem::{LinkInvalid, Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::model::link_action::LinkAction;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkActionBody {
    /// The value of `token` in the link.
    #[schema(format = Password)]
    token: String,
    action: LinkActionName,
}

/// What a link in a warning does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkActionName {
    /// Ends the session that the mail tells of. By a link of `/account/end-session`.
    EndSession,
    /// Ends all sessions, voids the links that are out, the password and the passkeys, and sends a link to set a new
    /// password. By a link of `/account/secure` or `/account/end-session`.
    SecureAccount,
    /// Brings the former address back, and does what `secure_account` does. By a link of `/account/undo-email-change`.
    UndoEmailChange,
    /// Keeps an account that is to be erased. By a link of `/account/cancel-erasure`.
    CancelErasure,
}

impl From<LinkActionName> for LinkAction {
    fn from(name: LinkActionName) -> Self {
        match name {
            LinkActionName::EndSession => Self::EndSession,
            LinkActionName::SecureAccount => Self::SecureAccount,
            LinkActionName::UndoEmailChange => Self::UndoEmailChange,
            LinkActionName::CancelErasure => Self::CancelErasure,
        }
    }
}

/// Act by a link in a warning
///
/// For people who did not do what a mail tells of, without a login. A link works once, for seven days; the one that
/// keeps an account, until the account is erased. Opening the link changes nothing.
#[utoipa::path(
    tag = "auth",
    operation_id = "actByLink",
    request_body = LinkActionBody,
    responses(
        (status = 204, description = "The action is done."),
        Validated,
        LinkInvalid,
        Overloadable,
        (status = 409, description = "`conflict`: another account has got the former address in the meantime"),
    ),
)]
#[post("/api/v1/auth/links/act")]
pub async fn act(
    state: Data<AppState>,
    client: Client,
    body: Json<LinkActionBody>,
) -> Result<HttpResponse, Problem> {
    let Json(LinkActionBody { token, action }) = body;
    let request =
        LinkActionRequest { token: Secret::new(token), action: action.into(), context: client.context };
    state.run_for_stranger(|app| async move { app.authn.link_actions.act(request).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
