//! All personal data of a user, as one JSON document (GDPR articles 15 and 20).
//!
//! The document is written while it is sent, a page of rows at a time: its size does not matter to the
//! server. It shows each row as it was when its page was read, and rows that are written meanwhile may be
//! missing.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::Privacy;
use crate::model::principal::ActingSession;
use crate::model::security_event::{EventKind, RequestContext};
use crate::store::privacy::personal_data::{ExportSection, Person, PersonalTable, Record, personal_tables};
use crate::store::{Effects, StoreError};

/// Rows in one page.
const PAGE: u64 = 200;
/// Pages that wait for the reader.
const AHEAD: usize = 1;
/// The form of the document; a change that readers notice gets the next number.
const FORMAT: &str = "kindred.export/1";

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the account no longer exists")]
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
        let person = self.store.person(user_id).await?.ok_or(ExportError::Gone)?;
        let (sender, parts) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            match self.write(&person, &sender).await {
                Ok(()) | Err(Unfinished::ReaderGone) => {}
                Err(Unfinished::Store(error)) => {
                    tracing::warn!(user_id = %person.id, %error, "an export broke off");
                }
            }
        });
        Ok(Export { parts, is_over: false })
    }

    /// Sections of one member follow each other.
    async fn write(&self, person: &Person, parts: &mpsc::Sender<Part>) -> Result<(), Unfinished> {
        let mut document = Document { text: Vec::new(), list: None, parts };
        document.text.extend_from_slice(b"{\"format\":");
        document.put(&FORMAT.into());
        document.begin("exported_at");
        document.put(&self.clock.now().rfc3339().into());
        for table in personal_tables() {
            for (number, section) in table.sections.iter().enumerate() {
                if section.is_single {
                    self.write_single((&table, number), *section, person, &mut document).await?;
                } else {
                    self.write_list((&table, number), *section, person, &mut document).await?;
                }
            }
        }
        document.end().await
    }

    async fn write_single(
        &self,
        place: (&PersonalTable, usize),
        section: ExportSection,
        person: &Person,
        document: &mut Document<'_>,
    ) -> Result<(), Unfinished> {
        let (records, _) = self.store.personal_page(place, person, None, 1).await?;
        document.close_list();
        document.begin(section.member);
        document.put(&records.into_iter().next().map_or(Value::Null, |record| self.opened(record)));
        Ok(())
    }

    async fn write_list(
        &self,
        place: (&PersonalTable, usize),
        section: ExportSection,
        person: &Person,
        document: &mut Document<'_>,
    ) -> Result<(), Unfinished> {
        document.continue_list(section.member);
        let mut after = None;
        loop {
            let (records, next) = self.store.personal_page(place, person, after, PAGE).await?;
            for record in records {
                document.put_item(&self.opened(record));
            }
            document.send().await?;
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// With what is sealed in it: it is the person's own. `null` if this master key does not open it.
    fn opened(&self, record: Record) -> Value {
        let mut value = record.value;
        if let Some(member) = record.sealed {
            let opened = self.composer.master.open(&member.row.to_string(), &member.sealed).ok();
            let text = opened.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
            value[member.name] = text.into();
        }
        value
    }
}

/// Why a document was not written to its end.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("the reader has gone away")]
    ReaderGone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The text of a document that has not been sent yet.
struct Document<'a> {
    text: Vec<u8>,
    /// The list that is being written, and whether it has an item.
    list: Option<(&'static str, bool)>,
    parts: &'a mpsc::Sender<Part>,
}

impl Document<'_> {
    fn begin(&mut self, name: &str) {
        self.text.extend_from_slice(format!(",\n\"{name}\":").as_bytes());
    }

    fn put(&mut self, value: &Value) {
        self.text.extend_from_slice(value.to_string().as_bytes());
    }

    /// Begins the list of this name, unless it is the one that is being written.
    fn continue_list(&mut self, name: &'static str) {
        if self.list.is_none_or(|(current, _)| current != name) {
            self.close_list();
            self.begin(name);
            self.text.push(b'[');
            self.list = Some((name, false));
        }
    }

    fn put_item(&mut self, value: &Value) {
        if let Some((_, has_items)) = &mut self.list
            && std::mem::replace(has_items, true)
        {
            self.text.push(b',');
        }
        self.text.push(b'\n');
        self.put(value);
    }

    fn close_list(&mut self) {
        if self.list.take().is_some() {
            self.text.push(b']');
        }
    }

    async fn send(&mut self) -> Result<(), Unfinished> {
        let text = std::mem::take(&mut self.text);
        self.parts.send(Part::Bytes(text)).await.map_err(|_| Unfinished::ReaderGone)
    }

    async fn end(mut self) -> Result<(), Unfinished> {
        self.close_list();
        self.text.extend_from_slice(b"}\n");
        self.send().await?;
        self.parts.send(Part::End).await.map_err(|_| Unfinished::ReaderGone)
    }
}
