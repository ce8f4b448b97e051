//! `/api/v1/admin/invitations`

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::roles::{RoleName, roles};
use crate::clock::Timestamp;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::path_id::path_id;
use crate::http::extract::permission::{Manage, Permitted, Read};
use crate::http::extract::query::Query;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::http::text::{self, Page};
use crate::store::account::invitation::InvitationRecord;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    #[schema(example = "grace@example.com", max_length = 254)]
    email: String,
    /// What whoever accepts will hold; `user` is always among them.
    #[serde(default)]
    roles: Vec<RoleName>,
}

/// An invitation. Its link stands in the mail only.
#[derive(Serialize, ToSchema)]
pub struct InvitationItem {
    pub id: Uuid,
    pub email: String,
    pub roles: Vec<&'static str>,
    /// `pending`, `accepted`, `expired` or `revoked`.
    pub state: &'static str,
    pub invited_by: Option<Uuid>,
    pub created_at: String,
    /// From this moment on the link does not work.
    pub expires_at: String,
    pub accepted_at: Option<String>,
    /// Who has registered with it.
    pub accepted_by: Option<Uuid>,
    pub revoked_at: Option<String>,
}

/// Invitations, the newest first
#[utoipa::path(
    tag = "admin",
    operation_id = "list_invitations",
    security(("bearer" = [])),
    params(
        ("limit" = Option<u64>, Query, description = "1 to 100; 50 unless given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of invitations.", body = Page<InvitationItem>),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/api/v1/admin/invitations")]
pub async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    _caller: Permitted<Read>,
) -> Result<HttpResponse, Problem> {
    let window = Query::of(&request, &["limit", "cursor"])?.window()?;
    let administration = Arc::clone(&state.administration);
    let invitations = state.run(async move { administration.invitations(window).await }).await?;
    let now = state.clock.now();
    Ok(HttpResponse::Ok().json(Page::of(invitations, |invitation| item(invitation, now))))
}

/// Invite somebody by mail
///
/// An older invitation of the same address is revoked. Nobody grants more than they hold.
#[utoipa::path(
    tag = "admin",
    operation_id = "invite",
    security(("bearer" = [])),
    request_body = InvitationBody,
    responses(
        (status = 201, description = "The invitation is on its way.", body = InvitationItem),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "`request_timeout`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`email_taken`, `conflict`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media_type`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/admin/invitations")]
pub async fn invite(
    state: Data<AppState>,
    request: Guarded<Permitted<Manage>, InvitationBody>,
) -> Result<HttpResponse, Problem> {
    let (agent, body) = (request.caller.agent, request.body);
    let administration = Arc::clone(&state.administration);
    let invitation = state
        .run(async move { administration.invite(&agent, &body.email, roles(&body.roles)).await })
        .await?;
    Ok(HttpResponse::Created().json(item(invitation, state.clock.now())))
}

/// Revoke an invitation
///
/// One that was revoked before is fine.
#[utoipa::path(
    tag = "admin",
    operation_id = "revoke_invitation",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Invitation id")),
    responses(
        (status = 204, description = "The link does not work any more."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it was accepted", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[delete("/api/v1/admin/invitations/{id}")]
pub async fn revoke(
    state: Data<AppState>,
    caller: Permitted<Manage>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, id) = (Arc::clone(&state.administration), path_id(&id)?);
    state.run(async move { administration.revoke_invitation(&caller.agent, id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn item(invitation: InvitationRecord, now: Timestamp) -> InvitationItem {
    InvitationItem {
        id: invitation.id,
        state: invitation.state(now).as_str(),
        email: invitation.email,
        roles: invitation.roles.names(),
        invited_by: invitation.invited_by,
        created_at: text::time(invitation.created_at),
        expires_at: text::time(invitation.expires_at),
        accepted_at: invitation.accepted_at.map(text::time),
        accepted_by: invitation.accepted_by,
        revoked_at: invitation.revoked_at.map(text::time),
    }
}
