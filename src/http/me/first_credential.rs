//! `/api/v1/me/first-credential` and `/api/v1/me/password`: the first password or passkey of people who have come from
//! another provider.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::passkeys::PasskeyAdded;
use crate::authn::{FirstPasskeyRequest, FirstPasswordRequest};
use crate::http::dto::ceremony::CeremonyResponse;
use crate::http::dto::link::LinkBody;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::federation::presented_code;
use crate::http::extract::guarded::{Guarded, GuardedOptional};
use crate::http::extract::policy::{MayEnroll, RecentAuthentication};
use crate::http::problem::{Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstCredentialBody {
    /// The `federation_code` of a step-up that was refused because the provider does not tell when the person
    /// authenticated.
    #[schema(format = Password)]
    federation_code: Option<String>,
    /// The verifier of the challenge that was sent at the beginning, if one was.
    #[schema(example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", format = Password)]
    code_verifier: Option<String>,
}

/// The link is mailed.
#[derive(Serialize, ToSchema)]
pub struct FirstCredentialSent {
    /// `sent`
    #[schema(example = "sent")]
    status: &'static str,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstPasswordByLinkBody {
    /// The value of `token` in the link.
    #[schema(format = Password)]
    token: String,
    #[schema(example = "lantern orbit velvet drizzle", min_length = 8, max_length = 256, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", format = Password)]
    new_password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstPasswordBody {
    #[schema(example = "lantern orbit velvet drizzle", min_length = 8, max_length = 256, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", format = Password)]
    new_password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstPasskeyBody {
    /// The value of `token` in the link.
    #[schema(format = Password)]
    token: String,
    ceremony: Uuid,
    /// The result of `navigator.credentials.create()`, as its `toJSON()` returns it.
    #[schema(value_type = Object)]
    credential: Value,
    /// At most 120 characters are stored. The default is the name of the provider or the browser.
    #[schema(example = "Ada's phone")]
    name: Option<String>,
}

/// Ask for a link to a first password or passkey
///
/// For people who have come from another provider, have neither a password nor a second factor, and whose provider cannot
/// confirm again that it is them: GitHub, and any provider that does not tell when it authenticated a person. For the latter
/// send the code of the step-up that was refused. The link goes to the verified address of the account. It works once, in
/// this session only, until `accounts.first_credential_ttl` has passed or another one is asked for.
#[utoipa::path(
    tag = "me",
    operation_id = "requestFirstCredential",
    security(("bearer" = [])),
    request_body(content = Option<FirstCredentialBody>),
    responses(
        (status = 202, description = "The mail is sent.", body = FirstCredentialSent),
        Caller<MayEnroll>,
        Validated,
        RateLimited,
        (status = 401, description = "`federation_failed`: the code is for something else, about someone else, or its provider has told when the person authenticated; `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 409, description = "`conflict`: the account has a password, a second factor, or an identity whose provider can confirm that it is its owner; or its address is not verified"),
    ),
)]
#[post("/api/v1/me/first-credential")]
pub async fn ask(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    guarded: GuardedOptional<Caller<MayEnroll>, FirstCredentialBody>,
) -> Result<HttpResponse, Problem> {
    let GuardedOptional { caller, body } = guarded;
    let FirstCredentialBody { federation_code, code_verifier } = body;
    let code = federation_code.map(|code| presented_code(&request, &state, code, code_verifier));
    let principal = caller.principal(client);
    let send = |app: Arc<AppState>| async move {
        app.authn.first_credentials.request(&principal, code.as_ref()).await
    };
    state.run(send).await?;
    Ok(HttpResponse::Accepted().json(FirstCredentialSent { status: "sent" }))
}

/// Set a first password by a link
///
/// Uses up the link. Revokes the caller's other sessions; this one goes on, with the assurance that it has. The owner gets a
/// mail. A password that is refused leaves the link as it is.
#[utoipa::path(
    tag = "me",
    operation_id = "setFirstPasswordByLink",
    security(("bearer" = [])),
    request_body = FirstPasswordByLinkBody,
    responses(
        (status = 204, description = "The password is set, and the other sessions are revoked."),
        Caller<MayEnroll>,
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid`: the link is wrong, expired, void or was used before; `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 403, description = "`forbidden`: another session has asked for the link; `password_change_required`"),
        (status = 409, description = "`conflict`: the account has a password or a second factor"),
        (status = 422, description = "`validation_failed`, `weak_password`, `breached_password`"),
    ),
)]
#[post("/api/v1/me/first-credential/password")]
pub async fn set_password_by_link(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<MayEnroll>, FirstPasswordByLinkBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let first = FirstPasswordRequest {
        principal: caller.principal(client),
        link: Some(Secret::new(body.token)),
        new_password: Secret::new(body.new_password),
    };
    state.run(|app| async move { app.authn.first_credentials.set_password(first).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Begin to add a first passkey by a link
///
/// As `POST /api/v1/me/passkeys/options`, with the link in the place of a recent authentication. The link is not used up yet.
#[utoipa::path(
    tag = "me",
    operation_id = "beginFirstPasskey",
    security(("bearer" = [])),
    request_body = LinkBody,
    responses(
        (status = 200, description = "The ceremony, which is valid for one passkey until `webauthn.ceremony_ttl` has passed.", body = CeremonyResponse),
        Caller<MayEnroll>,
        Validated,
        (status = 401, description = "`challenge_invalid`: the link is wrong, expired, void or was used before; `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 403, description = "`forbidden`: another session has asked for the link; `password_change_required`"),
        (status = 409, description = "`conflict`: the account has a password or a second factor"),
    ),
)]
#[post("/api/v1/me/first-credential/passkey/options")]
pub async fn passkey_options(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<MayEnroll>, LinkBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let (principal, link) = (caller.principal(client), Secret::new(body.token));
    let begin = |app: Arc<AppState>| async move {
        app.authn.first_credentials.begin_passkey(&principal, &link).await
    };
    let (ceremony, options) = state.run(begin).await?;
    Ok(HttpResponse::Ok().json(CeremonyResponse { ceremony, options }))
}

/// Add a first passkey by a link
///
/// Uses up the link. The passkey is then a second factor, and can log in alone. This session keeps the assurance that it
/// has. The owner gets a mail, and the response contains backup codes.
#[utoipa::path(
    tag = "me",
    operation_id = "addFirstPasskey",
    security(("bearer" = [])),
    request_body = FirstPasskeyBody,
    responses(
        (status = 201, description = "The passkey is added.", body = PasskeyAdded),
        Caller<MayEnroll>,
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid`: the link is wrong, expired, void or was used before, or the ceremony belongs to another session, was used before, or has expired; `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 403, description = "`forbidden`: another session has asked for the link; `password_change_required`"),
        (status = 409, description = "`conflict`: the account has a password or a second factor, or the passkey is registered already"),
        (status = 422, description = "`validation_failed`, also for a credential that does not match the options"),
    ),
)]
#[post("/api/v1/me/first-credential/passkey")]
pub async fn add_passkey(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<MayEnroll>, FirstPasskeyBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let first = FirstPasskeyRequest {
        principal: caller.principal(client),
        link: Secret::new(body.token),
        ceremony: body.ceremony,
        credential: body.credential,
        name: body.name,
    };
    let add = |app: Arc<AppState>| async move { app.authn.first_credentials.add_passkey(first).await };
    let (added, codes) = state.run(add).await?;
    Ok(HttpResponse::Created().json(PasskeyAdded::of(added, codes)))
}

/// Set a first password
///
/// For an account without a password, in a session that has authenticated recently, such as by a step-up at the provider.
/// Revokes the caller's other sessions; this one goes on, with the assurance that it has. The owner gets a mail. A password
/// that is there is changed with `POST /api/v1/auth/password/change`.
#[utoipa::path(
    tag = "me",
    operation_id = "setFirstPassword",
    security(("bearer" = [])),
    request_body = FirstPasswordBody,
    responses(
        (status = 204, description = "The password is set, and the other sessions are revoked."),
        Caller<RecentAuthentication<MayEnroll>>,
        Validated,
        Overloadable,
        (status = 409, description = "`conflict`: the account has a password"),
        (status = 422, description = "`validation_failed`, `weak_password`, `breached_password`"),
    ),
)]
#[post("/api/v1/me/password")]
pub async fn set_password(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<RecentAuthentication<MayEnroll>>, FirstPasswordBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let first = FirstPasswordRequest {
        principal: caller.principal(client),
        link: None,
        new_password: Secret::new(body.new_password),
    };
    state.run(|app| async move { app.authn.first_credentials.set_password(first).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
