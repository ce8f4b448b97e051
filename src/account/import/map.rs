//! The map from the ids of the other system to those of this one.

use std::io::{self, Write};

use serde::Serialize;
use uuid::Uuid;

/// How the map is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapForm {
    /// One JSON object per line.
    Ndjson,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
}

/// A user who has an account after the import.
#[derive(Debug, Serialize)]
pub struct MapEntry<'a> {
    pub line: u64,
    pub external_id: Option<&'a str>,
    pub id: Uuid,
    /// `imported` or `skipped`.
    pub outcome: &'static str,
}

/// Writes entries in one form.
pub struct MapWriter<'a> {
    to: &'a mut dyn Write,
    form: MapForm,
}

impl std::fmt::Debug for MapWriter<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "MapWriter({:?})", self.form)
    }
}

impl<'a> MapWriter<'a> {
    /// # Errors
    /// If the header cannot be written.
    pub fn new(to: &'a mut dyn Write, form: MapForm) -> io::Result<Self> {
        if form == MapForm::Csv {
            to.write_all(b"line,external_id,id,outcome\r\n")?;
        }
        Ok(Self { to, form })
    }

    /// # Errors
    /// If the entry cannot be written.
    pub fn write(&mut self, entry: &MapEntry<'_>) -> io::Result<()> {
        match self.form {
            MapForm::Ndjson => {
                serde_json::to_writer(&mut *self.to, entry)?;
                self.to.write_all(b"\n")
            }
            MapForm::Csv => {
                let MapEntry { line, external_id, id, outcome } = entry;
                let external_id = external_id.map(quoted).unwrap_or_default();
                write!(self.to, "{line},{external_id},{id},{outcome}\r\n")
            }
        }
    }

    /// # Errors
    /// If what was written cannot reach the file.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// In quotation marks, which protect commas; those of the text are doubled (RFC 4180 §2).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_quotation_marks_belong_to_the_value() {
        let mut bytes = Vec::new();
        let mut map = MapWriter::new(&mut bytes, MapForm::Csv).unwrap();
        let entry = |external_id| MapEntry { line: 1, external_id, id: Uuid::nil(), outcome: "imported" };
        for external_id in [Some("a,\"b\""), None] {
            map.write(&entry(external_id)).unwrap();
        }
        let id = Uuid::nil();
        let expected =
            format!("line,external_id,id,outcome\r\n1,\"a,\"\"b\"\"\",{id},imported\r\n1,,{id},imported\r\n");
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
