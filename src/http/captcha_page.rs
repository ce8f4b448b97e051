//! `GET /captcha`: the challenge of the configured provider in a page of its own, to be shown in a frame by pages of this
//! server and of `cors.allowed_origins`. The page has a content security policy of its own, so that scripts of the service
//! run nowhere else, and hands the answer to the page that it was made for.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use askama::Template;

use super::auth::captcha::action;
use super::extract::query::Query;
use super::problem::{Code, Problem};
use super::state::AppState;
use crate::authn::Challenge;
use crate::config::CaptchaProvider;

const SCRIPT: &str = include_str!("../../templates/captcha/page.js");

#[derive(Template)]
#[template(path = "captcha/page.html")]
struct CaptchaPage<'a> {
    provider: &'a str,
    site_key: &'a str,
    action: &'a str,
    /// The origin that is told the answer.
    parent: &'a str,
    /// The script of the service.
    script: Option<String>,
}

/// What a page may load for this provider.
struct Sources {
    scripts: &'static str,
    frames: &'static str,
    styles: &'static str,
    connections: &'static str,
}

/// The routes, which are no part of the API.
pub fn routes(config: &mut ServiceConfig) {
    let reads = || guard::Any(guard::Get()).or(guard::Head());
    config.service(web::resource("/captcha").guard(reads()).to(page));
    config.service(web::resource("/captcha/page.js").guard(reads()).to(script));
}

async fn page(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["action", "parent"])?;
    let action = action(&query)?;
    let parent = query.text("parent").unwrap_or_default();
    let origins = &state.browsers.origins;
    if !origins.is_known(parent.as_bytes()) {
        return Err(Problem::new(Code::OriginNotAllowed).detail("`parent` must be an allowed origin."));
    }
    let provider = state.authn.captcha.provider();
    let site_key = match state.authn.captcha.challenge(action)? {
        Challenge::ProofOfWork(_) => String::new(),
        Challenge::Service { site_key } => site_key,
    };
    let page = CaptchaPage {
        provider: &provider.to_string(),
        site_key: &site_key,
        action: action.as_str(),
        parent,
        script: script_of(provider, &site_key),
    };
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be written");
        Problem::new(Code::Internal)
    })?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, policy(provider, origins.allowed())))
        // Browsers that know `frame-ancestors` ignore it.
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        // Services refuse pages that do not name their origin.
        .insert_header((REFERRER_POLICY, "strict-origin"))
        .content_type("text/html; charset=utf-8")
        .body(html))
}

async fn script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(SCRIPT)
}

fn script_of(provider: CaptchaProvider, site_key: &str) -> Option<String> {
    Some(match provider {
        CaptchaProvider::ProofOfWork => return None,
        CaptchaProvider::Turnstile => {
            "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit".to_owned()
        }
        CaptchaProvider::Recaptcha => format!("https://www.google.com/recaptcha/api.js?render={site_key}"),
        CaptchaProvider::Hcaptcha => "https://js.hcaptcha.com/1/api.js?render=explicit".to_owned(),
    })
}

/// What the services ask for in their documentation.
const fn sources(provider: CaptchaProvider) -> Sources {
    match provider {
        CaptchaProvider::ProofOfWork => {
            Sources { scripts: "", frames: "'none'", styles: "'none'", connections: "'self'" }
        }
        CaptchaProvider::Turnstile => Sources {
            scripts: " https://challenges.cloudflare.com",
            frames: "https://challenges.cloudflare.com",
            styles: "'none'",
            connections: "'none'",
        },
        CaptchaProvider::Recaptcha => Sources {
            scripts: " https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
            frames: "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
            styles: "'unsafe-inline'",
            connections: "https://www.google.com/recaptcha/",
        },
        CaptchaProvider::Hcaptcha => Sources {
            scripts: " https://hcaptcha.com https://*.hcaptcha.com",
            frames: "https://hcaptcha.com https://*.hcaptcha.com",
            styles: "https://hcaptcha.com https://*.hcaptcha.com",
            connections: "https://hcaptcha.com https://*.hcaptcha.com",
        },
    }
}

fn policy(provider: CaptchaProvider, framed_by: &[String]) -> String {
    let Sources { scripts, frames, styles, connections } = sources(provider);
    let ancestors: String = framed_by.iter().map(|origin| format!(" {origin}")).collect();
    format!(
        "default-src 'none'; script-src 'self'{scripts}; frame-src {frames}; style-src {styles}; \
         connect-src {connections}; base-uri 'none'; object-src 'none'; form-action 'none'; \
         frame-ancestors 'self'{ancestors}"
    )
}
