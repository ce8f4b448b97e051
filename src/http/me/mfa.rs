//! `/api/v1/me/mfa`: the second factors of the signed-in user.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::authn::FactorOwner;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::policy::{MayEnroll, RecentAuthentication};
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::http::text;
use crate::secret::Secret;
use crate::session::verifier;

/// Which second factors there are. Nothing of it is a secret.
#[derive(Serialize, ToSchema)]
pub struct MfaView {
    /// Whether a login asks for a second factor.
    enrolled: bool,
    /// Whether the account must have one (`mfa.policy`): until it does, its sessions can do little else than enrol
    /// one, and the last one cannot be removed.
    required: bool,
    /// What can answer a challenge.
    #[schema(example = json!(["totp", "backup_code"]))]
    methods: Vec<&'static str>,
    /// The authenticator app, if it is confirmed.
    totp: Option<TotpView>,
    /// The number for codes by SMS, if it is confirmed.
    sms: Option<SmsView>,
    /// How many backup codes are left.
    backup_codes_left: u32,
    /// How many passkeys there are.
    passkeys: u32,
}

#[derive(Serialize, ToSchema)]
pub struct TotpView {
    confirmed_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SmsView {
    /// The end of the number; absent if this server cannot read it.
    #[schema(example = "•••• 42")]
    to: Option<String>,
    confirmed_at: String,
}

/// What an authenticator app is set up with. Shown once.
#[derive(Serialize, ToSchema)]
pub struct TotpEnrollmentBody {
    /// In base 32, for who types it.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", format = Password)]
    secret: String,
    #[schema(format = Password)]
    otpauth_uri: String,
    /// The same as a QR code: an SVG document.
    #[schema(format = Password)]
    qr_svg: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    /// What the app shows.
    #[schema(example = "492039", format = Password)]
    code: String,
}

/// Codes for the day the phone is gone. Shown once.
#[derive(Serialize, ToSchema)]
pub struct BackupCodesBody {
    /// Absent if the account has some already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["7k3mq-x9t2p"]))]
    backup_codes: Option<Vec<String>>,
}

impl BackupCodesBody {
    pub fn of(codes: Option<Vec<Secret<String>>>) -> Self {
        let shown = |codes: Vec<Secret<String>>| codes.iter().map(|code| code.expose().clone()).collect();
        Self { backup_codes: codes.map(shown) }
    }
}

/// The second factors of the account
#[utoipa::path(
    tag = "me",
    operation_id = "getSecondFactors",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What there is.", body = MfaView),
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
        let confirmed_at = text::time(totp.confirmed_at?);
        Some(TotpView { confirmed_at, last_used_at: totp.last_used_at.map(text::time) })
    });
    Ok(HttpResponse::Ok().json(MfaView {
        enrolled: found.factors.is_enrolled(),
        required: state.authn.mfa.policy().binds(caller.claims.roles()),
        methods: found.factors.methods(),
        totp,
        sms: found
            .phone
            .map(|phone| SmsView { to: phone.masked, confirmed_at: text::time(phone.confirmed_at) }),
        backup_codes_left: found.factors.backup_codes,
        passkeys: found.factors.passkeys,
    }))
}

/// Begin to enrol an authenticator app
///
/// Nothing counts before a code of it is confirmed; to begin again takes the place of what was not.
#[utoipa::path(
    tag = "me",
    operation_id = "beginTotpEnrollment",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What the app is set up with.", body = TotpEnrollmentBody),
        Caller<RecentAuthentication<MayEnroll>>,
        (status = 409, description = "`conflict`: there is one already"),
    ),
)]
#[post("/api/v1/me/mfa/totp")]
pub async fn begin_totp(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication<MayEnroll>>,
) -> Result<HttpResponse, Problem> {
    let owner = owner(&caller, client);
    let begun = state.run(|app| async move { app.authn.totp.begin(&owner).await }).await?;
    Ok(HttpResponse::Ok().json(TotpEnrollmentBody {
        secret: begun.secret.expose().clone(),
        otpauth_uri: begun.otpauth_uri.expose().clone(),
        qr_svg: begun.qr_svg.expose().clone(),
    }))
}

/// Confirm an authenticator app
///
/// From now on logins ask for it. The code is spent. This session rests on two factors from its next refresh on.
#[utoipa::path(
    tag = "me",
    operation_id = "confirmTotpEnrollment",
    security(("bearer" = [])),
    request_body = ConfirmBody,
    responses(
        (status = 200, description = "The app is a second factor now.", body = BackupCodesBody),
        Caller<RecentAuthentication<MayEnroll>>,
        Validated,
        Overloadable,
        (status = 401, description = "`mfa_code_invalid`, `token_missing`, `token_invalid`, `token_expired`, `session_revoked`"),
        (status = 409, description = "`conflict`: nothing was begun, or there is one already"),
    ),
)]
#[post("/api/v1/me/mfa/totp/confirm")]
pub async fn confirm_totp(
    state: Data<AppState>,
    client: Client,
    request: Guarded<Caller<RecentAuthentication<MayEnroll>>, ConfirmBody>,
) -> Result<HttpResponse, Problem> {
    let owner = owner(&request.caller.0, client);
    let code = Secret::new(request.body.code);
    let codes = state.run(|app| async move { app.authn.totp.confirm(&owner, &code).await }).await?;
    Ok(HttpResponse::Ok().json(BackupCodesBody::of(codes)))
}

/// Remove the authenticator app
///
/// Ends the user's other sessions, and trusts no device any more. With the last app or passkey the phone and the
/// backup codes go as well.
#[utoipa::path(
    tag = "me",
    operation_id = "removeTotp",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "There is none any more."),
        Caller<RecentAuthentication>,
        (status = 409, description = "`conflict`: the policy requires a second factor, and this is the last"),
    ),
)]
#[delete("/api/v1/me/mfa/totp")]
pub async fn remove_totp(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let owner = owner(&caller, client);
    state.run(|app| async move { app.authn.totp.remove(&owner).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make new backup codes
///
/// The old ones are void from now on.
#[utoipa::path(
    tag = "me",
    operation_id = "regenerateBackupCodes",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The new ones, shown once.", body = BackupCodesBody),
        Caller<RecentAuthentication>,
        Overloadable,
        (status = 409, description = "`conflict`: there is no second factor that they could stand beside"),
    ),
)]
#[post("/api/v1/me/mfa/backup-codes")]
pub async fn renew_backup_codes(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let owner = owner(&caller, client);
    let codes = state.run(|app| async move { app.authn.backup_codes.renew(&owner).await }).await?;
    Ok(HttpResponse::Ok().json(BackupCodesBody::of(Some(codes))))
}

pub fn owner(caller: &verifier::Authenticated, client: Client) -> FactorOwner {
    FactorOwner { user_id: caller.user_id, session_id: caller.session_id, context: client.context }
}
