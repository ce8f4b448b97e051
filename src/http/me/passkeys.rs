//! `/api/v1/me/passkeys`: the passkeys of the caller.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authn::PasskeyRequest;
use crate::clock::Timestamp;
use crate::http::dto::backup_codes::BackupCodesBody;
use crate::http::dto::ceremony::{CeremonyResponse, PasskeyOptionsBody};
use crate::http::dto::page::Page;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::extract::path_id::path_id;
use crate::http::extract::policy::{MayEnroll, RecentAuthentication, Unlimited};
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::model::passkey;
use crate::secret::Secret;
use crate::store::authenticator::passkey::StoredPasskey;

/// A passkey.
#[derive(Serialize, ToSchema)]
pub struct PasskeyItem {
    pub id: Uuid,
    #[schema(example = "Ada's phone")]
    pub name: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
    /// Whether it can be synchronized to other authenticators. If not, it is lost with its authenticator.
    pub synced: bool,
    /// Whether it has been synchronized.
    pub backed_up: bool,
    /// The model of the authenticator, if known.
    pub aaguid: Option<Uuid>,
    /// The name of its provider, if the model is well known.
    #[schema(example = "iCloud Keychain")]
    pub provider: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub struct PasskeyAdded {
    pub passkey: PasskeyItem,
    #[serde(flatten)]
    codes: BackupCodesBody,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskeyBody {
    ceremony: Uuid,
    /// The result of `navigator.credentials.create()`, as its `toJSON()` returns it.
    #[schema(value_type = Object)]
    credential: Value,
    /// At most 120 characters are stored. The default is the name of the provider or the browser.
    #[schema(example = "Ada's phone")]
    name: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyNameBody {
    /// At most 120 characters are stored.
    #[schema(example = "Ada's phone")]
    name: String,
}

/// Begin to add a passkey
///
/// A session can add one passkey at a time: a new ceremony replaces the previous one.
#[utoipa::path(
    tag = "me",
    operation_id = "beginPasskeyEnrollment",
    security(("bearer" = [])),
    request_body = PasskeyOptionsBody,
    responses(
        (status = 200, description = "The ceremony, which is valid for one passkey until `webauthn.ceremony_ttl` has passed.", body = CeremonyResponse),
        Caller<RecentAuthentication<MayEnroll>>,
        Validated,
        (status = 409, description = "`conflict`: the account has the maximum number of passkeys"),
    ),
)]
#[post("/api/v1/me/passkeys/options")]
pub async fn options(
    state: Data<AppState>,
    caller: Caller<RecentAuthentication<MayEnroll>>,
    _body: Json<PasskeyOptionsBody>,
) -> Result<HttpResponse, Problem> {
    let acting_session = caller.acting_session();
    let (ceremony, options) =
        state.run(|app| async move { app.authn.passkeys.begin_enrollment(acting_session).await }).await?;
    Ok(HttpResponse::Ok().json(CeremonyResponse { ceremony, options }))
}

/// Add a passkey
///
/// The passkey is then a second factor, and can log in alone. The session keeps the assurance that it has, until it is
/// stepped up with the passkey. The owner gets a mail. The response contains backup codes if the account has none.
#[utoipa::path(
    tag = "me",
    operation_id = "addPasskey",
    security(("bearer" = [])),
    request_body = NewPasskeyBody,
    responses(
        (status = 201, description = "The passkey is added.", body = PasskeyAdded),
        Caller<RecentAuthentication<MayEnroll>>,
        Validated,
        Overloadable,
        (status = 401, description = "`challenge_invalid` (the ceremony belongs to another session, was used before, or has expired), `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 409, description = "`conflict`: the passkey is registered already, or the account has the maximum number of passkeys"),
        (status = 422, description = "`validation_failed`, also for a credential that does not match the options"),
    ),
)]
#[post("/api/v1/me/passkeys")]
pub async fn add(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<RecentAuthentication<MayEnroll>>, NewPasskeyBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let request = PasskeyRequest {
        principal: caller.principal(client),
        ceremony: body.ceremony,
        credential: body.credential,
        name: body.name,
        link: None,
    };
    let (added, codes) = state.run(|app| async move { app.authn.passkeys.enroll(request).await }).await?;
    Ok(HttpResponse::Created().json(PasskeyAdded::of(added, codes)))
}

/// List the caller's passkeys
#[utoipa::path(
    tag = "me",
    operation_id = "listPasskeys",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All passkeys, the oldest first.", body = Page<PasskeyItem>),
        Caller<Unlimited>,
    ),
)]
#[get("/api/v1/me/passkeys")]
pub async fn list(state: Data<AppState>, caller: Caller<Unlimited>) -> Result<HttpResponse, Problem> {
    let user = caller.user_id;
    let found = state.run(|app| async move { app.store.passkeys(user).await }).await?;
    Ok(HttpResponse::Ok().json(Page::whole(found.into_iter().map(item).collect())))
}

/// Rename a passkey
#[utoipa::path(
    tag = "me",
    operation_id = "renamePasskey",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the passkey")),
    request_body = PasskeyNameBody,
    responses(
        (status = 200, description = "The passkey with its new name.", body = PasskeyItem),
        Caller<Unlimited>,
        Validated,
        (status = 404, description = "`not_found`, also for another user's passkey"),
    ),
)]
#[patch("/api/v1/me/passkeys/{id}")]
pub async fn rename(
    state: Data<AppState>,
    caller: Caller<Unlimited>,
    id: Path<String>,
    body: Json<PasskeyNameBody>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    let (acting_session, name) = (caller.acting_session(), body.0.name);
    let renamed =
        state.run(|app| async move { app.authn.passkeys.rename(acting_session, id, &name).await }).await?;
    Ok(HttpResponse::Ok().json(item(renamed)))
}

/// Remove a passkey
///
/// Revokes the caller's other sessions and forgets all trusted devices. The owner gets a mail.
#[utoipa::path(
    tag = "me",
    operation_id = "removePasskey",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the passkey")),
    responses(
        (status = 204, description = "The passkey is removed."),
        Caller<RecentAuthentication>,
        (status = 404, description = "`not_found`, also for another user's passkey"),
        (status = 409, description = "`conflict`: the policy requires a second factor, and this is the last one"),
    ),
)]
#[delete("/api/v1/me/passkeys/{id}")]
pub async fn remove(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (id, principal) = (path_id(&id)?, caller.principal(client));
    state.run(|app| async move { app.authn.passkeys.remove(&principal, id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl PasskeyAdded {
    pub(super) fn of(added: StoredPasskey, codes: Option<Vec<Secret<String>>>) -> Self {
        Self { passkey: item(added), codes: BackupCodesBody::of(codes) }
    }
}

fn item(passkey: StoredPasskey) -> PasskeyItem {
    PasskeyItem {
        id: passkey.id,
        name: passkey.name,
        created_at: passkey.created_at.rfc3339(),
        last_used_at: passkey.last_used_at.map(Timestamp::rfc3339),
        synced: passkey.backup_eligible,
        backed_up: passkey.backed_up,
        provider: passkey.aaguid.and_then(passkey::provider),
        aaguid: passkey.aaguid,
    }
}
