//! `POST /api/v1/auth/login`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::authn::{LoginChallenge, LoginOutcome, LoginRequest};
use crate::http::dto::tokens::{self, TokenResponse, Transport, remembered};
use crate::http::extract::client::{Client, time_zone};
use crate::http::extract::json::Json;
use crate::http::extract::throttled::LimitedFailures;
use crate::http::problem::{Overloadable, Problem, Validated};
use crate::http::state::AppState;
use crate::secret::Secret;
use crate::store::session::login::LoginClient;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "lantern orbit velvet drizzle", format = Password)]
    password: String,
    /// How the tokens are transmitted; `bearer` by default.
    #[serde(default)]
    transport: Transport,
    /// Whether the session outlives the browser. If not, its cookies end with the browser, and it expires after
    /// `sessions.short_idle_timeout` without a refresh.
    #[serde(default = "remembered")]
    remember: bool,
    /// A name for the device, shown in the list of sessions.
    #[schema(example = "Ada's laptop")]
    device_name: Option<String>,
    /// The `device_token` of this device's last login to the account. The account then knows the device: its wrong
    /// passwords are counted separately from those of unknown devices, and a trusted device needs no second factor.
    #[schema(example = "kd2_AQGaxMkhIHN8uI1PDmXoVrEABkWn6p5AAJc5vXrYdB2eU0kQpLhT7sNwGfRjZ3mCxyVaKoEi1tDl", format = Password)]
    device_token: Option<String>,
    /// The time zone of the browser, by its name in the database of IANA
    /// (`Intl.DateTimeFormat().resolvedOptions().timeZone`). Mails tell times in it.
    #[schema(example = "Europe/Berlin", pattern = "^[A-Za-z][A-Za-z0-9/_+-]*$", max_length = 64)]
    time_zone: Option<String>,
    /// The answer to a CAPTCHA, after `captcha_required`.
    #[schema(format = Password)]
    captcha_token: Option<String>,
}

/// The tokens of the session, or the challenge for the second factor.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is the schema of the answer, which is written from its parts")]
pub enum LoginAnswer {
    Tokens(Box<TokenResponse>),
    Challenge(ChallengeBody),
}

/// The first factor was right, and a second one is required.
#[derive(Serialize, ToSchema)]
pub struct ChallengeBody {
    /// Always true.
    mfa_required: bool,
    /// For `POST /api/v1/auth/mfa/challenge` and `/mfa/verify` only.
    #[schema(example = "kc1_l3Jx0Nn4mYkq7v2yR8sTbUcWdXeZfAgBhCiDjEkFmGo", format = Password)]
    challenge_token: String,
    /// Seconds until the challenge expires.
    expires_in: u64,
    /// The second factors of the account.
    #[schema(example = json!(["totp", "backup_code"]))]
    methods: Vec<&'static str>,
}

impl ChallengeBody {
    /// The challenge as a login answers with it.
    pub fn of(challenge: LoginChallenge) -> Self {
        Self {
            mfa_required: true,
            challenge_token: challenge.token.expose().clone(),
            expires_in: challenge.expires_in.as_secs(),
            methods: challenge.methods,
        }
    }
}

/// Log in with e-mail address and password
///
/// Opens a session. If the user then has more sessions than allowed, the least recently used ones are revoked. An
/// account with a second factor gets a challenge for it instead, unless the device is trusted.
#[utoipa::path(
    tag = "auth",
    operation_id = "login",
    request_body = LoginBody,
    responses(
        (status = 200, description = "The session is open, or a second factor is required (`mfa_required`).", body = LoginAnswer),
        Validated,
        Overloadable,
        (status = 401, description = "`invalid_credentials`"),
        (status = 403, description = "`account_not_active`, `email_not_verified`, `mfa_reset_pending`: only after the right password; `captcha_required`, `captcha_invalid`: after many failures in the client's network; `csrf_failed`, `origin_not_allowed`: in cookie transport"),
        (status = 429, description = "`rate_limited`: unknown devices must wait after wrong passwords, for any address, and after many failures in their network"),
    ),
)]
#[post("/api/v1/auth/login")]
pub async fn login(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    _: LimitedFailures,
    body: Json<LoginBody>,
) -> Result<HttpResponse, Problem> {
    let Json(body) = body;
    let delivery = body.transport.delivery(&request)?;
    let client = delivery.login_client(&request, client, body.device_name.as_deref(), body.device_token);
    let time_zone = time_zone(body.time_zone.as_deref())?;
    let client = LoginClient { remembered: body.remember, time_zone, ..client };
    let login = LoginRequest {
        email: body.email,
        password: Secret::new(body.password),
        captcha: body.captcha_token.map(Secret::new),
        client,
    };
    let outcome = state.run_for_stranger(|app| async move { app.authn.passwords.login(login).await }).await?;
    Ok(match outcome {
        LoginOutcome::Session(login) => tokens::respond_to_login(&request, &login, &delivery),
        LoginOutcome::Challenge(challenge) => HttpResponse::Ok().json(ChallengeBody::of(challenge)),
    })
}
