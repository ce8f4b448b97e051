//! `/api/v1/me/identities`: the identities of the caller at other providers: listed, linked and removed.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authn::{LinkTicketRequest, OwnIdentity};
use crate::clock::Timestamp;
use crate::http::auth::federation::intent;
use crate::http::dto::page::Page;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::federation::presented_code;
use crate::http::extract::json::Json;
use crate::http::extract::path_id::path_id;
use crate::http::extract::policy::{RecentAuthentication, Unlimited};
use crate::http::problem::{NotFound, Problem, Validated};
use crate::http::state::AppState;
use crate::model::federation::login_state::LoginPurpose;

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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkStartBody {
    /// Where the browser goes afterwards: a path of this host, or a URL of an allowed origin.
    #[schema(example = "/account", min_length = 1, max_length = 2048, pattern = "^(/|https?://)[!-~]*$")]
    return_to: String,
    /// The application's PKCE challenge (S256), where it does not share the browser's cookies.
    #[schema(
        example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
    )]
    code_challenge: Option<String>,
}

/// Where the linking of an identity begins.
#[derive(Serialize, ToSchema)]
pub struct LinkStarted {
    /// To be opened in a browser within two minutes.
    #[schema(example = "https://id.example.com/api/v1/auth/federation/google/start?ticket=…")]
    authorize_url: String,
}

/// Begin to link an identity
///
/// The browser that opens `authorize_url` is sent to the provider and comes back to `return_to` with `federation_code`, which
/// only this session can use, with `POST /api/v1/me/identities`.
#[utoipa::path(
    tag = "me",
    operation_id = "beginIdentityLink",
    security(("bearer" = [])),
    params(("identity" = String, Path, description = "The name of the provider in the settings", example = "google")),
    request_body = LinkStartBody,
    responses(
        (status = 200, description = "The address to be opened.", body = LinkStarted),
        Caller<RecentAuthentication>,
        NotFound,
        Validated,
    ),
)]
#[post("/api/v1/me/identities/{identity}")]
pub async fn begin_link(
    state: Data<AppState>,
    caller: Caller<RecentAuthentication>,
    provider: Path<String>,
    body: Json<LinkStartBody>,
) -> Result<HttpResponse, Problem> {
    let LinkStartBody { return_to, code_challenge } = body.0;
    let purpose = LoginPurpose::Link(caller.acting_session());
    let intent = intent(&state, purpose, &return_to, code_challenge.as_deref())?;
    let request = LinkTicketRequest { provider: provider.into_inner(), intent };
    let authorize_url = state.authn.federation.link_ticket(request)?.into();
    Ok(HttpResponse::Ok().json(LinkStarted { authorize_url }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityLinkBody {
    /// The `federation_code` that the browser came back with.
    #[schema(format = Password)]
    code: String,
    /// The verifier of the challenge that was sent at the beginning, if one was.
    #[schema(example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", format = Password)]
    code_verifier: Option<String>,
}

/// Link an identity
///
/// The provider then leads to the account. The owner gets a mail.
#[utoipa::path(
    tag = "me",
    operation_id = "linkIdentity",
    security(("bearer" = [])),
    request_body = IdentityLinkBody,
    responses(
        (status = 204, description = "The identity is linked, or was before."),
        Caller<Unlimited>,
        Validated,
        (status = 401, description = "`federation_failed`: the code does not count, or not for this session; `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 409, description = "`conflict`: another account has the identity, or the address of the account is not verified, or it has 20 identities"),
    ),
)]
#[post("/api/v1/me/identities")]
pub async fn link(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    caller: Caller<Unlimited>,
    body: Json<IdentityLinkBody>,
) -> Result<HttpResponse, Problem> {
    let IdentityLinkBody { code, code_verifier } = body.0;
    let presented = presented_code(&request, &state, code, code_verifier);
    let principal = caller.principal(client);
    state.run(|app| async move { app.authn.federation.link(&principal, &presented).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove an identity
///
/// The provider then no longer leads to the account. Revokes the caller's other sessions. The owner gets a mail.
#[utoipa::path(
    tag = "me",
    operation_id = "removeIdentity",
    security(("bearer" = [])),
    params(("identity" = Uuid, Path, description = "The id of the identity")),
    responses(
        (status = 204, description = "The identity is removed."),
        Caller<RecentAuthentication>,
        (status = 404, description = "`not_found`, also for another user's identity"),
        (status = 409, description = "`conflict`: without it no password, passkey or other usable identity would be left"),
    ),
)]
#[delete("/api/v1/me/identities/{identity}")]
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
