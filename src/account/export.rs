//! All that is stored on a person, as one JSON document (GDPR articles 15 and 20).
//!
//! The document is written while it is sent, a page of rows at a time: its size does not matter to the
//! server. It shows each row as it was when its page was read, and rows that are written meanwhile may be
//! missing.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Privacy;
use crate::model::sealed_row::SealedRow;
use crate::model::security_event::{EventKind, RequestContext};
use crate::store::privacy::personal_data::{PersonalFacts, PersonalPhone, Section};
use crate::store::session::acting_session::ActingSession;
use crate::store::{Effects, StoreError};

/// Rows in one page.
const PAGE: u64 = 200;
/// Pages that wait for the reader.
const AHEAD: usize = 1;
/// The form of the document; a change that readers notice gets the next number.
const FORMAT: &str = "kindred.export/1";

/// The sections in their order; rows of one name follow each other.
const SECTIONS: [(&str, &[Section]); 17] = [
    ("sessions", &[Section::Sessions]),
    ("security_events", &[Section::EventsAbout, Section::EventsBy]),
    ("consents", &[Section::Consents]),
    ("one_time_tokens", &[Section::OneTimeTokens]),
    ("backup_codes", &[Section::BackupCodes]),
    ("trusted_devices", &[Section::TrustedDevices]),
    ("login_challenges", &[Section::LoginChallenges]),
    ("factor_attempts", &[Section::FactorAttempts]),
    ("device_attempts", &[Section::DeviceAttempts]),
    ("passkeys", &[Section::Passkeys]),
    ("webauthn_ceremonies", &[Section::Ceremonies]),
    ("messages", &[Section::Messages]),
    ("invitations", &[Section::Invitations]),
    ("pending_registrations", &[Section::PendingRegistrations]),
    ("quotas", &[Section::Quotas]),
    ("sms_codes", &[Section::SmsCodes]),
    ("sms_sends", &[Section::SmsSends]),
];

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("there is no such account any more")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The document broke off: what was sent of it must not pass for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off")]
pub struct BrokenOff;

enum Part {
    Bytes(Vec<u8>),
    End,
}

/// A document on its way.
pub struct Export {
    parts: mpsc::Receiver<Part>,
    is_over: bool,
}

impl Export {
    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// [`BrokenOff`] if there should be more, and there are not.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, BrokenOff>> {
        if self.is_over {
            return None;
        }
        match self.parts.recv().await {
            Some(Part::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Part::End) => {
                self.is_over = true;
                None
            }
            None => {
                self.is_over = true;
                Some(Err(BrokenOff))
            }
        }
    }
}

impl std::fmt::Debug for Export {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Export")
    }
}

impl Privacy {
    /// Begins a user's export. That it was asked for is written before anything is handed out.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export(
        self: Arc<Self>,
        acting_session: ActingSession,
        context: RequestContext,
    ) -> Result<Export, ExportError> {
        let user_id = acting_session.user_id;
        let event = self.event(EventKind::AccountExported, context).about(user_id).by(user_id);
        self.store.record(&Effects::of(event).by_session(Some(acting_session))).await?;
        let facts = self.store.personal_facts(user_id).await?.ok_or(ExportError::Gone)?;
        let (sender, parts) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            if let Err(error) = self.write(&facts, &sender).await {
                tracing::warn!(user_id = %facts.person.id, %error, "an export broke off");
            }
        });
        Ok(Export { parts, is_over: false })
    }

    async fn write(&self, facts: &PersonalFacts, parts: &mpsc::Sender<Part>) -> Result<(), StoreError> {
        let mut text = Vec::new();
        text.extend_from_slice(b"{\"format\":");
        put(&mut text, &FORMAT.into());
        for (name, value) in [
            ("exported_at", Some(self.clock.now().rfc3339().into())),
            ("account", Some(facts.account.clone())),
            ("password", facts.password.clone()),
            ("avatar", facts.avatar.clone()),
            ("totp", facts.totp.clone()),
            ("phone", facts.phone.as_ref().map(|phone| self.phone(facts.person.id, phone))),
        ] {
            begin(&mut text, name);
            put(&mut text, &value.unwrap_or(Value::Null));
        }
        for (name, sections) in SECTIONS {
            begin(&mut text, name);
            text.push(b'[');
            let mut is_first = true;
            for section in sections {
                let mut after = None;
                loop {
                    let page = self.store.personal_page(&facts.person, *section, after, PAGE).await?;
                    for row in &page.0 {
                        if !std::mem::take(&mut is_first) {
                            text.push(b',');
                        }
                        text.push(b'\n');
                        put(&mut text, row);
                    }
                    if parts.send(Part::Bytes(std::mem::take(&mut text))).await.is_err() {
                        return Ok(()); // nobody reads any more
                    }
                    after = page.1;
                    if after.is_none() {
                        break;
                    }
                }
            }
            text.push(b']');
        }
        text.extend_from_slice(b"}\n");
        let _ = parts.send(Part::Bytes(text)).await;
        let _ = parts.send(Part::End).await;
        Ok(())
    }

    /// With the number itself: it is the person's own. `null` if this master key does not open it.
    fn phone(&self, user_id: Uuid, phone: &PersonalPhone) -> Value {
        let opened =
            self.composer.master.open(&SealedRow::SmsAuthenticator(user_id).to_string(), &phone.sealed).ok();
        let number = opened.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
        let mut facts = phone.facts.clone();
        facts["number"] = number.into();
        facts
    }
}

fn begin(text: &mut Vec<u8>, name: &str) {
    text.extend_from_slice(format!(",\n\"{name}\":").as_bytes());
}

fn put(text: &mut Vec<u8>, value: &Value) {
    text.extend_from_slice(value.to_string().as_bytes());
}
