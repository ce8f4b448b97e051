//! Taking over users of another system, from one JSON object a line (NDJSON).
//!
//! What is wrong with a line is told with its number and keeps no other line out. Passwords come as hashes
//! that the other system has made; they are read here, never computed.

mod line;

use std::collections::HashSet;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

use serde::Serialize;

use self::line::Rules;
pub use self::line::{Fault, LineError};
use crate::clock::Clock;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::email::Email;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::store::account::import::ImportedUser;
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
}

impl Importer {
    /// Imports all lines; `progress` is told the bytes read so far after each batch.
    ///
    /// # Errors
    /// [`ImportError`]. Wrong lines are no error: they are in the report.
    pub async fn import(
        &self,
        mut lines: impl BufRead,
        progress: impl Fn(u64),
    ) -> Result<ImportReport, ImportError> {
        let mut import = Import::new(self);
        let (mut number, mut bytes) = (0, 0);
        loop {
            number += 1;
            let line = read_line(&mut lines).map_err(|source| ImportError::Read { line: number, source })?;
            let Some(line) = line else { break };
            bytes += line.bytes;
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

struct Import<'a> {
    importer: &'a Importer,
    rules: Rules,
    batch: Vec<(u64, ImportedUser)>,
    /// Addresses that the database does not show yet: of this batch, or, in a dry run, of all.
    seen: HashSet<Email>,
    context: RequestContext,
    report: ImportReport,
}

impl<'a> Import<'a> {
    fn new(importer: &'a Importer) -> Self {
        let now = importer.clock.now();
        let run = uuid_v7(importer.entropy.as_ref(), now);
        Self {
            importer,
            rules: Rules { allow_roles: importer.allow_roles, now },
            batch: Vec::with_capacity(BATCH),
            seen: HashSet::new(),
            context: RequestContext { correlation_id: format!("import-{run}"), ..RequestContext::default() },
            report: ImportReport { dry_run: importer.dry_run, ..ImportReport::default() },
        }
    }

    fn take(&mut self, number: u64, text: &Result<Vec<u8>, Fault>) {
        if text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty()) {
            return;
        }
        self.report.lines += 1;
        let parsed = text.as_ref().map_err(Fault::clone).and_then(|text| line::parse(text, &self.rules));
        let accepted = parsed.and_then(|user| {
            if self.seen.insert(user.email.clone()) { Ok(user) } else { Err(Fault::duplicate_line()) }
        });
        match accepted {
            Ok(user) => {
                let user = self.identified(user);
                self.batch.push((number, user));
            }
            Err(fault) => self.refuse(number, fault),
        }
    }

    fn identified(&self, user: line::NewUser) -> ImportedUser {
        let (entropy, at) = (self.importer.entropy.as_ref(), self.rules.now);
        let id = uuid_v7(entropy, at);
        let event =
            SecurityEvent::new(uuid_v7(entropy, at), EventKind::AccountCreated, self.context.clone(), at);
        ImportedUser {
            id,
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

    fn refuse(&mut self, line: u64, fault: Fault) {
        self.report.failed += 1;
        self.report.errors.push(LineError { line, fault });
    }

    async fn write(&mut self) -> Result<(), ImportError> {
        let batch = std::mem::take(&mut self.batch);
        let Some((first, _)) = batch.first() else { return Ok(()) };
        let failed = |source| ImportError::Store { line: *first, source };
        let (numbers, users): (Vec<u64>, Vec<ImportedUser>) = batch.iter().cloned().unzip();
        let is_taken: Vec<bool> = if self.importer.dry_run {
            let emails: Vec<&Email> = users.iter().map(|user| &user.email).collect();
            let taken = self.importer.store.taken_addresses(&emails).await.map_err(failed)?;
            let taken: HashSet<String> = taken.into_iter().collect();
            users.iter().map(|user| taken.contains(user.email.as_str())).collect()
        } else {
            self.seen.clear();
            let written = self.importer.store.import(&users).await.map_err(failed)?;
            let written: HashSet<_> = written.into_iter().collect();
            users.iter().map(|user| !written.contains(&user.id)).collect()
        };
        for (number, is_taken) in numbers.into_iter().zip(is_taken) {
            if is_taken {
                self.refuse(number, Fault::taken());
            } else {
                self.report.imported += 1;
            }
        }
        Ok(())
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
    fn the_longest_line_is_taken() {
        let longest = vec![b'x'; LONGEST_LINE as usize];
        let mut lines = io::BufReader::new(longest.as_slice());
        assert_eq!(read_line(&mut lines).unwrap().unwrap().text.unwrap(), longest);
    }
}
