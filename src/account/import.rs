//! Taking over users of another system, from one JSON object a line (NDJSON).
//!
//! What is wrong with a line is told with its number and keeps no other line out. Passwords come as hashes
//! that the other system has made; they are read here, never computed.

mod line;

use std::collections::HashSet;
use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

pub use self::line::{Fault, LineError};
use self::line::{Rules, UserLine};
use crate::clock::Clock;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::email::Email;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::store::account::import::{ExistingAccount, ImportOutcome, ImportedUser};
use crate::store::{Store, StoreError};

/// Lines in one transaction.
const BATCH: usize = 500;
/// Longest line, in bytes.
pub const LONGEST_LINE: u64 = 64 * 1024;

/// The import broke off; what was written before stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("line {line} cannot be read: {source}")]
    Read { line: u64, source: io::Error },
    #[error("the input is UTF-16; convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8")]
    Utf16,
    #[error("the lines up to {line} were imported, but the map of ids cannot be written: {source}")]
    Map { line: u64, source: io::Error },
    #[error("the lines from {line} on were not imported: {source}")]
    Store { line: u64, source: StoreError },
}

/// What has become of the lines so far.
#[derive(Debug, Default, Serialize)]
pub struct ImportReport {
    pub dry_run: bool,
    /// Lines that hold anything.
    pub lines: u64,
    /// Written, or, in a dry run, fit to be written.
    pub imported: u64,
    /// Whose account exists, where that is no error.
    pub skipped: u64,
    pub failed: u64,
    pub errors: Vec<LineError>,
}

/// Where users are imported to, and how.
pub struct Importer {
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Roles other than `user` are let in.
    pub allow_roles: bool,
    /// Nothing is written.
    pub dry_run: bool,
    /// A user whose account exists is no error.
    pub skip_existing: bool,
}

/// A line of the map from the ids of the other system to those of this one.
#[derive(Debug, Serialize)]
struct MapEntry<'a> {
    line: u64,
    external_id: Option<&'a str>,
    id: Uuid,
    /// `imported` or `skipped`.
    outcome: &'static str,
}

/// The outcome of a sound line.
enum Outcome {
    Imported,
    /// The account that was there before.
    Skipped(Uuid),
    Refused(Fault),
}

impl Importer {
    /// Imports all lines; `map` gets a line of JSON for each user who has an account afterwards, and `progress` is told
    /// the bytes read so far after each batch.
    ///
    /// # Errors
    /// [`ImportError`]. Wrong lines are no error: they are in the report.
    pub async fn import<'a>(
        &'a self,
        mut lines: impl BufRead,
        map: Option<&'a mut dyn Write>,
        progress: impl Fn(u64),
    ) -> Result<ImportReport, ImportError> {
        let mut import = Import::new(self, map);
        let (mut number, mut bytes) = (0, 0);
        loop {
            number += 1;
            let line = read_line(&mut lines).map_err(|source| ImportError::Read { line: number, source })?;
            let Some(mut line) = line else { break };
            bytes += line.bytes;
            if number == 1 {
                line.text = match line.text {
                    Ok(text) => Ok(without_mark(text).ok_or(ImportError::Utf16)?),
                    fault => fault,
                };
            }
            import.take(number, &line.text);
            if import.batch.len() == BATCH {
                import.write().await?;
                progress(bytes);
            }
        }
        import.write().await?;
        progress(bytes);
        import.report.errors.sort_by_key(|error| error.line);
        Ok(import.report)
    }
}

impl std::fmt::Debug for Importer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Importer")
    }
}

struct Line {
    text: Result<Vec<u8>, Fault>,
    bytes: u64,
}

/// One line without its end. What exceeds the limit is read and thrown away.
fn read_line(lines: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut text = Vec::new();
    let mut bytes = lines.take(LONGEST_LINE + 1).read_until(b'\n', &mut text)? as u64;
    if bytes == 0 {
        return Ok(None);
    }
    if text.ends_with(b"\n") || bytes <= LONGEST_LINE {
        return Ok(Some(Line { text: Ok(text), bytes }));
    }
    loop {
        let rest = lines.fill_buf()?;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(rest.len(), |end| end + 1);
        let is_over = end.is_some() || rest.is_empty();
        lines.consume(count);
        bytes += count as u64;
        if is_over {
            return Ok(Some(Line { text: Err(Fault::too_long()), bytes }));
        }
    }
}

