//! `/api/v1/admin/users`: accounts.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::account::{AdministrationError, NewUser, ProfileChange};
use crate::http::dto::account::AccountItem;
use crate::http::dto::page::Page;
use crate::http::dto::roles::{RoleName, roles};
use crate::http::dto::words::{AccountStateName, PageCursor, PageLimit, SearchText};
use crate::http::extract::administrator::{Administrator, Manage, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::nullable::nullable;
use crate::http::extract::path_id::path_id;
use crate::http::extract::query::Query;
use crate::http::problem::{Code, Filtered, NotFound, Problem, Validated};
use crate::http::state::AppState;
use crate::model::external_id::{ExternalId, InvalidExternalId};
use crate::model::locale::Locale;
use crate::store::StoreError;
use crate::store::account::directory::{AccountFilter, AccountRecord, AccountState};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserBody {
    #[schema(example = "grace@example.com", format = "idn-email", min_length = 3, max_length = 254)]
    email: String,
    #[schema(example = "Grace")]
    display_name: Option<String>,
    /// The roles of the account; always with `user`.
    #[serde(default)]
    roles: Vec<RoleName>,
    /// The language of mails, as a BCP 47 tag.
    #[schema(example = "en", pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length = 35)]
    locale: Option<String>,
    /// The id of the user in another system; at most one account has it.
    #[schema(
        example = "4711",
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])?$"
    )]
    external_id: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChangeBody {
    /// The new roles of the account; always with `user`.
    roles: Option<Vec<RoleName>>,
    /// `null` removes the name.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    display_name: Option<Option<String>>,
    /// The new address. It counts as verified if the former one did.
    #[schema(example = "grace@example.org", format = "idn-email", min_length = 3, max_length = 254)]
    email: Option<String>,
    /// The id of the user in another system; at most one account has it. `null` removes it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "4711", min_length = 1, max_length = 255, pattern = "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])?$")]
    external_id: Option<Option<String>>,
}

/// # Errors
/// A problem unless the text is an external id.
fn external_id(text: &str) -> Result<ExternalId, Problem> {
    text.parse().map_err(|error: InvalidExternalId| {
        Problem::field(Code::ValidationFailed, "external_id", "invalid", format!("This {error}."))
    })
}

/// List accounts
#[utoipa::path(
    tag = "admin",
    operation_id = "listUsers",
    security(("bearer" = [])),
    params(
        ("q" = inline(Option<SearchText>), Query, description = "Part of the address, the display name or the external id"),
        ("status" = inline(Option<AccountStateName>), Query, description = "`active`, `disabled`, `unverified`, `locked` or `erasing`"),
        ("limit" = inline(Option<PageLimit>), Query, description = "1 to 100, by default 50"),
        ("cursor" = inline(Option<PageCursor>), Query, description = "The `next_cursor` of the previous page"),
    ),
    responses(
        (status = 200, description = "A page of accounts, the newest first.", body = Page<AccountItem>),
        Caller<Administrator<Read>>,
        Filtered,
    ),
)]
#[get("/api/v1/admin/users")]
pub async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    _caller: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["q", "status", "limit", "cursor"])?;
    let expected = "This must be one of: active, disabled, unverified, locked, erasing.";
    let state_wanted: Option<AccountState> = query.parsed("status", expected)?;
    let filter = AccountFilter { text: query.text("q").map(str::to_owned), state: state_wanted };
    let window = query.window()?;
    let (accounts, seen) = state
        .run(|app| async move {
            let accounts = app.store.accounts(&filter, window).await?;
            let ids: Vec<Uuid> = accounts.items.iter().map(|account| account.id).collect();
            let seen = app.store.last_seen(&ids).await?;
            Ok::<_, StoreError>((accounts, seen))
        })
        .await?;
    let item = |account: AccountRecord| {
        let last_seen = seen.get(&account.id).copied();
        AccountItem::of(account, last_seen)
    };
    Ok(HttpResponse::Ok().json(Page::of(accounts, item)))
}

