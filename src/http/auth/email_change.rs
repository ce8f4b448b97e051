//! `POST /api/v1/auth/email/change`, `/email/change/confirm`

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::authn::EmailChangeRequest;
use crate::http::dto::link::{LinkBody, RequestAccepted, accepted};
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::extract::policy::RecentAuthentication;
use crate::http::problem::{LinkInvalid, Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChangeBody {
    #[schema(example = "ada@example.org", format = "email", min_length = 3, max_length = 254)]
    new_email: String,
}

/// Request a change of the e-mail address
///
/// Sends a link to the new address and a notice to the current one. The address changes when the link is used. The
/// response does not tell whether the new address already has an account; in that case its owner gets a mail.
/// Requires a recent authentication.
#[utoipa::path(
    tag = "auth",
    operation_id = "requestEmailChange",
    security(("bearer" = [])),
    request_body = EmailChangeBody,
    responses(
        (status = 202, description = "The mails are sent.", body = RequestAccepted),
        Caller<RecentAuthentication>,
        Validated,
        Overloadable,
    ),
)]
#[post("/api/v1/auth/email/change")]
pub async fn request(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<RecentAuthentication>, EmailChangeBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let request = EmailChangeRequest { principal: caller.principal(client), new_email: body.new_email };
    state.run(|app| async move { app.authn.email_changes.request(request).await }).await?;
    Ok(accepted())
}

/// Confirm a change of the e-mail address
///
/// Uses the link that was sent to the new address. All other links of the account become void.
#[utoipa::path(
    tag = "auth",
    operation_id = "confirmEmailChange",
    request_body = LinkBody,
    responses(
        (status = 204, description = "The account has the new address."),
        Validated,
        LinkInvalid,
        Overloadable,
        (status = 409, description = "`conflict`: another account has got the address in the meantime"),
    ),
)]
#[post("/api/v1/auth/email/change/confirm")]
pub async fn confirm(
    state: Data<AppState>,
    client: Client,
    body: Json<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let token = Secret::new(body.0.token);
    state
        .run_for_stranger(|app| async move { app.authn.email_changes.confirm(&token, client.context).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
