//! `POST /api/v1/admin/users/{id}/reset-mfa`

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use crate::http::dto::action::ActionBody;
use crate::http::extract::administrator::{Administrator, Manage};
use crate::http::extract::caller::Caller;
use crate::http::extract::guarded::GuardedOptional;
use crate::http::extract::path_id::path_id;
use crate::http::problem::{NotFound, Problem, Validated};
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
    request_body(content = Option<ActionBody>),
    responses(
        (status = 204, description = "The account has no second factor."),
        Caller<Administrator<Manage>>,
        Validated,
        NotFound,
        (status = 403, description = "`forbidden` (also for the caller's own account), `step_up_required`, `password_change_required`, `mfa_enrollment_required`"),
    ),
)]
#[post("/api/v1/admin/users/{id}/reset-mfa")]
pub async fn reset_mfa(
    state: Data<AppState>,
    request: GuardedOptional<Caller<Administrator<Manage>>, ActionBody>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (principal, target, reason) = (request.caller.0.principal, path_id(&id)?, request.body.reason()?);
    state
        .run(|app| async move { app.administration.reset_mfa(&principal, target, reason.as_ref()).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
