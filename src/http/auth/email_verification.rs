//! `POST /api/v1/auth/email/verify`, `/email/verify/decline`, `/email/verify/new-password`, `/email/verify/resend`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::known_device::address_proven;
use crate::authn::{EmailCredential, VerifyEmailRequest};
use crate::http::dto::link::{AddressProven, LinkBody, RequestAccepted, accepted};
use crate::http::dto::tokens::Transport;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::json::Json;
use crate::http::extract::policy::OptionalSession;
use crate::http::extract::presented::Delivery;
use crate::http::extract::throttled::{Counted, Resending};
use crate::http::problem::{Code, LinkInvalid, Overloadable, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::model::captcha::Action;
use crate::secret::Secret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    #[schema(example = "ada@example.com", format = "idn-email", min_length = 3, max_length = 254)]
    email: String,
    /// The answer to a CAPTCHA for the action `forgot`, where one is demanded.
    #[schema(format = Password)]
    captcha_token: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailVerificationBody {
    /// The value of `token` in the link.
    #[schema(format = Password)]
    token: String,
    /// The password that the account was registered with.
    #[schema(example = "lantern orbit velvet drizzle", min_length = 8, max_length = 256, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", format = Password)]
    password: Option<String>,
    /// Instead of the password: the secret that this client got from the registration.
    #[schema(example = "kp1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password)]
    registration_secret: Option<String>,
    /// `cookie`: the registration's secret and the device token are in cookies; `bearer` by default.
    #[serde(default)]
    transport: Transport,
}

impl EmailVerificationBody {
    fn credential(
        password: Option<String>,
        secret: Option<String>,
    ) -> Result<Option<EmailCredential>, Problem> {
        match (password, secret) {
            (Some(_), Some(_)) => Err(Problem::field(
                Code::ValidationFailed,
                "registration_secret",
                "invalid",
                "Send either the password or the secret of the registration, not both.",
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
    /// The value of `token` in the link.
    #[schema(format = Password)]
    token: String,
    #[schema(example = "lantern orbit velvet drizzle", min_length = 8, max_length = 256, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", format = Password)]
    new_password: String,
    /// How the device token is transmitted; `bearer` by default.
    #[serde(default)]
    transport: Transport,
}

/// Verify an e-mail address
///
/// The link proves access to the mailbox; the password or the registration's secret proves that its reader is the person
/// who registered. Both together complete a registration, and other registrations of the address are discarded. With
/// an access token of the account, the link alone is sufficient. Opening the link changes nothing. Wrong passwords count
/// towards the rate limit.
#[utoipa::path(
    tag = "auth",
    operation_id = "verifyEmail",
    security((), ("bearer" = [])),
    request_body = EmailVerificationBody,
    responses(
        (status = 200, description = "The address is verified.", body = AddressProven),
        Caller<OptionalSession>,
        Validated,
        Overloadable,
        (status = 401, description = "`token_invalid`: the link is wrong, expired, void or was used before; `invalid_credentials`: the password or the secret is wrong; `token_expired`, `session_revoked`: of the access token"),
        (status = 429, description = "`rate_limited`: after wrong passwords"),
    ),
)]
#[post("/api/v1/auth/email/verify")]
pub async fn verify(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    guarded: Guarded<Caller<OptionalSession>, EmailVerificationBody>,
) -> Result<HttpResponse, Problem> {
    let Guarded { caller, body } = guarded;
    let acting_session = caller.0.map(|caller| caller.acting_session());
    let delivery = body.transport.delivery(&request)?;
    let mut credential = EmailVerificationBody::credential(body.password, body.registration_secret)?;
    if let (None, None, Delivery::Cookies(transport)) = (&credential, &acting_session, &delivery) {
        let secret = transport.registration_secret(&request)?;
        credential = secret.map(|secret| EmailCredential::RegistrationSecret(Secret::new(secret)));
    }
    let is_signed_in = acting_session.is_some();
    let verification = VerifyEmailRequest {
        token: Secret::new(body.token),
        credential,
        acting_session,
        context: client.context,
    };
    let verify = |app: Arc<AppState>| async move { app.authn.registration.verify_email(verification).await };
    let user_id =
        if is_signed_in { state.run(verify).await? } else { state.run_for_stranger(verify).await? };
    let mut response = address_proven(&request, &state, &delivery, user_id).await;
    if let Delivery::Cookies(transport) = &delivery {
        transport.forget_registration(&request, &mut response);
    }
    Ok(response)
}

/// Decline a registration
///
/// For the owner of a mailbox who did not register. Discards the registration that the link belongs to; other
/// registrations of the address remain. An existing account also remains, and the link no longer verifies it.
#[utoipa::path(
    tag = "auth",
    operation_id = "declineRegistration",
    request_body = LinkBody,
    responses(
        (status = 204, description = "The registration is discarded."),
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

/// Verify an e-mail address with a new password
///
/// For the owner of a mailbox who did not register, or does not know the password of the registration. All
/// registrations of the address are discarded, and nothing of them is kept. In an account whose address was not
/// verified, all second factors are removed and all sessions are revoked.
#[utoipa::path(
    tag = "auth",
    operation_id = "verifyEmailWithNewPassword",
    request_body = OwnPasswordBody,
    responses(
        (status = 200, description = "The address is verified, and the password is set.", body = AddressProven),
        Validated,
        LinkInvalid,
        Overloadable,
        (status = 403, description = "`csrf_failed`, `origin_not_allowed`: in cookie transport"),
        (status = 422, description = "`validation_failed`, `weak_password`, `breached_password`"),
    ),
)]
#[post("/api/v1/auth/email/verify/new-password")]
pub async fn verify_with_new_password(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    body: Json<OwnPasswordBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let delivery = body.transport.delivery(&request)?;
    let (token, password) = (Secret::new(body.token), Secret::new(body.new_password));
    let proven = state.run_for_stranger(|app| async move {
        app.authn.recovery.verify_with_new_password(&token, &password, client.context).await
    });
    let user_id = proven.await?;
    Ok(address_proven(&request, &state, &delivery, user_id).await)
}

/// Send the verification mail again
///
/// The response is the same for every address and is sent before an account is looked up. A mail is sent if the address
/// has an account or a registration that is not verified.
#[utoipa::path(
    tag = "auth",
    operation_id = "resendVerificationEmail",
    request_body = AddressBody,
    responses(
        (status = 202, description = "If there is something to send, it is sent.", body = RequestAccepted),
        (status = 403, description = "`captcha_required`, `captcha_invalid`: where `captcha.forgot` is set"),
        Validated,
        Overloadable,
        RateLimited,
    ),
)]
#[post("/api/v1/auth/email/verify/resend")]
pub async fn resend(
    state: Data<AppState>,
    client: Client,
    _: Counted<Resending>,
    body: Json<AddressBody>,
) -> Result<HttpResponse, Problem> {
    let AddressBody { email, captcha_token } = body.0;
    state
        .run(|app| async move {
            app.authn.captcha.demand(captcha_token.as_deref(), Action::Forgot).await?;
            Ok::<_, Problem>(app.authn.registration.resend_verification(&email, client.context).await?)
        })
        .await?;
    Ok(accepted())
}
