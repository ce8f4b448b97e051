//! `/api/v1/admin/invitations`

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::http::dto::page::Page;
use crate::http::dto::roles::{RoleName, roles};
use crate::http::dto::words::{PageCursor, PageLimit};
use crate::http::extract::administrator::{Administrator, Manage, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::path_id::path_id;
use crate::http::extract::query::Query;
use crate::http::problem::{Filtered, NotFound, Problem, Validated};
use crate::http::state::AppState;
use crate::store::account::invitation::InvitationRecord;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    #[schema(example = "grace@example.com", format = "idn-email", min_length = 3, max_length = 254)]
    email: String,
    /// The roles of the account that accepts; always with `user`.
    #[serde(default)]
    roles: Vec<RoleName>,
}

/// An invitation, without its link, which only the mail contains.
#[derive(Serialize, ToSchema)]
pub struct InvitationItem {
    pub id: Uuid,
    #[schema(example = "ada@example.com")]
    pub email: String,
    #[schema(example = json!(["user"]))]
    pub roles: Vec<&'static str>,
    /// `pending`, `accepted`, `expired` or `revoked`.
    #[schema(example = "pending")]
    pub state: &'static str,
    pub invited_by: Option<Uuid>,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When the link becomes invalid.
    #[schema(format = DateTime)]
    pub expires_at: String,
    #[schema(format = DateTime)]
    pub accepted_at: Option<String>,
    /// The user who registered with it.
    pub accepted_by: Option<Uuid>,
    #[schema(format = DateTime)]
    pub revoked_at: Option<String>,
}

/// List invitations
#[utoipa::path(
    tag = "admin",
    operation_id = "listInvitations",
    security(("bearer" = [])),
    params(
        ("limit" = inline(Option<PageLimit>), Query, description = "1 to 100, by default 50"),
        ("cursor" = inline(Option<PageCursor>), Query, description = "The `next_cursor` of the previous page"),
    ),
    responses(
        (status = 200, description = "A page of invitations, the newest first.", body = Page<InvitationItem>),
        Caller<Administrator<Read>>,
        Filtered,
    ),
)]
#[get("/api/v1/admin/invitations")]
pub async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    _caller: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let window = Query::of(&request, &["limit", "cursor"])?.window()?;
    let invitations = state.run(|app| async move { app.administration.invitations(window).await }).await?;
    let now = state.clock.now();
    Ok(HttpResponse::Ok().json(Page::of(invitations, |invitation| item(invitation, now))))
}

/// Invite someone by mail
///
/// An older invitation of the same address is revoked. Callers cannot grant more than their own roles.
#[utoipa::path(
    tag = "admin",
    operation_id = "createInvitation",
    security(("bearer" = [])),
    request_body = InvitationBody,
    responses(
        (status = 201, description = "The invitation was created, and the mail is being sent.", body = InvitationItem),
        Caller<Administrator<Manage>>,
        Validated,
        (status = 409, description = "`email_taken`, `conflict`"),
    ),
)]
#[post("/api/v1/admin/invitations")]
pub async fn invite(
    state: Data<AppState>,
    request: Guarded<Caller<Administrator<Manage>>, InvitationBody>,
) -> Result<HttpResponse, Problem> {
    let (principal, body) = (request.caller.0.principal, request.body);
    let invitation = state
        .run(
            |app| async move { app.administration.invite(&principal, &body.email, roles(&body.roles)).await },
        )
        .await?;
    Ok(HttpResponse::Created().json(item(invitation, state.clock.now())))
}

/// Revoke an invitation
///
/// The operation is idempotent.
#[utoipa::path(
    tag = "admin",
    operation_id = "revokeInvitation",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the invitation")),
    responses(
        (status = 204, description = "The link is no longer valid."),
        Caller<Administrator<Manage>>,
        NotFound,
        (status = 409, description = "`conflict`: the invitation was accepted"),
    ),
)]
#[delete("/api/v1/admin/invitations/{id}")]
pub async fn revoke(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    state.run(|app| async move { app.administration.revoke_invitation(&caller.principal, id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn item(invitation: InvitationRecord, now: Timestamp) -> InvitationItem {
    InvitationItem {
        id: invitation.id,
        state: invitation.state(now).as_str(),
        email: invitation.email,
        roles: invitation.roles.names(),
        invited_by: invitation.invited_by,
        created_at: invitation.created_at.rfc3339(),
        expires_at: invitation.expires_at.rfc3339(),
        accepted_at: invitation.accepted_at.map(Timestamp::rfc3339),
        accepted_by: invitation.accepted_by,
        revoked_at: invitation.revoked_at.map(Timestamp::rfc3339),
    }
}
