//! `POST /api/v1/auth/register`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::known_device::{known_device, with_device};
use crate::authn::{RegisterOutcome, RegisterRequest, Registered};
use crate::http::dto::tokens::Transport;
use crate::http::extract::client::Client;
use crate::http::extract::json::Json;
use crate::http::extract::presented::Delivery;
use crate::http::extract::throttled::{Counted, Registering};
use crate::http::problem::{Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::model::captcha::Action;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    #[schema(example = "ada@example.com", format = "idn-email", min_length = 3, max_length = 254)]
    email: String,
    /// From 8 characters (or more, if so configured) to 256. It must not be a common password, nor consist of the user's
    /// own data.
    #[schema(example = "lantern orbit velvet drizzle", min_length = 8, max_length = 256, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", format = Password)]
    password: String,
    #[schema(example = "Ada")]
    display_name: Option<String>,
    /// The token of an invitation's link. The address must be the invited one.
    #[schema(format = Password)]
    invitation_token: Option<String>,
    /// The answer to a CAPTCHA (`GET /api/v1/auth/captcha`), where one is demanded.
    captcha_token: Option<String>,
    /// The version of the terms that the user has accepted. It is required if `accounts.terms_version` is set.
    #[schema(
        example = "2026-11",
        min_length = 1,
        max_length = 64,
        pattern = "^[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u206f\\ufeff]([^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u206f\\ufeff]*[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u206f\\ufeff])?$"
    )]
    accepted_terms: Option<String>,
    /// The language of mails, as a BCP 47 tag.
    #[schema(example = "de", pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length = 35)]
    locale: Option<String>,
    /// `cookie`: the registration's secret or the device token are kept in a cookie; `bearer` by default.
    #[serde(default)]
    transport: Transport,
}

#[derive(Serialize, ToSchema)]
pub struct RegisterResponse {
    pub user: RegisteredUser,
    /// With an invitation: makes this device known to the account. Logins from this device send it as `device_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kd2_…", format = Password)]
    pub device_token: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct RegisteredUser {
    pub id: Uuid,
    #[schema(example = "ada@example.com")]
    pub email: String,
    #[schema(example = "Ada")]
    pub display_name: Option<String>,
    #[schema(example = json!(["user"]))]
    pub roles: Vec<&'static str>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// The answer if the address must be verified first.
#[derive(Serialize, ToSchema)]
pub struct VerificationSent {
    /// `verification_sent`, no matter whether the address already has an account.
    #[schema(example = "verification_sent")]
    pub status: &'static str,
    /// For `POST /api/v1/auth/email/verify`, instead of the password. It is of no use without the link. Absent in cookie
    /// transport.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kp1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password, nullable = false)]
    pub registration_secret: Option<String>,
}

/// Create an account
///
/// The address is stored in canonical form: in lower case, with the domain in the ASCII form of IDNA. If addresses must be
/// verified, the account is created by the verification, and the response does not tell whether the address already has
/// an account: the mail contains either that notice or the link.
#[utoipa::path(
    tag = "auth",
    operation_id = "register",
    request_body = RegisterBody,
    responses(
        (status = 201, description = "The account exists.", body = RegisterResponse),
        (status = 202, description = "A mail is sent. The answer if addresses must be verified.", body = VerificationSent),
        Validated,
        Overloadable,
        RateLimited,
        (status = 403, description = "`captcha_required`, `captcha_invalid`; `forbidden`: registration is closed, or requires an invitation that is valid for this address; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        (status = 409, description = "`email_taken`, only if addresses need not be verified"),
        (status = 422, description = "`validation_failed`, `weak_password`, `breached_password`"),
    ),
)]
#[post("/api/v1/auth/register")]
pub async fn register(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    _: Counted<Registering>,
    body: Json<RegisterBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let invited = body.invitation_token.is_some();
    let captcha_token = body.captcha_token;
    let delivery = body.transport.delivery(&request)?;
    let registration = RegisterRequest {
        email: body.email,
        password: Secret::new(body.password),
        display_name: body.display_name,
        invitation_token: body.invitation_token.map(Secret::new),
        accepted_terms: body.accepted_terms,
        locale: body.locale,
        network: client.network,
        context: client.context,
    };
    state.demand_captcha(captcha_token, Action::Register).await?;
    let outcome = state
        .run_for_stranger(|app| async move { app.authn.registration.register(registration).await })
        .await?;
    match outcome {
        RegisterOutcome::VerificationSent { registration_secret } => {
            Ok(verification_sent(&request, &delivery, registration_secret.expose()))
        }
        RegisterOutcome::Registered(user) => {
            // Only an invitation proves that the client can read mails to the address.
            let device_token = if invited { known_device(&state, user.id).await } else { None };
            Ok(with_device(&request, &delivery, (user.id, device_token), |device_token| {
                HttpResponse::Created().json(response(user, device_token))
            }))
        }
    }
}

/// With the secret by which the client later proves that it has begun this registration.
fn verification_sent(request: &HttpRequest, delivery: &Delivery, secret: &str) -> HttpResponse {
    let answer = |registration_secret| {
        HttpResponse::Accepted().json(VerificationSent { status: "verification_sent", registration_secret })
    };
    let Delivery::Cookies(transport) = delivery else { return answer(Some(secret.to_owned())) };
    let mut response = answer(None);
    transport.keep_registration(request, &mut response, secret);
    response
}

fn response(user: Registered, device_token: Option<String>) -> RegisterResponse {
    RegisterResponse {
        user: RegisteredUser {
            id: user.id,
            email: user.email,
            display_name: user.display_name,
            roles: user.roles.names(),
            created_at: user.created_at.rfc3339(),
        },
        device_token,
    }
}
