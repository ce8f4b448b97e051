//! Mails as a person reads them: what the server has put into the outbox folder of its data directory.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use mail_parser::MessageParser;

use super::backend::Env;
use super::eventually::eventually;
use crate::support::sql::count;

/// The mails of one server, or of several on one database.
#[derive(Clone, Debug)]
pub struct Mailbox {
    folders: Vec<PathBuf>,
    /// What has been decoded before, by its file: a mail is written once, and a test that waits for one looks often.
    decoded: Arc<Mutex<HashMap<PathBuf, Mail>>>,
}

/// A mail, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    /// The address only.
    pub from: String,
    pub subject: String,
    /// `X-Kindred-Template`.
    pub template: String,
    pub text: String,
    pub html: String,
    /// The file as it is.
    pub raw: String,
}

impl Mail {
    /// The link: the one line of the text that is a URL.
    ///
    /// # Panics
    /// When there is none, or more than one.
    pub fn link(&self) -> &str {
        let links: Vec<&str> = self.text.lines().map(str::trim).filter(|line| is_url(line)).collect();
        assert_eq!(links.len(), 1, "one link: {}", self.text);
        links[0]
    }

    /// The secret in the link.
    ///
    /// # Panics
    /// When there is none.
    pub fn token(&self) -> String {
        let link = url::Url::parse(self.link()).expect("a URL");
        let token = link.query_pairs().find(|(name, _)| name == "token").expect("a token in the link");
        token.1.into_owned()
    }
}

impl Mailbox {
    /// Of the server with this data directory: `node.mailbox()`.
    pub fn of(data_dir: &Path) -> Mailbox {
        Mailbox { folders: vec![data_dir.join("outbox")], decoded: Arc::default() }
    }

    /// And of this one: on a shared database any node may send what another one has written.
    #[must_use]
    pub fn and(mut self, data_dir: &Path) -> Mailbox {
        self.folders.push(data_dir.join("outbox"));
        self
    }

    /// The first mail from this template to this address; waits for it.
    pub async fn wait_for(&self, to: &str, template: &str) -> Mail {
        self.wait_for_nth(to, template, 1).await
    }

    /// The n-th of those that have arrived, from 1, by the time of writing. Messages leave side by side: name
    /// as large an `n` as there are, before a smaller one.
    pub async fn wait_for_nth(&self, to: &str, template: &str, n: usize) -> Mail {
        let what = format!("mail {n} from {template} to {to}");
        eventually(&what, async || self.all(to, template).into_iter().nth(n - 1)).await
    }

    /// All from this template to this address that have arrived, the oldest first.
    pub fn all(&self, to: &str, template: &str) -> Vec<Mail> {
        let wanted = |mail: &Mail| mail.to.eq_ignore_ascii_case(to) && mail.template == template;
        self.everything().into_iter().filter(wanted).collect()
    }

    /// All mails, the oldest first.
    pub fn everything(&self) -> Vec<Mail> {
        let mut files: Vec<PathBuf> = self.folders.iter().flat_map(|folder| files(folder)).collect();
        files.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
        let mut decoded = self.decoded.lock().expect("no mail was unreadable");
        let mails =
            files.into_iter().map(|file| decoded.entry(file).or_insert_with_key(|file| read(file)).clone());
        mails.collect()
    }

    /// Asserts that what was done so far has sent no such mail. Sound, since a message is written in the
    /// transaction of its cause: once the outbox is empty, all that was caused has been sent.
    pub async fn assert_none(&self, env: &Env, to: &str, template: &str) {
        self.settled(env).await;
        assert_eq!(self.all(to, template), [], "no {template} to {to}");
    }

    /// Waits until nothing is left to be sent.
    pub async fn settled(&self, env: &Env) {
        eventually("the outbox is empty", async || (pending_messages(env) == 0).then_some(())).await;
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new(); // made with the first mail
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml")).collect()
}

fn read(file: &Path) -> Mail {
    parse(&fs::read(file).expect("a mail"))
}

/// Decodes a mail as it travels.
pub fn parse(raw: &[u8]) -> Mail {
    let message = MessageParser::default().parse(raw).expect("a mail");
    let address = |list: Option<&mail_parser::Address>| {
        let first = list.and_then(|list| list.first()).and_then(|address| address.address());
        first.expect("an address").to_owned()
    };
    let template = message.header("X-Kindred-Template").and_then(|value| value.as_text());
    Mail {
        to: address(message.to()),
        from: address(message.from()),
        subject: message.subject().unwrap_or_default().to_owned(),
        template: template.expect("a template").trim().to_owned(),
        text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
        html: message.body_html(0).unwrap_or_default().replace("\r\n", "\n"),
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}

fn is_url(line: &str) -> bool {
    (line.starts_with("http://") || line.starts_with("https://")) && !line.contains(' ')
}

/// How many messages wait in the outbox, or are on their way.
pub fn pending_messages(env: &Env) -> usize {
    // Without warnings that wait for the end of the hour.
    count(env, "outbox WHERE state = 'pending' AND (attempts > 0 OR next_attempt_at = created_at)")
}
