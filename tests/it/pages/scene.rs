//! A browser with cookies and forms, and what it reads on a page.

use reqwest::Method;
use serde_json::Value;

use crate::browser::jar::Browser;
use crate::support::backend::Env;
use crate::support::client::{Client, Reply};
use crate::support::mailbox::Mailbox;
use crate::support::process::Node;

pub const NEW_PASSWORD: &str = "another-Lantern-77-velvet";
/// Addresses must be verified, as in production.
pub const REQUIRED: (&str, &str) = ("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "required");

/// A node with its mails.
pub struct PageScene {
    pub client: Client,
    pub mailbox: Mailbox,
    pub node: Node,
}

/// A page as it was received.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub html: String,
    pub reply: Reply,
}

impl PageScene {
    pub async fn start(env: &Env, settings: &[(&str, &str)]) -> PageScene {
        let node = env.node(settings).await;
        PageScene { client: node.client(), mailbox: node.mailbox(), node }
    }

    /// A browser without cookies, with a page of the server.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.client, self.node.base_url())
    }

    /// The path and query of the link in a mail.
    pub async fn link(&self, email: &str, template: &str) -> String {
        local(self.mailbox.wait_for(email, template).await.link())
    }
}

/// A link without the server's address.
pub fn local(link: &str) -> String {
    let url = url::Url::parse(link).expect("a URL");
    url[url::Position::BeforePath..].to_owned()
}

/// The path of a link, without its token.
pub fn path_of(link: &str) -> &str {
    link.split('?').next().unwrap_or(link)
}

impl Page {
    pub fn of(reply: Reply) -> Page {
        let html = match &reply.body {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Page { status: reply.status, html, reply }
    }

    pub fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    #[track_caller]
    pub fn assert(&self, status: u16, text: &str) {
        assert_eq!(self.status, status, "{}", self.html);
        assert!(self.has(text), "no {text:?} in {}", self.html);
    }

    /// The value of a hidden field.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.html));
        rest.split('"').next().expect("an end").to_owned()
    }

    /// Where the form is sent to.
    #[track_caller]
    pub fn action(&self) -> String {
        let (_, rest) =
            self.html.split_once("action=\"").unwrap_or_else(|| panic!("no form in {}", self.html));
        rest.split('"').next().expect("an end").replace("&amp;", "&")
    }

    /// The form with its hidden fields and these values, as a browser sends it.
    pub fn filled(&self, values: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for name in ["csrf_token", "link", "step"] {
            if self.html.contains(&format!("name=\"{name}\"")) {
                form.append_pair(name, &self.hidden(name));
            }
        }
        form.extend_pairs(values).finish()
    }
}

/// What a person does with pages.
pub trait Reading {
    async fn page(&mut self, path: &str) -> Page;

    /// Opens a link, and follows the redirection to the page without the token.
    async fn open(&mut self, link: &str) -> Page;

    async fn submit(&mut self, page: &Page, values: &[(&str, &str)]) -> Page;
}

impl Reading for Browser {
    async fn page(&mut self, path: &str) -> Page {
        Page::of(self.get(path).await)
    }

    async fn open(&mut self, link: &str) -> Page {
        let reply = self.get(link).await;
        assert_eq!(reply.status, 303, "{reply:?}");
        let place = reply.header("location").expect("a place").to_owned();
        assert!(!place.contains("token"), "{place}");
        self.page(&place).await
    }

    async fn submit(&mut self, page: &Page, values: &[(&str, &str)]) -> Page {
        let kind = "application/x-www-form-urlencoded";
        let body = page.filled(values).into_bytes();
        Page::of(self.send_bytes(Method::POST, &page.action(), kind, body).await)
    }
}
