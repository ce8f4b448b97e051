//! `POST /api/v1/auth/email/verify`, `/email/verify/decline`, `/email/verify/new-password`, `/email/verify/resend`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authn::{EmailCredential, VerifyEmailRequest};
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::extract::policy::OptionalSession;
use crate::http::problem::{Code, LinkInvalid, Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// What stands behind `token=` in the link.
    #[schema(format = Password)]
    pub token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    #[schema(example = "ada@example.com", max_length = 254)]
    pub email: String,
}

/// The answer to whoever asks for a mail.
#[derive(Serialize, ToSchema)]
pub struct RequestAccepted {
    /// `accepted`: if there is something to send to the address, it is sent.
    pub status: &'static str,
}

/// The one answer, whatever the address is to us.
pub fn accepted() -> HttpResponse {
    HttpResponse::Accepted().json(RequestAccepted { status: "accepted" })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// What stands behind `token=` in the link.
    #[schema(format = Password)]
    token: String,
    /// The password that the account was registered with.
    #[schema(example = "lantern orbit velvet drizzle", max_length = 256, format = Password)]
    password: Option<String>,
    /// Instead of the password: what the answer to the registration gave to this client.
    #[schema(example = "kp1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password)]
    registration_secret: Option<String>,
}

impl VerifyBody {
    fn credential(
        password: Option<String>,
        secret: Option<String>,
    ) -> Result<Option<EmailCredential>, Problem> {
        match (password, secret) {
            (Some(_), Some(_)) => Err(Problem::field(
                Code::ValidationFailed,
                "registration_secret",
                "invalid",
                "Either the password or the secret of the registration, not both.",
            )),
            (Some(password), None) => Ok(Some(EmailCredential::Password(Secret::new(password)))),
            (None, Some(secret)) => Ok(Some(EmailCredential::RegistrationSecret(Secret::new(secret)))),
            (None, None) => Ok(None),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPasswordBody {
    /// What stands behind `token=` in the link.
    #[schema(format = Password)]
    token: String,
    #[schema(example = "lantern orbit velvet drizzle", max_length = 256, format = Password)]
    new_password: String,
}

/// The answer to someone who has proven to own the address.
#[derive(Serialize, ToSchema)]
pub struct AddressProven {
    /// Makes this device a known one, so that strangers who guess at the password do not keep its owner out. Logins
    /// from this device send it as `device_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Password)]
    pub device_token: Option<String>,
}

/// What was proven counts, also where the token cannot be made.
pub async fn address_proven(state: &Arc<AppState>, user_id: Uuid) -> HttpResponse {
    HttpResponse::Ok().json(AddressProven { device_token: known_device(state, user_id).await })
}

/// The token that makes the browser which gets the answer a known device.
pub async fn known_device(state: &Arc<AppState>, user_id: Uuid) -> Option<String> {
    match state.run(|app| async move { app.authn.devices.new_token(user_id, None).await }).await {
        Ok(token) => Some(token.expose().clone()),
        Err(_) => {
            tracing::warn!(%user_id, "cannot issue a device token; the change it was to come with is made");
            None
        }
    }
}

/// Verify an address
///
/// The link proves the mailbox, and the password or the registration's secret that its reader is the person who registered;
/// only both complete a registration, and then the others of the address are dropped. Someone who is signed in to the
/// account needs the link only. Opening the link changes nothing. Wrong passwords count.
#[utoipa::path(
    tag = "auth",
    operation_id = "verifyEmail",
    security((), ("bearer" = [])),
    request_body = VerifyBody,
    responses(
        (status = 200, description = "The address is verified.", body = AddressProven),
        Caller<OptionalSession>,
        Validated,
        Overloadable,
        (status = 401, description = "`token_invalid`: the link is wrong, expired, void or used up; `invalid_credentials`: the password or the secret is wrong; `token_expired`, `session_revoked`: of the access token"),
        (status = 429, description = "`rate_limited`: after wrong passwords"),
    ),
)]
#[post("/api/v1/auth/email/verify")]
pub async fn verify(
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<OptionalSession>, VerifyBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let session = caller.0.map(|caller| (caller.user_id, caller.session_id));
    let request = VerifyEmailRequest {
        token: Secret::new(body.token),
        credential: VerifyBody::credential(body.password, body.registration_secret)?,
        session,
        context: client.context,
    };
    let user_id = state.run(|app| async move { app.authn.registration.verify_email(request).await }).await?;
    Ok(address_proven(&state, user_id).await)
}

/// Say that one did not register
///
/// Drops the registration whose link this is; others of the address stay. An account that is there already stays as
/// well, and the link no longer verifies it.
#[utoipa::path(
    tag = "auth",
    operation_id = "declineRegistration",
    request_body = LinkBody,
    responses(
        (status = 204, description = "The registration is dropped."),
        Validated,
        LinkInvalid,
        Overloadable,
    ),
)]
#[post("/api/v1/auth/email/verify/decline")]
pub async fn decline(
    state: Data<AppState>,
    client: Client,
    body: Json<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let token = Secret::new(body.0.token);
    state
        .run_for_stranger(
            |app| async move { app.authn.registration.decline_email(&token, client.context).await },
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Verify an address with a password of one's own
///
/// For the owner of a mailbox who did not register, or does not know the password that was registered. All
/// registrations of the address are dropped, and nothing of them is taken over; what was enrolled in an account whose
/// address was not verified is removed, and its sessions end.
#[utoipa::path(
    tag = "auth",
    operation_id = "verifyEmailWithNewPassword",
    request_body = OwnPasswordBody,
    responses(
        (status = 200, description = "The address is verified, and the password set.", body = AddressProven),
        Validated,
        LinkInvalid,
        Overloadable,
        (status = 422, description = "`validation_failed`, `weak_password`"),
    ),
)]
#[post("/api/v1/auth/email/verify/new-password")]
pub async fn verify_with_new_password(
    state: Data<AppState>,
    client: Client,
    body: Json<OwnPasswordBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let (token, password) = (Secret::new(body.token), Secret::new(body.new_password));
    let proven = state.run(|app| async move {
        app.authn.recovery.verify_with_new_password(&token, &password, client.context).await
    });
    let user_id = proven.await?;
    Ok(address_proven(&state, user_id).await)
}

/// Send the verification mail again
///
/// Answers alike for every address, before it looks for an account. A mail is sent if there is one whose
/// address is not verified.
#[utoipa::path(
    tag = "auth",
    operation_id = "resendVerificationEmail",
    request_body = AddressBody,
    responses(
        (status = 202, description = "If there is something to send, it is sent.", body = RequestAccepted),
        Validated,
        Overloadable,
    ),
)]
#[post("/api/v1/auth/email/verify/resend")]
pub async fn resend(
    state: Data<AppState>,
    client: Client,
    body: Json<AddressBody>,
) -> Result<HttpResponse, Problem> {
    let email = body.0.email;
    state
        .run(|app| async move { app.authn.registration.resend_verification(&email, client.context).await })
        .await?;
    Ok(accepted())
}
