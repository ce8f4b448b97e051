//! One file of the GeoIP database, as it was read.

use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use maxminddb::{MaxMindDbError, Reader, geoip2};

use crate::clock::Timestamp;
use crate::model::device::plain_name;
use crate::model::location::{Coordinates, Location, country_code};

/// In km. Coordinates that are less precise than this are the center of a country and are ignored.
const VAGUE: u16 = 100;
/// The types of databases that contain countries.
const KINDS: [&str; 3] = ["city", "country", "enterprise"];

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("it is not a MaxMind database: {0}")]
    Format(MaxMindDbError),
    #[error("it is a database of the kind {0:?}, not of cities or countries")]
    Kind(String),
}

/// Identifies a version of a file, to detect that it was changed or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    /// The time of the last status change in seconds and nanoseconds, which tools cannot set.
    changed: (i64, i64),
}

impl Stamp {
    pub fn of(path: &Path) -> Result<Self, EditionError> {
        let about = std::fs::metadata(path)?;
        Ok(Self {
            device: about.dev(),
            inode: about.ino(),
            bytes: about.len(),
            changed: (about.ctime(), about.ctime_nsec()),
        })
    }
}

/// An open MaxMind database, held in memory.
pub(super) struct Edition(Reader<Vec<u8>>);

impl Edition {
    pub fn read(path: &Path) -> Result<Self, EditionError> {
        Self::of(std::fs::read(path)?)
    }

    fn of(content: Vec<u8>) -> Result<Self, EditionError> {
        let reader = Reader::from_source(content).map_err(EditionError::Format)?;
        let kind = reader.metadata().database_type.to_ascii_lowercase();
        if !KINDS.iter().any(|known| kind.contains(known)) {
            return Err(EditionError::Kind(reader.metadata().database_type.clone()));
        }
        Ok(Self(reader))
    }

    pub fn kind(&self) -> &str {
        &self.0.metadata().database_type
    }

    /// When it was built, in RFC 3339.
    pub fn built(&self) -> String {
        let seconds = i64::try_from(self.0.metadata().build_epoch).unwrap_or(i64::MAX);
        Timestamp::from_unix_seconds(seconds).rfc3339()
    }

    /// The location of an address. A damaged entry counts as none.
    pub fn locate(&self, address: IpAddr) -> Option<Location> {
        let found =
            self.0.lookup(address.to_canonical()).and_then(|entry| entry.decode::<geoip2::City<'_>>());
        let entry = found.unwrap_or_else(|error| {
            tracing::debug!(%error, "cannot read an entry of the GeoIP database");
            None
        })?;
        let place = &entry.location;
        let is_vague = place.accuracy_radius.is_some_and(|radius| radius > VAGUE);
        let degrees = place.latitude.zip(place.longitude).filter(|_| !is_vague);
        Some(Location {
            country: country_code(entry.country.iso_code?)?,
            city: entry.city.names.english.and_then(plain_name),
            coordinates: degrees
                .and_then(|(latitude, longitude)| Coordinates::of_degrees(latitude, longitude)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_database_is_refused() {
        for content in [&b""[..], b"nonsense", b"\xab\xcd\xefMaxMind.com"] {
            assert!(matches!(Edition::of(content.to_vec()), Err(EditionError::Format(_))), "{content:?}");
        }
        assert!(matches!(Edition::read(Path::new("/nonexistent")), Err(EditionError::Io(_))));
    }

    #[test]
    fn a_file_in_anothers_place_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        std::fs::write(&one, "same").unwrap();
        std::fs::write(&two, "same").unwrap();
        let stamp = Stamp::of(&one).unwrap();
        assert_eq!(Stamp::of(&one).unwrap(), stamp);
        std::fs::rename(&two, &one).unwrap();
        assert_ne!(Stamp::of(&one).unwrap(), stamp);
        std::fs::remove_file(&one).unwrap();
        assert!(Stamp::of(&one).is_err());
    }
}
