//! The page that loads the application: login, registration, the account and the administration.

use std::collections::BTreeMap;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use askama::Template;
use serde::Serialize;
use serde_json::{Value, json};

use super::assets::Assets;
use super::frame::Frame;
use super::language::parameter;
use super::modules::needed;
use crate::config::{self, Config, PageName, SmsTransport};
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::password_policy::MAX_LENGTH;

/// The parameter that says where to go on after a login.
const RETURN_TO: &str = "returnTo";

#[derive(Template)]
#[template(path = "pages/app.html")]
struct Shell<'a> {
    page: Frame<'a>,
    view: &'static View,
    /// The modules that are fetched at once.
    modules: &'a [String],
    title: String,
    config: String,
}

/// A page of the application.
struct View {
    name: &'static str,
    page: PageName,
    paths: &'static [&'static str],
    /// The modules that show it, beside the first one.
    entries: &'static [&'static str],
    styles: &'static [&'static str],
    title: &'static str,
}

/// The module that begins on each page of the application.
const MAIN: &str = "app/main.js";

const VIEWS: [View; 5] = [
    View {
        name: "login",
        page: PageName::Login,
        paths: &["/login"],
        entries: &["app/login/login.js"],
        styles: &[],
        title: "page-title-login",
    },
    View {
        name: "register",
        page: PageName::Register,
        paths: &["/register"],
        entries: &["app/login/register.js"],
        styles: &[],
        title: "page-title-register",
    },
    View {
        name: "forgot-password",
        page: PageName::ForgotPassword,
        paths: &["/forgot-password"],
        entries: &["app/login/forgot.js"],
        styles: &[],
        title: "page-title-forgot",
    },
    View {
        name: "account",
        page: PageName::Account,
        paths: &["/account", "/account/{_:.*}"],
        entries: &["app/account/account.js", "app/account/overview.js"],
        styles: &["account"],
        title: "page-title-account",
    },
    View {
        name: "administration",
        page: PageName::Administration,
        paths: &["/administration", "/administration/{_:.*}"],
        entries: &["app/administration/administration.js", "app/administration/people.js"],
        styles: &["account", "administration"],
        title: "page-title-administration",
    },
];

/// What the application is told of the configuration, apart from the language. None of it is secret.
#[derive(Debug)]
pub(super) struct Facts(Value);

impl Facts {
    pub fn of(config: &Config) -> Self {
        let Config { accounts, branding, captcha, webauthn, .. } = config;
        let base = config.server.base_path();
        let has = |page| config.pages.has(page);
        Self(json!({
            "basePath": base,
            "api": format!("{base}/api/v1/"),
            "product": {
                "name": branding.product_name,
                "logo": branding.logo,
                "support": branding.support.as_ref().map(config::Support::as_str),
                "termsUrl": branding.terms_url,
                "privacyUrl": branding.privacy_url,
            },
            "registration": accounts.registration.to_string(),
            "emailVerification": accounts.email_verification.to_string(),
            "termsVersion": accounts.terms_version,
            "password": { "minLength": config.password.min_length, "maxLength": MAX_LENGTH },
            "captcha": {
                "provider": captcha.provider.to_string(),
                "siteKey": captcha.site_key,
                "registration": captcha.registration,
                "login": captcha.login,
                "forgot": captcha.forgot,
            },
            "passkeys": { "rpId": webauthn.rp_id, "rpName": webauthn.rp_name },
            "secondFactors": {
                "policy": config.mfa.policy.to_string(),
                "sms": config.sms.transport != SmsTransport::Log,
            },
            "cookieGenerations": config.cookie.generations(),
            "providers": config.federation.providers.iter().map(provider).collect::<Vec<_>>(),
            "erasureGraceSeconds": config.privacy.erasure_grace.as_secs(),
            "pages": {
                "login": has(PageName::Login),
                "register": has(PageName::Register),
                "forgotPassword": has(PageName::ForgotPassword),
                "account": has(PageName::Account),
                "administration": has(PageName::Administration),
            },
        }))
    }
}

/// What the application is told of another provider.
fn provider(provider: &config::Provider) -> Value {
    json!({
        "id": provider.name,
        "name": provider.display_name,
        "kind": provider.kind.to_string(),
        "logo": provider.logo,
        "reauthenticates": provider.kind.has_id_tokens(),
    })
}

#[derive(Serialize)]
struct LanguageFacts<'a> {
    tag: &'a str,
    name: String,
    direction: &'static str,
}

/// The modules that each page needs at once.
pub(super) fn modules(assets: &Assets) -> BTreeMap<&'static str, Vec<String>> {
    let of = |view: &View| {
        let entries = [&[MAIN][..], view.entries].concat();
        needed(&entries, |path| assets.text(path))
    };
    VIEWS.iter().map(|view| (view.name, of(view))).collect()
}

pub(super) fn routes(app: &mut ServiceConfig, settings: &config::Pages) {
    for view in VIEWS.iter().filter(|view| settings.has(view.page)) {
        for path in view.paths {
            let reads = guard::Any(guard::Get()).or(guard::Head());
            let handler = move |request: HttpRequest, state: Data<AppState>| async move {
                shell(&request, &state, view)
            };
            app.service(web::resource(*path).guard(reads).to(handler));
        }
    }
    if settings.has(PageName::Account) {
        let reads = guard::Any(guard::Get()).or(guard::Head());
        app.service(web::resource("/").guard(reads).to(home));
    }
}

/// The account, which leads to the login if no one is signed in.
async fn home(state: Data<AppState>) -> HttpResponse {
    let account = format!("{}/account", state.base_path);
    HttpResponse::SeeOther().insert_header(("location", account)).finish()
}

fn shell(request: &HttpRequest, state: &AppState, view: &'static View) -> Result<HttpResponse, Problem> {
    let page = Frame::of(request, &state.pages);
    let return_to = parameter(request, RETURN_TO).and_then(|target| state.destinations.allowed(&target));
    let config = configuration(&page, return_to)?;
    let modules = state.pages.files().modules.get(view.name).map(Vec::as_slice).unwrap_or_default();
    let shell = Shell { view, modules, title: page.t(view.title), config, page };
    shell.page.respond_compressed(request, &shell)
}

/// The facts as JSON for an element of HTML, in which no `<` can end the element.
pub(super) fn configuration(page: &Frame<'_>, return_to: Option<String>) -> Result<String, Problem> {
    let languages = page.pages.texts.languages().iter().map(|language| LanguageFacts {
        tag: language.tag(),
        name: language.text("page-language", &[]),
        direction: language.direction().as_str(),
    });
    let mut facts = page.pages.facts.0.clone();
    let own = [
        ("assets", json!(page.assets())),
        ("locale", json!(page.lang())),
        ("direction", json!(page.dir())),
        ("languages", json!(languages.collect::<Vec<_>>())),
        ("returnTo", json!(return_to)),
    ];
    if let Some(facts) = facts.as_object_mut() {
        facts.extend(own.map(|(name, value)| (name.to_owned(), value)));
    }
    let text = serde_json::to_string(&facts).map_err(|_| Problem::new(Code::Internal))?;
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}
