//! `/api/v1/admin/users/{id}/…`: changes of the state of an account.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::http::extract::administrator::{Administrator, Manage};
use crate::http::extract::caller::Caller;
use crate::http::extract::path_id::path_id;
use crate::http::problem::{NotFound, Problem};
use crate::http::state::AppState;

/// Disable an account
///
/// Logins are refused, all sessions are revoked at once, and links in mails become void.
#[utoipa::path(
    tag = "admin",
    operation_id = "disableUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    responses(
        (status = 204, description = "The account is disabled."),
        Caller<Administrator<Manage>>,
        NotFound,
        (status = 409, description = "`conflict`: this is the last active administrator"),
    ),
)]
#[post("/api/v1/admin/users/{id}/disable")]
pub async fn disable(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state.run(|app| async move { app.administration.disable(&caller.principal, target).await }).await?;
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
    responses(
        (status = 204, description = "The account is active."),
        Caller<Administrator<Manage>>,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/enable")]
pub async fn enable(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state.run(|app| async move { app.administration.enable(&caller.principal, target).await }).await?;
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
    responses(
        (status = 204, description = "The account is not locked."),
        Caller<Administrator<Manage>>,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/unlock")]
pub async fn unlock(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state.run(|app| async move { app.administration.unlock(&caller.principal, target).await }).await?;
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
    responses(
        (status = 204, description = "The change is required."),
        Caller<Administrator<Manage>>,
        NotFound,
    ),
)]
#[post("/api/v1/admin/users/{id}/require-password-change")]
pub async fn require_password_change(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state
        .run(|app| async move { app.administration.require_password_change(&caller.principal, target).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
