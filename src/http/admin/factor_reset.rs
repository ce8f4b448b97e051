//! `POST /api/v1/admin/users/{id}/reset-mfa`

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::http::extract::administrator::{Administrator, Manage};
use crate::http::extract::caller::Caller;
use crate::http::extract::path_id::path_id;
use crate::http::problem::{NotFound, Problem};
use crate::http::state::AppState;

/// Remove all second factors of an account
///
/// For a user who has lost them. All sessions are revoked, all trusted devices are forgotten, and the owner gets a mail.
/// Logins are refused for `mfa.reset_cooldown`; after that, the password alone is sufficient. An account without a second
/// factor does not change.
#[utoipa::path(
    tag = "admin",
    operation_id = "resetSecondFactors",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    responses(
        (status = 204, description = "The account has no second factor."),
        Caller<Administrator<Manage>>,
        NotFound,
        (status = 403, description = "`forbidden` (also for the caller's own account), `step_up_required`, `password_change_required`, `mfa_enrollment_required`"),
    ),
)]
#[post("/api/v1/admin/users/{id}/reset-mfa")]
pub async fn reset_mfa(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state.run(|app| async move { app.administration.reset_mfa(&caller.principal, target).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
