//! What surrounds every page: its language, the styles, the logo, and the links at its foot.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::Pages;
use super::file::{accepts_gzip, compress};
use super::language::{Choice, parameter};
use super::sheets;
use crate::http::problem::{Code, Problem};
use crate::model::captcha::Action;
use crate::text::{Language, Value};

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

    /// The address of the stylesheet of every page.
    pub fn style(&self) -> String {
        format!("{}{}", self.assets(), sheets::path(sheets::PAGE))
    }

    /// The addresses of further stylesheets.
    pub fn further_styles(&self, names: &[&str]) -> Vec<String> {
        names.iter().map(|name| format!("{}{}", self.assets(), sheets::path(name))).collect()
    }

    /// The address of the icon.
    pub fn icon(&self) -> String {
        format!("{}images/icon.svg", self.assets())
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

    /// The address of a CAPTCHA that is shown in a frame. The script adds the origin of this page.
    pub fn captcha(&self, action: Action) -> String {
        format!("{}/captcha?action={}", self.pages.base, action.as_str())
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
        Ok(self.response(status).body(rendered(page)?))
    }

    /// As [`Self::respond`], compressed for a browser that takes that. Only for a page without secrets, because its length
    /// would tell of them (BREACH).
    ///
    /// # Errors
    /// 500 if the page cannot be rendered.
    pub fn respond_compressed(
        &self,
        request: &HttpRequest,
        page: &impl Template,
    ) -> Result<HttpResponse, Problem> {
        let html = rendered(page)?;
        let mut response = self.response(StatusCode::OK);
        response.insert_header((VARY, "Accept-Encoding"));
        let compressed = if accepts_gzip(request.headers()) { compress(html.as_bytes()) } else { None };
        Ok(match compressed {
            Some(compressed) => response.insert_header((CONTENT_ENCODING, "gzip")).body(compressed),
            None => response.body(html),
        })
    }

    fn response(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_SECURITY_POLICY, self.pages.policy.clone()))
            // With `no-referrer` browsers would send `Origin: null` with a form.
            .insert_header((REFERRER_POLICY, "strict-origin"))
            .insert_header(("content-language", self.lang()))
            .content_type("text/html; charset=utf-8");
        response
    }
}

fn rendered(page: &impl Template) -> Result<String, Problem> {
    page.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be rendered");
        Problem::new(Code::Internal)
    })
}