/// The first line without the byte order mark of UTF-8. `None` if it is UTF-16: with its mark or without, it then has a
/// NUL beside its first character.
fn without_mark(mut text: Vec<u8>) -> Option<Vec<u8>> {
    if text.starts_with(&[0xef, 0xbb, 0xbf]) {
        text.drain(..3);
    }
    let is_utf_16 = text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]);
    let is_wide = text.iter().take(2).any(|byte| *byte == 0);
    (!is_utf_16 && !is_wide).then_some(text)
}

struct Import<'a> {
    importer: &'a Importer,
    map: Option<&'a mut dyn Write>,
    rules: Rules,
    batch: Vec<(u64, ImportedUser)>,
    /// What the database does not show yet: of this batch, or, in a dry run, of all.
    seen: Seen,
    context: RequestContext,
    report: ImportReport,
}

/// What no two lines may share.
#[derive(Default)]
struct Seen {
    emails: HashSet<Email>,
    ids: HashSet<Uuid>,
    external_ids: HashSet<String>,
}

impl Seen {
    fn note(&mut self, user: UserLine) -> Result<UserLine, Fault> {
        if !self.emails.insert(user.email.clone()) {
            return Err(Fault::duplicate_line("email"));
        }
        if user.id.is_some_and(|id| !self.ids.insert(id)) {
            return Err(Fault::duplicate_line("id"));
        }
        if user.external_id.as_ref().is_some_and(|id| !self.external_ids.insert(id.clone())) {
            return Err(Fault::duplicate_line("external_id"));
        }
        Ok(user)
    }
}

impl<'a> Import<'a> {
    fn new(importer: &'a Importer, map: Option<&'a mut dyn Write>) -> Self {
        let now = importer.clock.now();
        let run = uuid_v7(importer.entropy.as_ref(), now);
        Self {
            importer,
            map,
            rules: Rules { allow_roles: importer.allow_roles, now },
            batch: Vec::with_capacity(BATCH),
            seen: Seen::default(),
            context: RequestContext { correlation_id: format!("import-{run}"), ..RequestContext::default() },
            report: ImportReport { dry_run: importer.dry_run, ..ImportReport::default() },
        }
    }

