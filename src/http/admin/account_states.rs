//! `/api/v1/admin/users/{id}/…`: changes of the state of an account.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::http::dto::action::ActionBody;
use crate::http::extract::administrator::{Administrator, Manage};
use crate::http::extract::caller::Caller;
use crate::http::extract::guarded::GuardedOptional;
use crate::http::extract::path_id::path_id;
use crate::http::problem::{NotFound, Problem, Validated};
use crate::http::state::AppState;

/// Disable an account
///
/// Logins are refused, all sessions are revoked at once, and links in mails become void.
#[utoipa::path(
    tag = "admin",
    operation_id = "disableUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    request_body(content = Option<ActionBody>),
    responses(
        (status = 204, description = "The account is disabled."),
        Caller<Administrator<Manage>>,
        Validated,
        NotFound,
        (status = 409, description = "`conflict`: this is the last active administrator"),
    ),
)]
#[post("/api/v1/admin/users/{id}/disable")]
pub async fn disable(
    state: Data<AppState>,
    request: GuardedOptional<Caller<Administrator<Manage>>, ActionBody>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (principal, target, reason) = (request.caller.0.principal, path_id(&id)?, request.body.reason()?);
    state
        .run(|app| async move { app.administration.disable(&principal, target, reason.as_ref()).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Enable a disabled account
///
/// Its old sessions remain revoked.
#[utoipa::path(
    tag = "admin",
    operation_id = "enableUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    request_body(content = Option<ActionBody>),
    responses(
        (status = 204, description = "The account is active."),
        Caller<Administrator<Manage>>,
        Validated,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/enable")]
pub async fn enable(
    state: Data<AppState>,
    request: GuardedOptional<Caller<Administrator<Manage>>, ActionBody>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (principal, target, reason) = (request.caller.0.principal, path_id(&id)?, request.body.reason()?);
    state
        .run(|app| async move { app.administration.enable(&principal, target, reason.as_ref()).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Unlock an account
///
/// Resets the counts of wrong passwords and second factors, and removes the locks that they caused.
#[utoipa::path(
    tag = "admin",
    operation_id = "unlockUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    request_body(content = Option<ActionBody>),
    responses(
        (status = 204, description = "The account is not locked."),
        Caller<Administrator<Manage>>,
        Validated,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/unlock")]
pub async fn unlock(
    state: Data<AppState>,
    request: GuardedOptional<Caller<Administrator<Manage>>, ActionBody>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (principal, target, reason) = (request.caller.0.principal, path_id(&id)?, request.body.reason()?);
    state
        .run(|app| async move { app.administration.unlock(&principal, target, reason.as_ref()).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Require a change of the password
///
/// All sessions are revoked, and new ones can only change the password. Administrators neither see nor set the password.
#[utoipa::path(
    tag = "admin",
    operation_id = "requirePasswordChange",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    request_body(content = Option<ActionBody>),
    responses(
        (status = 204, description = "The change is required."),
        Caller<Administrator<Manage>>,
        Validated,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/require-password-change")]
pub async fn require_password_change(
    state: Data<AppState>,
    request: GuardedOptional<Caller<Administrator<Manage>>, ActionBody>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (principal, target, reason) = (request.caller.0.principal, path_id(&id)?, request.body.reason()?);
    state
        .run(|app| async move {
            app.administration.require_password_change(&principal, target, reason.as_ref()).await
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
