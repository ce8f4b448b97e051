//! `/api/v1/admin/signing-keys`

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::dto::page::Page;
use crate::http::dto::words::SigningAlgorithmName;
use crate::http::extract::administrator::{Administrator, Manage, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::query::Query;
use crate::http::problem::{Filtered, NotFound, Problem};
use crate::http::state::AppState;
use crate::keys::rotation::{ListedKey, Retired, Rotated};
use crate::model::signing_algorithm::SigningAlgorithm;

const PARAMETERS: [&str; 1] = ["algorithm"];
const RETIREMENT: [&str; 1] = ["now"];

/// A key that access tokens are signed with. Its public half is in the JWK Set.
#[derive(Serialize, ToSchema)]
pub struct SigningKeyItem {
    /// The name of the key in the header of tokens: the thumbprint of its public half (RFC 7638).
    #[schema(example = "EsSAZUaOwv_aYcOgVHF2atLtsadEHCLdqWd-viz9NOg")]
    pub kid: String,
    /// `ES256` or `Ed25519`.
    #[schema(example = "ES256")]
    pub algorithm: String,
    /// `standby` (published, does not sign yet), `active` (signs) or `retired` (its tokens are still accepted).
    #[schema(example = "standby")]
    pub state: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it began to sign.
    #[schema(format = DateTime)]
    pub activated_at: Option<String>,
    /// When it stopped.
    #[schema(format = DateTime)]
    pub retired_at: Option<String>,
    /// When a key on standby may begin to sign, and when a retired one is removed.
    #[schema(format = DateTime)]
    pub next_step_at: Option<String>,
}

impl From<ListedKey> for SigningKeyItem {
    fn from(key: ListedKey) -> Self {
        Self {
            kid: key.kid,
            algorithm: key.algorithm.to_owned(),
            state: key.state.to_owned(),
            created_at: key.created_at.rfc3339(),
            activated_at: key.activated_at.map(|at| at.rfc3339()),
            retired_at: key.retired_at.map(|at| at.rfc3339()),
            next_step_at: key.next_step_at.map(|at| at.rfc3339()),
        }
    }
}

/// The keys after a rotation.
#[derive(Serialize, ToSchema)]
pub struct RotatedKeys {
    #[schema(example = "ES256")]
    pub algorithm: String,
    /// The `kid` of the key that signs from now on.
    #[schema(example = "EsSAZUaOwv_aYcOgVHF2atLtsadEHCLdqWd-viz9NOg")]
    pub active: String,
    /// The one that no longer does; its tokens are still accepted. `null` for the first key of an algorithm.
    #[schema(example = "rrvBD5DhLwjuhV8UKEeyPpm12exs84ytaSJDI4h9YAI")]
    pub retired: Option<String>,
    /// The new one, which is next.
    #[schema(example = "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")]
    pub standby: String,
}

impl From<Rotated> for RotatedKeys {
    fn from(rotated: Rotated) -> Self {
        Self {
            algorithm: rotated.algorithm.to_owned(),
            active: rotated.active,
            retired: rotated.retired,
            standby: rotated.standby,
        }
    }
}

/// List the signing keys
#[utoipa::path(
    tag = "admin",
    operation_id = "listSigningKeys",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All keys that can be used, in the order in which they were made.", body = Page<SigningKeyItem>),
        Caller<Administrator<Read>>,
    ),
)]
#[get("/api/v1/admin/signing-keys")]
pub async fn list(
    state: Data<AppState>,
    _caller: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let keys = state.run(|app| async move { app.administration.signing_keys.list().await }).await?;
    Ok(HttpResponse::Ok().json(Page::whole(keys.into_iter().map(SigningKeyItem::from).collect())))
}

/// Rotate the signing keys
///
/// The key on standby takes over, the active one is retired, and a new one is published. The tokens of a retired key are
/// accepted for `keys.retired_for`. A key signs only after it has been published for `keys.standby_for`: until then the
/// answer is 409 `conflict` with `Retry-After`, and also while two retired keys are still accepted. Requires an
/// administrator with a recent authentication.
#[utoipa::path(
    tag = "admin",
    operation_id = "rotateSigningKeys",
    security(("bearer" = [])),
    params(
        ("algorithm" = inline(Option<SigningAlgorithmName>), Query, description = "`ES256` or `Ed25519`; by default the one that signs access tokens"),
    ),
    responses(
        (status = 200, description = "Another key signs.", body = RotatedKeys),
        Caller<Administrator<Manage>>,
        Filtered,
        (status = 409, description = "`conflict`: the next key has not been published for long enough, or two retired keys are still accepted"),
    ),
)]
#[post("/api/v1/admin/signing-keys/rotate")]
pub async fn rotate(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &PARAMETERS)?;
    let algorithm: Option<SigningAlgorithm> = query.parsed("algorithm", "This algorithm is not known.")?;
    let rotated =
        state
            .run(move |app| async move {
                app.administration.rotate_signing_key(&caller.principal, algorithm).await
            })
            .await?;
    Ok(HttpResponse::Ok().json(RotatedKeys::from(rotated)))
}

/// The keys after a retirement.
#[derive(Serialize, ToSchema)]
pub struct RetiredKey {
    #[schema(example = "rrvBD5DhLwjuhV8UKEeyPpm12exs84ytaSJDI4h9YAI")]
    pub kid: String,
    #[schema(example = "ES256")]
    pub algorithm: String,
    /// The state that the key had.
    #[schema(example = "active")]
    pub was: String,
    /// Whether its tokens are refused from now on.
    pub now: bool,
    /// The `kid` of the key that signs.
    #[schema(example = "EsSAZUaOwv_aYcOgVHF2atLtsadEHCLdqWd-viz9NOg")]
    pub active: Option<String>,
    /// The one that is next.
    #[schema(example = "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")]
    pub standby: Option<String>,
}

impl From<Retired> for RetiredKey {
    fn from(retired: Retired) -> Self {
        Self {
            kid: retired.kid,
            algorithm: retired.algorithm,
            was: retired.was,
            now: retired.now,
            active: retired.active,
            standby: retired.standby,
        }
    }
}

/// Retire a signing key
///
/// By default in its turn: the active key by a rotation (409 `conflict` if the next one must still wait), and a key on
/// standby by another one in its place. With `now=true`, for a key that may have been stolen, its tokens are refused at
/// once, by other nodes within a second, and the next key signs without waiting: clients refresh their tokens, and
/// services that cache the JWK Set must fetch it again. Requires an administrator with a recent authentication.
#[utoipa::path(
    tag = "admin",
    operation_id = "retireSigningKey",
    security(("bearer" = [])),
    params(
        ("kid" = String, Path, description = "The `kid` of the key"),
        ("now" = Option<bool>, Query, description = "Whether its tokens are refused at once; by default `false`"),
    ),
    responses(
        (status = 200, description = "The key is retired.", body = RetiredKey),
        Caller<Administrator<Manage>>,
        Filtered,
        NotFound,
        (status = 409, description = "`conflict`: the next key must still wait, or the key is retired already"),
    ),
)]
#[post("/api/v1/admin/signing-keys/{kid}/retire")]
pub async fn retire(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    kid: Path<String>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &RETIREMENT)?;
    let is_now = query.parsed("now", "This must be true or false.")?.unwrap_or(false);
    let retired = state
        .run(move |app| async move {
            app.administration.retire_signing_key(&caller.principal, &kid, is_now).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(RetiredKey::from(retired)))
}