    fn take(&mut self, number: u64, text: &Result<Vec<u8>, Fault>) {
        if text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty()) {
            return;
        }
        self.report.lines += 1;
        let line = match text.as_ref().map_err(Fault::clone).and_then(|text| line::Line::read(text)) {
            Ok(line) => line,
            Err(fault) => return self.refuse(number, None, fault),
        };
        let external_id = line.external_id().map(str::to_owned);
        match line.user(&self.rules).and_then(|user| self.seen.note(user)) {
            Ok(user) => {
                let user = self.identified(user);
                self.batch.push((number, user));
            }
            Err(fault) => self.refuse(number, external_id, fault),
        }
    }

    fn identified(&self, user: UserLine) -> ImportedUser {
        let (entropy, at) = (self.importer.entropy.as_ref(), self.rules.now);
        let id = user.id.unwrap_or_else(|| uuid_v7(entropy, at));
        let event =
            SecurityEvent::new(uuid_v7(entropy, at), EventKind::AccountCreated, self.context.clone(), at);
        ImportedUser {
            id,
            external_id: user.external_id,
            email: user.email,
            display_name: user.display_name,
            locale: user.locale,
            roles: user.roles,
            status: user.status,
            email_verified: user.email_verified,
            password_hash: user.password_hash,
            created_at: user.created_at.unwrap_or(at),
            at,
            event: event.about(id).with(serde_json::json!({ "via": "import" })),
        }
    }

    fn refuse(&mut self, line: u64, external_id: Option<String>, fault: Fault) {
        self.report.failed += 1;
        self.report.errors.push(LineError { line, external_id, fault });
    }

    async fn write(&mut self) -> Result<(), ImportError> {
        let (numbers, users): (Vec<u64>, Vec<ImportedUser>) =
            std::mem::take(&mut self.batch).into_iter().unzip();
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return Ok(()) };
        let imported = self.write_users(&users).await;
        let imported = imported.map_err(|source| ImportError::Store { line: *first, source })?;
        for (number, user) in numbers.iter().zip(&users) {
            let written = self.settle(*number, user, &imported);
            written.map_err(|source| ImportError::Map { line: *last, source })?;
        }
        let flushed = self.map.as_mut().map_or(Ok(()), |map| map.flush());
        flushed.map_err(|source| ImportError::Map { line: *last, source })
    }

    async fn write_users(&mut self, users: &[ImportedUser]) -> Result<ImportOutcome, StoreError> {
        let Importer { store, dry_run, skip_existing, .. } = self.importer;
        if *dry_run {
            return Ok(ImportOutcome {
                existing: store.existing_accounts(users).await?,
                written: Vec::new(),
            });
        }
        // From now on the database tells; where an account that exists is no error, it would not.
        if !skip_existing {
            self.seen = Seen::default();
        }
        store.import(users).await
    }

    /// Counts the line, and writes it to the map or to the errors.
    fn settle(&mut self, line: u64, user: &ImportedUser, imported: &ImportOutcome) -> io::Result<()> {
        match self.outcome(user, imported) {
            Outcome::Imported => {
                self.report.imported += 1;
                self.note(line, user, user.id, "imported")
            }
            Outcome::Skipped(id) => {
                self.report.skipped += 1;
                self.note(line, user, id, "skipped")
            }
            Outcome::Refused(fault) => {
                self.refuse(line, user.external_id.clone(), fault);
                Ok(())
            }
        }
    }

    fn outcome(&self, user: &ImportedUser, imported: &ImportOutcome) -> Outcome {
        let has_external_id = |account: &ExistingAccount| {
            account.external_id.is_some() && account.external_id == user.external_id
        };
        let has_email = |account: &ExistingAccount| account.email == user.email.as_str();
        if imported.written.contains(&user.id) {
            return Outcome::Imported;
        }
        let theirs = imported.existing.iter();
        let theirs = theirs.filter(|it| it.id == user.id || has_email(it) || has_external_id(it));
        match theirs.collect::<Vec<_>>()[..] {
            [] if self.importer.dry_run => Outcome::Imported,
            [account] if self.importer.skip_existing => Outcome::Skipped(account.id),
            ref accounts => {
                Outcome::Refused(if accounts.iter().any(|it| has_external_id(it) && !has_email(it)) {
                    Fault::external_id_taken()
                } else if accounts.iter().any(|it| it.id == user.id && !has_email(it)) {
                    Fault::id_taken()
                } else {
                    Fault::taken()
                })
            }
        }
    }

    fn note(&mut self, line: u64, user: &ImportedUser, id: Uuid, outcome: &'static str) -> io::Result<()> {
        let Some(map) = &mut self.map else { return Ok(()) };
        let entry = MapEntry { line, external_id: user.external_id.as_deref(), id, outcome };
        serde_json::to_writer(&mut *map, &entry)?;
        map.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_to_its_end_and_no_further() {
        let long = vec![b'x'; 3 * LONGEST_LINE as usize];
        let text = [b"one\n\n".as_slice(), &long, b"\nlast"].concat();
        let mut lines = io::BufReader::with_capacity(1000, text.as_slice());
        let mut read = || read_line(&mut lines).unwrap();
        assert_eq!(read().unwrap().text.unwrap(), b"one\n");
        assert_eq!(read().unwrap().text.unwrap(), b"\n");
        let refused = read().unwrap();
        assert_eq!(refused.bytes, long.len() as u64 + 1);
        assert_eq!(refused.text.unwrap_err(), Fault::too_long());
        assert_eq!(read().unwrap().text.unwrap(), b"last");
        assert!(read().is_none());
    }

    #[test]
    fn the_mark_of_utf_8_goes_and_utf_16_is_refused() {
        assert_eq!(without_mark(b"\xef\xbb\xbf{}".to_vec()).as_deref(), Some(b"{}".as_slice()));
        assert_eq!(without_mark(b"{}".to_vec()).as_deref(), Some(b"{}".as_slice()));
        for wide in [b"\xff\xfe{\0".as_slice(), b"\xfe\xff\0{", b"{\0}\0", b"\0{\0}"] {
            assert_eq!(without_mark(wide.to_vec()), None);
        }
    }

    #[test]
    fn the_longest_line_is_taken() {
        let longest = vec![b'x'; LONGEST_LINE as usize];
        let mut lines = io::BufReader::new(longest.as_slice());
        assert_eq!(read_line(&mut lines).unwrap().unwrap().text.unwrap(), longest);
    }
}
