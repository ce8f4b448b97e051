//! `/api/v1/me/mfa`: the second factors of the caller.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::http::dto::backup_codes::BackupCodesBody;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::policy::{MayEnroll, RecentAuthentication};
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

/// The second factors of the account, without their secrets.
#[derive(Serialize, ToSchema)]
pub struct MfaView {
    /// Whether a login requires a second factor.
    enrolled: bool,
    /// Whether the account must have a second factor (`mfa.policy`). Until it has one, its sessions can do little else
    /// than enroll one, and the last one cannot be removed.
    required: bool,
    /// The methods by which a challenge can be answered.
    #[schema(example = json!(["totp", "backup_code"]))]
    methods: Vec<&'static str>,
    /// The authenticator app, if one is confirmed.
    totp: Option<TotpView>,
    /// The phone number for codes by SMS, if one is confirmed.
    sms: Option<SmsView>,
    /// The number of unused backup codes.
    backup_codes_left: u32,
    /// The number of passkeys.
    passkeys: u32,
}

#[derive(Serialize, ToSchema)]
pub struct TotpView {
    #[schema(format = DateTime)]
    confirmed_at: String,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SmsView {
    /// The last digits of the number; absent if this server cannot decrypt it.
    #[schema(example = "•••• 42")]
    to: Option<String>,
    #[schema(format = DateTime)]
    confirmed_at: String,
}

/// The secret of an authenticator app. It is shown only once.
#[derive(Serialize, ToSchema)]
pub struct TotpEnrollmentBody {
    /// In base32, to be typed in.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", format = Password)]
    secret: String,
    #[schema(example = "otpauth://totp/Kindred:ada@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kindred", format = Password)]
    otpauth_uri: String,
    /// The URI as a QR code, an SVG document.
    #[schema(example = "<svg xmlns='http://www.w3.org/2000/svg'/>", format = Password)]
    qr_svg: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCodeBody {
    /// The code that the app shows.
    #[schema(example = "492039", format = Password)]
    code: String,
}

/// Show the second factors of the account
#[utoipa::path(
    tag = "me",
    operation_id = "getSecondFactors",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The second factors.", body = MfaView),
        Caller<MayEnroll>,
    ),
)]
#[get("/api/v1/me/mfa")]
pub async fn second_factors(
    state: Data<AppState>,
    caller: Caller<MayEnroll>,
) -> Result<HttpResponse, Problem> {
    let user_id = caller.user_id;
    let found = state.run(|app| async move { app.authn.mfa.second_factors(user_id).await }).await?;
    let totp = found.totp.and_then(|totp| {
        let confirmed_at = totp.confirmed_at?.rfc3339();
        Some(TotpView { confirmed_at, last_used_at: totp.last_used_at.map(Timestamp::rfc3339) })
    });
    Ok(HttpResponse::Ok().json(MfaView {
        enrolled: found.factors.is_enrolled(),
        required: state.authn.mfa.policy().binds(caller.claims.roles()),
        methods: found.factors.methods(),
        totp,
        sms: found
            .phone
            .map(|phone| SmsView { to: phone.masked, confirmed_at: phone.confirmed_at.rfc3339() }),
        backup_codes_left: found.factors.backup_codes,
        passkeys: found.factors.passkeys,
    }))
}

/// Begin to enroll an authenticator app
///
/// The app becomes a second factor when a code of it is confirmed. A new beginning replaces one that was not confirmed.
#[utoipa::path(
    tag = "me",
    operation_id = "beginTotpEnrollment",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The secret for the app.", body = TotpEnrollmentBody),
        Caller<RecentAuthentication<MayEnroll>>,
        (status = 409, description = "`conflict`: the account already has an authenticator app"),
    ),
)]
#[post("/api/v1/me/mfa/totp")]
pub async fn begin_totp(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication<MayEnroll>>,
) -> Result<HttpResponse, Problem> {
    let principal = caller.principal(client);
    let begun = state.run(|app| async move { app.authn.totp.begin(&principal).await }).await?;
    Ok(HttpResponse::Ok().json(TotpEnrollmentBody {
        secret: begun.secret.expose().clone(),
        otpauth_uri: begun.otpauth_uri.expose().clone(),
        qr_svg: begun.qr_svg.expose().clone(),
    }))
}

/// Confirm an authenticator app
///
/// From now on logins require a second factor. The code cannot be used again. From its next refresh on, this session has
/// two factors.
#[utoipa::path(
    tag = "me",
    operation_id = "confirmTotpEnrollment",
    security(("bearer" = [])),
    request_body = TotpCodeBody,
    responses(
        (status = 200, description = "The app is a second factor.", body = BackupCodesBody),
        Caller<RecentAuthentication<MayEnroll>>,
        Validated,
        Overloadable,
        (status = 401, description = "`mfa_code_invalid`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 409, description = "`conflict`: no enrollment was begun, or the account already has an authenticator app"),
    ),
)]
#[post("/api/v1/me/mfa/totp/confirm")]
pub async fn confirm_totp(
    state: Data<AppState>,
    client: Client,
    request: Guarded<Caller<RecentAuthentication<MayEnroll>>, TotpCodeBody>,
) -> Result<HttpResponse, Problem> {
    let principal = request.caller.principal(client);
    let code = Secret::new(request.body.code);
    let codes = state.run(|app| async move { app.authn.totp.confirm(&principal, &code).await }).await?;
    Ok(HttpResponse::Ok().json(BackupCodesBody::of(codes)))
}

/// Remove the authenticator app
///
/// Revokes the user's other sessions and forgets all trusted devices. With the last app or passkey, the phone number and
/// the backup codes are removed as well.
#[utoipa::path(
    tag = "me",
    operation_id = "removeTotp",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The account has no authenticator app."),
        Caller<RecentAuthentication>,
        (status = 409, description = "`conflict`: the policy requires a second factor, and this is the last one"),
    ),
)]
#[delete("/api/v1/me/mfa/totp")]
pub async fn remove_totp(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let principal = caller.principal(client);
    state.run(|app| async move { app.authn.totp.remove(&principal).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Generate new backup codes
///
/// The old ones become void.
#[utoipa::path(
    tag = "me",
    operation_id = "regenerateBackupCodes",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The new backup codes, which are shown only once.", body = BackupCodesBody),
        Caller<RecentAuthentication>,
        Overloadable,
        (status = 409, description = "`conflict`: the account has no other second factor, which backup codes require"),
    ),
)]
#[post("/api/v1/me/mfa/backup-codes")]
pub async fn renew_backup_codes(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let principal = caller.principal(client);
    let codes = state.run(|app| async move { app.authn.backup_codes.renew(&principal).await }).await?;
    Ok(HttpResponse::Ok().json(BackupCodesBody::of(Some(codes))))
}
