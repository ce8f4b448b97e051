//! `POST /api/v1/auth/password/forgot`, `/password/reset`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::known_device::address_proven;
use crate::authn::{PresentedFactor, ResetRequest};
use crate::http::dto::link::{AddressProven, RequestAccepted, accepted};
use crate::http::dto::tokens::Transport;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::extract::object::optional_object;
use crate::http::extract::throttled::{Counted, Forgotten};
use crate::http::problem::{Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::model::captcha::Action;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotBody {
    #[schema(example = "ada@example.com", format = "idn-email", min_length = 3, max_length = 254)]
    email: String,
    /// The `device_token` of this device's last login. The mail is then sent at once, up to five times an hour, no matter
    /// how often others request one.
    #[schema(format = Password)]
    device_token: Option<String>,
    /// The answer to a CAPTCHA for the action `forgot`, where one is demanded.
    #[schema(format = Password)]
    captcha_token: Option<String>,
    /// `cookie`: the device token is in the cookie of this browser.
    #[serde(default)]
    transport: Transport,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetBody {
    /// The value of `token` in the link.
    #[schema(format = Password)]
    token: String,
    #[schema(example = "lantern orbit velvet drizzle", min_length = 8, max_length = 256, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", format = Password)]
    new_password: String,
    /// A second factor, for an account that has one. It is required if `mfa.reset_requires_factor` is set.
    #[serde(default, deserialize_with = "optional_object")]
    mfa: Option<ResetFactorBody>,
    /// How the device token is transmitted; `bearer` by default.
    #[serde(default)]
    transport: Transport,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetFactorBody {
    method: ResetMethod,
    /// The code of the app, or a backup code.
    #[schema(example = "492039", format = Password)]
    code: String,
}

/// The second factors that need no challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetMethod {
    /// A code of an authenticator app.
    Totp,
    /// One of the account's backup codes.
    BackupCode,
}

impl ResetFactorBody {
    fn present(self) -> PresentedFactor {
        let code = Secret::new(self.code);
        match self.method {
            ResetMethod::Totp => PresentedFactor::Totp(code),
            ResetMethod::BackupCode => PresentedFactor::BackupCode(code),
        }
    }
}

/// Request a link to reset the password
///
/// The response is the same for every address and is sent before an account is looked up. The account does not change
/// until the link is used, and links that were sent before remain valid. If five links are valid, the newest of them is
/// sent again, at intervals that grow up to 15 minutes.
#[utoipa::path(
    tag = "auth",
    operation_id = "requestPasswordReset",
    request_body = ForgotBody,
    responses(
        (status = 202, description = "If there is something to send, it is sent.", body = RequestAccepted),
        (status = 403, description = "`captcha_required`, `captcha_invalid`: where `captcha.forgot` is set; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        Validated,
        Overloadable,
        RateLimited,
    ),
)]
#[post("/api/v1/auth/password/forgot")]
pub async fn forgot(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    _: Counted<Forgotten>,
    body: Json<ForgotBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let delivery = body.transport.delivery(&request)?;
    let device_token = delivery.device_token(&request, body.device_token).map(Secret::new);
    state
        .run(|app| async move {
            app.authn.captcha.demand(body.captcha_token.as_deref(), Action::Forgot).await?;
            let recovery = &app.authn.recovery;
            Ok::<_, Problem>(recovery.forgot_password(&body.email, device_token, client.context).await?)
        })
        .await?;
    Ok(accepted())
}

/// Set a new password with a link
///
/// Revokes all of the user's sessions and opens none. The next login requires the second factor, if the account has one.
/// If the address was not verified before, all second factors and profile data are removed, because someone else may have
/// created the account. The link remains valid after a password that is not acceptable or a wrong second factor.
#[utoipa::path(
    tag = "auth",
    operation_id = "resetPassword",
    request_body = PasswordResetBody,
    responses(
        (status = 200, description = "The password is set, and all sessions are revoked.", body = AddressProven),
        Validated,
        Overloadable,
        (status = 401, description = "`token_invalid`: the link is wrong, expired, void or was used before; `mfa_code_invalid`"),
        (status = 403, description = "`step_up_required`: the request must contain a second factor; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        (status = 422, description = "`validation_failed`, `weak_password`, `breached_password`"),
        (status = 429, description = "`rate_limited`: the second factor is locked"),
    ),
)]
#[post("/api/v1/auth/password/reset")]
pub async fn reset(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    body: Json<PasswordResetBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let delivery = body.transport.delivery(&request)?;
    let reset = ResetRequest {
        token: Secret::new(body.token),
        new_password: Secret::new(body.new_password),
        second_factor: body.mfa.map(ResetFactorBody::present),
        context: client.context,
    };
    let user_id =
        state.run_for_stranger(|app| async move { app.authn.recovery.reset_password(reset).await }).await?;
    Ok(address_proven(&request, &state, &delivery, user_id).await)
}
