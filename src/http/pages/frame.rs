//! What surrounds every page: its language, the styles, the logo, and the links at its foot.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::Pages;
use super::language::{Choice, parameter};
use crate::http::problem::{Code, Problem};
use crate::text::{Language, Value};

/// The styles of all pages, in their order.
const STYLES: [&str; 4] = ["tokens", "base", "controls", "surfaces"];

const STEP: &str = "step";

/// A page in one language. Templates call it `page`.
pub(super) struct Frame<'a> {
    pub pages: &'a Pages,
    pub language: &'a Language,
    is_asked_for: bool,
    /// Below the base, without the query.
    path: String,
    /// What the page is to show of several things.
    step: Option<String>,
}

/// Another language of a page.
pub(super) struct OtherLanguage<'a> {
    pub tag: &'a str,
    pub name: String,
    pub href: String,
}

impl<'a> Frame<'a> {
    pub fn of(request: &HttpRequest, pages: &'a Pages) -> Self {
        let Choice { language, is_asked_for } = Choice::of(request, &pages.texts);
        // The steps of the pages are short words.
        let is_word = |step: &String| step.len() <= 16 && step.bytes().all(|byte| byte.is_ascii_lowercase());
        let step = parameter(request, STEP).filter(is_word);
        Self { pages, language, is_asked_for, path: request.path().to_owned(), step }
    }

    /// The query parameter `step`, by which links of a page lead to its other forms.
    pub fn step(&self) -> &str {
        self.step.as_deref().unwrap_or_default()
    }

    /// The address of this page.
    pub fn here(&self) -> String {
        self.at_step(self.step())
    }

    /// The address of another form of this page.
    pub fn at_step(&self, step: &str) -> String {
        if step.is_empty() {
            self.href(&self.path)
        } else {
            self.href(&format!("{}?{STEP}={step}", self.path))
        }
    }

    /// A message. Each may mention the product.
    pub fn t(&self, id: &str) -> String {
        self.text(id, &[])
    }

    /// A message with the values that it mentions.
    pub fn text(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        let mut all = vec![("product", Value::from(self.product()))];
        all.extend_from_slice(values);
        self.language.text(id, &all)
    }

    pub fn lang(&self) -> &str {
        self.language.tag()
    }

    pub fn dir(&self) -> &'static str {
        self.language.direction().as_str()
    }

    pub fn product(&self) -> &str {
        &self.pages.branding.product_name
    }

    pub fn logo(&self) -> Option<&str> {
        self.pages.branding.logo.as_ref().map(url::Url::as_str)
    }

    pub fn terms(&self) -> Option<&str> {
        self.pages.branding.terms_url.as_ref().map(url::Url::as_str)
    }

    pub fn privacy(&self) -> Option<&str> {
        self.pages.branding.privacy_url.as_ref().map(url::Url::as_str)
    }

    /// The target of the link to the support.
    pub fn support(&self) -> Option<String> {
        self.pages.branding.support.as_ref().map(crate::config::Support::href)
    }

    pub fn assets(&self) -> String {
        self.pages.assets()
    }

    /// The addresses of the styles; `further` come after those of all pages.
    pub fn styles(&self, further: &[&str]) -> Vec<String> {
        let assets = self.assets();
        let own = STYLES.iter().chain(further).map(|name| format!("{assets}styles/{name}.css"));
        own.chain([format!("{assets}brand.css")]).collect()
    }

    /// The address of a page of this server, in the language that was asked for.
    pub fn href(&self, path: &str) -> String {
        let base = &self.pages.base;
        match (self.is_asked_for, path.contains('?')) {
            (false, _) => format!("{base}{path}"),
            (true, false) => format!("{base}{path}?lang={}", self.lang()),
            (true, true) => format!("{base}{path}&lang={}", self.lang()),
        }
    }

    /// This page in the other languages.
    pub fn other_languages(&self) -> Vec<OtherLanguage<'_>> {
        let others = self.pages.texts.languages().iter().filter(|language| language.tag() != self.lang());
        let other = |language: &'a Language| OtherLanguage {
            tag: language.tag(),
            name: language.text("page-language", &[]),
            href: format!("{}{}?lang={}", self.pages.base, self.path, language.tag()),
        };
        others.map(other).collect()
    }

    /// The response with a page, which has the policies of all pages.
    ///
    /// # Errors
    /// 500 if the page cannot be rendered.
    pub fn respond(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
        let html = page.render().map_err(|error| {
            tracing::error!(%error, "a page cannot be rendered");
            Problem::new(Code::Internal)
        })?;
        Ok(HttpResponse::build(status)
            .insert_header((CONTENT_SECURITY_POLICY, self.pages.policy.clone()))
            // With `no-referrer` browsers would send `Origin: null` with a form.
            .insert_header((REFERRER_POLICY, "strict-origin"))
            .insert_header(("content-language", self.lang()))
            .content_type("text/html; charset=utf-8")
            .body(html))
    }
}
