//! The list as it is published: one SHA-1 in hexadecimal digits and a count in each line, ordered by the hashes.

use std::io::BufRead;
use std::path::Path;

use super::file::BreachFileWriter;
use crate::file_error::FileError;

/// No file was made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the list cannot be read: {0}")]
    Read(std::io::Error),
    #[error("cannot write {0}")]
    Write(FileError),
    #[error("line {0} is not `HASH:COUNT` with the 40 digits of a SHA-1")]
    Line(u64),
    #[error("line {0} is out of order: take the list that is ordered by hash")]
    Order(u64),
    #[error("the list is empty")]
    Empty,
}

/// Makes the file at `output` from a list. `progress` is called with the number of bytes of each line. Gives back the
/// number of hashes.
///
/// # Errors
/// [`BuildError`]; what is at `output` is as it was.
pub fn build(
    mut list: impl BufRead,
    output: &Path,
    mut progress: impl FnMut(u64),
) -> Result<u64, BuildError> {
    let write = |source| BuildError::Write(FileError::new(output, source));
    let mut writer = BreachFileWriter::create(output).map_err(write)?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = list.read_until(b'\n', &mut line).map_err(BuildError::Read)?;
        if length == 0 {
            break;
        }
        progress(length as u64);
        let text = line.trim_ascii_end();
        if text.is_empty() {
            continue;
        }
        let prefix = parse(text).ok_or(BuildError::Line(number))?;
        if !writer.push(prefix).map_err(write)? {
            return Err(BuildError::Order(number));
        }
    }
    if writer.is_empty() { Err(BuildError::Empty) } else { writer.finish(output).map_err(write) }
}

/// The first eight bytes of the hash of a line.
fn parse(line: &[u8]) -> Option<u64> {
    let (hash, count) = line.split_at_checked(40)?;
    let is_counted = match count.split_first() {
        None => true,
        Some((colon, digits)) => *colon == b':' && digits.iter().all(u8::is_ascii_digit),
    };
    if !is_counted || !hash.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(&hash[..16]).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::super::file::BreachFile;
    use super::*;

    const ONE: &str = "0000000A1D4B746FAA3FD526FF6D5BC8052FDB38";
    const TWO: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";

    fn built(list: &str) -> Result<BreachFile, BuildError> {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("hashes");
        build(list.as_bytes(), &output, |_| {}).map(|_| BreachFile::open(&output).unwrap())
    }

    #[test]
    fn the_published_list_becomes_a_file() {
        // With the ends of lines of the published list.
        let file = built(&format!("{ONE}:16\r\n{}:9545824\r\n", TWO.to_lowercase())).unwrap();
        assert_eq!(file.hashes(), 2);
        assert!(file.contains(0x0000_000A_1D4B_746F).unwrap());
        assert!(file.contains(0x5BAA_61E4_C9B9_3F3F).unwrap());
        assert!(!file.contains(0x5BAA_61E4_C9B9_3F40).unwrap());
        assert_eq!(built(&format!("{ONE}\n{TWO}")).unwrap().hashes(), 2, "counts may be missing");
    }

    #[test]
    fn what_is_no_such_list_is_refused_with_the_line() {
        let line = |list: &str| match built(list) {
            Err(BuildError::Line(number)) => Some(number),
            _ => None,
        };
        assert_eq!(line("hello\n"), Some(1));
        assert_eq!(line(&format!("{ONE}:1\n{}:1\n", &TWO[..32])), Some(2), "NTLM");
        assert_eq!(line(&format!("{ONE}:1\n\n{TWO};1\n")), Some(3));
        assert_eq!(line(&format!("{ONE}:many\n")), Some(1));
        assert_eq!(line(&format!("G{}:1\n", &ONE[1..])), Some(1));
        assert_eq!(line(&format!("+{}:1\n", &ONE[1..])), Some(1));
        assert!(matches!(built(&format!("{TWO}:1\n{ONE}:1\n")), Err(BuildError::Order(2))));
        assert!(matches!(built(""), Err(BuildError::Empty)));
    }

    #[test]
    fn a_failure_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("hashes");
        build(format!("{ONE}:1\n").as_bytes(), &output, |_| {}).unwrap();
        assert!(build(format!("{ONE}:1\nbroken\n").as_bytes(), &output, |_| {}).is_err());
        assert_eq!(BreachFile::open(&output).unwrap().hashes(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }
}
