//! `/api/v1/me/identities`: the identities of the caller at other providers.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authn::OwnIdentity;
use crate::clock::Timestamp;
use crate::http::dto::page::Page;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::path_id::path_id;
use crate::http::extract::policy::{RecentAuthentication, Unlimited};
use crate::http::problem::Problem;
use crate::http::state::AppState;

/// An identity at another provider.
#[derive(Serialize, ToSchema)]
pub struct IdentityItem {
    pub id: Uuid,
    /// The name of the provider in the settings.
    #[schema(example = "google")]
    pub provider: String,
    /// The address that the provider told when the identity was linked, if it told one.
    #[schema(example = "ada@example.com")]
    pub email: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
    /// Whether one can log in with it. If not, its provider is no longer in the settings.
    pub usable: bool,
}

/// List the caller's identities at other providers
#[utoipa::path(
    tag = "me",
    operation_id = "listIdentities",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All identities, the oldest first.", body = Page<IdentityItem>),
        Caller<Unlimited>,
    ),
)]
#[get("/api/v1/me/identities")]
pub async fn list(state: Data<AppState>, caller: Caller<Unlimited>) -> Result<HttpResponse, Problem> {
    let user = caller.user_id;
    let found = state.run(|app| async move { app.authn.identities.list(user).await }).await?;
    Ok(HttpResponse::Ok().json(Page::whole(found.into_iter().map(item).collect())))
}

/// Remove an identity
///
/// The provider then no longer leads to the account. Revokes the caller's other sessions. The owner gets a mail.
#[utoipa::path(
    tag = "me",
    operation_id = "removeIdentity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the identity")),
    responses(
        (status = 204, description = "The identity is removed."),
        Caller<RecentAuthentication>,
        (status = 404, description = "`not_found`, also for another user's identity"),
        (status = 409, description = "`conflict`: without it no password, passkey or other usable identity would be left"),
    ),
)]
#[delete("/api/v1/me/identities/{id}")]
pub async fn remove(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (id, principal) = (path_id(&id)?, caller.principal(client));
    state.run(|app| async move { app.authn.identities.remove(&principal, id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn item(identity: OwnIdentity) -> IdentityItem {
    let OwnIdentity { stored, is_usable } = identity;
    IdentityItem {
        id: stored.id,
        provider: stored.provider,
        email: stored.email,
        created_at: stored.created_at.rfc3339(),
        last_used_at: stored.last_used_at.map(Timestamp::rfc3339),
        usable: is_usable,
    }
}