/// The account with what is known beside it.
async fn item(state: &Data<AppState>, account: AccountRecord) -> Result<AccountItem, Problem> {
    let id = account.id;
    let seen = state.run(|app| async move { app.store.last_seen(&[id]).await }).await?;
    Ok(AccountItem::of(account, seen.get(&id).copied()))
}

/// Create an account
///
/// The account has no password. Its owner gets a mail with a link to set one, which also verifies the address.
#[utoipa::path(
    tag = "admin",
    operation_id = "createUser",
    security(("bearer" = [])),
    request_body = NewUserBody,
    responses(
        (status = 201, description = "The account exists.", body = AccountItem),
        Caller<Administrator<Manage>>,
        Validated,
        (status = 409, description = "`email_taken`; `conflict`: another account has the external id"),
    ),
)]
#[post("/api/v1/admin/users")]
pub async fn create(
    state: Data<AppState>,
    request: Guarded<Caller<Administrator<Manage>>, NewUserBody>,
) -> Result<HttpResponse, Problem> {
    let (principal, body) = (request.caller.0.principal, request.body);
    let locale = body.locale.as_deref().map(str::parse::<Locale>).transpose().map_err(|error| {
        Problem::field(Code::ValidationFailed, "locale", "invalid", format!("This {error}."))
    })?;
    let user = NewUser {
        external_id: body.external_id.as_deref().map(external_id).transpose()?,
        email: body.email,
        display_name: body.display_name,
        roles: roles(&body.roles),
        locale,
    };
    let account =
        state.run(|app| async move { app.administration.create_user(&principal, user).await }).await?;
    // No one has a session in it yet.
    Ok(HttpResponse::Created().json(AccountItem::of(account, None)))
}

/// Show an account
#[utoipa::path(
    tag = "admin",
    operation_id = "getUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    responses(
        (status = 200, description = "The account.", body = AccountItem),
        Caller<Administrator<Read>>,
        NotFound,
    ),
)]
#[get("/api/v1/admin/users/{id}")]
pub async fn show(
    state: Data<AppState>,
    _caller: Caller<Administrator<Read>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    let found = state.run(|app| async move { app.store.account_record(id).await }).await?;
    let account = found.ok_or(AdministrationError::UnknownAccount)?;
    Ok(HttpResponse::Ok().json(item(&state, account).await?))
}

/// Change an account's roles, name, address or external id
///
/// Callers cannot change their own roles or address, and the last active administrator must remain one. A new address is
/// told to both mailboxes, and the links that were mailed to the former one become void.
#[utoipa::path(
    tag = "admin",
    operation_id = "updateUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    request_body = ProfileChangeBody,
    responses(
        (status = 200, description = "The account after the change.", body = AccountItem),
        Caller<Administrator<Manage>>,
        Validated,
        NotFound,
        (status = 409, description = "`conflict`: this is the last active administrator, or another account has the external id; `email_taken`"),
    ),
)]
#[patch("/api/v1/admin/users/{id}")]
pub async fn change(
    state: Data<AppState>,
    request: Guarded<Caller<Administrator<Manage>>, ProfileChangeBody>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (principal, target, body) = (request.caller.0.principal, path_id(&id)?, request.body);
    let change = ProfileChange {
        roles: body.roles.as_deref().map(roles),
        display_name: body.display_name,
        email: body.email,
        external_id: match body.external_id {
            Some(id) => Some(id.as_deref().map(external_id).transpose()?),
            None => None,
        },
    };
    let account =
        state.run(|app| async move { app.administration.change(&principal, target, &change).await }).await?;
    Ok(HttpResponse::Ok().json(item(&state, account).await?))
}

/// Erase an account
///
/// It is erased at once and for good, and its owner is told by mail. Callers cannot erase their own account here, and the
/// last active administrator cannot be erased.
#[utoipa::path(
    tag = "admin",
    operation_id = "eraseUser",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    responses(
        (status = 204, description = "The account is erased."),
        Caller<Administrator<Manage>>,
        NotFound,
        (status = 409, description = "`conflict`: this is the last active administrator"),
    ),
)]
#[delete("/api/v1/admin/users/{id}")]
pub async fn erase(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    state
        .run(|app| async move { app.privacy.erase_for(&app.administration, &caller.principal, target).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
