//! `GET /api/v1/auth/captcha`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::authn::Challenge;
use crate::http::dto::words::CaptchaAction;
use crate::http::extract::query::Query;
use crate::http::problem::{Code, Filtered, Problem};
use crate::http::state::AppState;
use crate::model::captcha::Action;

/// What a client needs to find an answer.
#[derive(Serialize, ToSchema)]
pub struct CaptchaBody {
    /// `proof_of_work`, `turnstile`, `recaptcha` or `hcaptcha`.
    #[schema(example = "proof_of_work")]
    provider: String,
    /// Of a service: the public key for its widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0x4AAAAAAADnPIDROrmt1Wwj")]
    site_key: Option<String>,
    /// Of the proof of work: the parameters of a challenge in the format of ALTCHA.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({
        "algorithm": "PBKDF2/SHA-256", "cost": 250, "data": {"action": "register"}, "expiresAt": 1_795_766_400,
        "keyLength": 32, "keyPrefix": "000", "nonce": "3f2a9c0d4b5e6f708192a3b4c5d6e7f8",
        "salt": "8f7e6d5c4b3a291807f6e5d4c3b2a190",
    }))]
    parameters: Option<Value>,
    /// Of the proof of work: what makes the challenge authentic.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "5f0c1f2c3b4a59687786a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0")]
    signature: Option<Value>,
}

/// Get a CAPTCHA
///
/// For operations that demand an answer (403 `captcha_required`), which send it as `captcha_token`. The answer counts once,
/// and for the named action only. That of the proof of work is the base64 of the JSON object `{"challenge": {"parameters",
/// "signature"}, "solution": {"counter", "derivedKey"}}`, as ALTCHA's widget makes it. For the answer of a service a page
/// shows its widget, or the page `/captcha` of this server in a frame.
#[utoipa::path(
    tag = "auth",
    operation_id = "getCaptcha",
    params(("action" = inline(CaptchaAction), Query, description = "What the answer is for")),
    responses((status = 200, description = "A challenge, or the key of the service.", body = CaptchaBody), Filtered),
)]
#[get("/api/v1/auth/captcha")]
pub async fn captcha(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["action"])?;
    let captcha = &state.authn.captcha;
    let provider = captcha.provider().to_string();
    let body = match captcha.challenge(action(&query)?)? {
        Challenge::ProofOfWork(mut challenge) => CaptchaBody {
            provider,
            site_key: None,
            parameters: challenge.get_mut("parameters").map(Value::take),
            signature: challenge.get_mut("signature").map(Value::take),
        },
        Challenge::Service { site_key } => {
            CaptchaBody { provider, site_key: Some(site_key), parameters: None, signature: None }
        }
    };
    Ok(HttpResponse::Ok().json(body))
}

/// What the answer is for.
pub fn action(query: &Query) -> Result<Action, Problem> {
    let expected = "This must be register, login or forgot.";
    let wrong = |code: &str| Problem::field(Code::ValidationFailed, "action", code, expected);
    let name = query.text("action").ok_or_else(|| wrong("missing"))?;
    Action::named(name).ok_or_else(|| wrong("invalid"))
}
