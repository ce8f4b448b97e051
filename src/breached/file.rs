//! A file of breached passwords: written once, then read block by block. The index is held in memory, 16 MiB for a
//! billion hashes; a look-up reads one block, which the system keeps in its cache.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256, digest};
use tempfile::NamedTempFile;

use super::format::{BLOCK, ENTRY, HEADER, MAGIC, SUMMARY, VERSION, file_length, summary};
use crate::file_error::FileError;

/// A file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BreachFileError {
    #[error(transparent)]
    Access(#[from] FileError),
    #[error("{}: this is not a file of breached passwords; make one with `kindred breached build`", .0.display())]
    Foreign(PathBuf),
    #[error("{}: this file was made by another version; make it again with `kindred breached build`", .0.display())]
    Version(PathBuf),
    #[error("{}: this file is damaged or not complete; make it again with `kindred breached build`", .0.display())]
    Damaged(PathBuf),
}

/// An open file.
pub struct BreachFile {
    path: PathBuf,
    file: File,
    count: u64,
    digest: Vec<u8>,
    /// The first hash of each block.
    index: Vec<u64>,
}

impl BreachFile {
    /// Opens a file, and checks its header, its length and its index.
    ///
    /// # Errors
    /// [`BreachFileError`].
    pub fn open(path: &Path) -> Result<Self, BreachFileError> {
        let access = |source| FileError::new(path, source);
        let mut file = File::open(path).map_err(access)?;
        let length = file.metadata().map_err(access)?.len();
        let mut header = [0; HEADER];
        if length < HEADER as u64 {
            return Err(BreachFileError::Foreign(path.to_owned()));
        }
        file.read_exact(&mut header).map_err(access)?;
        let (summary, digest_of_index) = header.split_at(SUMMARY);
        if !summary.starts_with(MAGIC) {
            return Err(BreachFileError::Foreign(path.to_owned()));
        }
        if number(&summary[16..24]) != u64::from(VERSION) << 32 | BLOCK as u64 {
            return Err(BreachFileError::Version(path.to_owned()));
        }
        let count = number(&summary[24..32]);
        if file_length(count) != Some(length) {
            return Err(BreachFileError::Damaged(path.to_owned()));
        }
        let mut index = Vec::new();
        file.seek(SeekFrom::Start(HEADER as u64 + count * ENTRY as u64)).map_err(access)?;
        file.read_to_end(&mut index).map_err(access)?;
        if digest(&SHA256, &[summary, &index].concat()).as_ref() != digest_of_index {
            return Err(BreachFileError::Damaged(path.to_owned()));
        }
        let index = index.chunks_exact(ENTRY).map(number).collect();
        Ok(Self { path: path.to_owned(), file, count, digest: summary[32..].to_vec(), index })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of hashes.
    pub const fn hashes(&self) -> u64 {
        self.count
    }

    /// Whether a hash with these first eight bytes is in the file. Reads one block.
    ///
    /// # Errors
    /// [`BreachFileError`].
    pub fn contains(&self, prefix: u64) -> Result<bool, BreachFileError> {
        let blocks = self.index.partition_point(|first| *first <= prefix);
        let Some(block) = blocks.checked_sub(1) else { return Ok(false) };
        let hashes = self.block(block)?;
        Ok(hashes.binary_search(&prefix).is_ok())
    }

    /// Reads the whole file and compares it with its digest.
    ///
    /// # Errors
    /// [`BreachFileError`].
    pub fn check(&self, mut progress: impl FnMut(u64)) -> Result<(), BreachFileError> {
        let mut digest = Context::new(&SHA256);
        let mut last = None;
        for block in 0..self.index.len() {
            let hashes = self.block(block)?;
            if last >= hashes.first().copied() || !hashes.is_sorted_by(|one, next| one < next) {
                return Err(self.damaged());
            }
            last = hashes.last().copied();
            hashes.iter().for_each(|hash| digest.update(&hash.to_be_bytes()));
            progress(hashes.len() as u64);
        }
        if digest.finish().as_ref() == self.digest { Ok(()) } else { Err(self.damaged()) }
    }

    fn block(&self, block: usize) -> Result<Vec<u64>, BreachFileError> {
        let begin = block as u64 * BLOCK as u64;
        let length = (self.count - begin).min(BLOCK as u64) as usize;
        let mut bytes = vec![0; length * ENTRY];
        let offset = HEADER as u64 + begin * ENTRY as u64;
        self.file.read_exact_at(&mut bytes, offset).map_err(|source| FileError::new(&self.path, source))?;
        let hashes: Vec<u64> = bytes.chunks_exact(ENTRY).map(number).collect();
        if hashes.first() == self.index.get(block) { Ok(hashes) } else { Err(self.damaged()) }
    }

    fn damaged(&self) -> BreachFileError {
        BreachFileError::Damaged(self.path.clone())
    }
}

/// Writes a file. It appears under its name when it is whole.
pub struct BreachFileWriter {
    file: BufWriter<NamedTempFile>,
    count: u64,
    last: Option<u64>,
    digest: Context,
    index: Vec<u8>,
}

impl BreachFileWriter {
    /// Begins a file in the folder of `path`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // The hashes are public, and the server may run as another user.
        let file = tempfile::Builder::new()
            .prefix(".kindred-breached-")
            .permissions(std::fs::Permissions::from_mode(0o644))
            .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
        let mut file = BufWriter::with_capacity(1 << 18, file);
        file.write_all(&[0; HEADER])?;
        Ok(Self { file, count: 0, last: None, digest: Context::new(&SHA256), index: Vec::new() })
    }

    /// Adds the first eight bytes of a hash, which are not less than the last ones. Gives back whether they are not.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn push(&mut self, prefix: u64) -> io::Result<bool> {
        match self.last {
            Some(last) if prefix < last => return Ok(false),
            // Two hashes with the same beginning.
            Some(last) if prefix == last => return Ok(true),
            _ => {}
        }
        let bytes = prefix.to_be_bytes();
        if self.count.is_multiple_of(BLOCK as u64) {
            self.index.extend_from_slice(&bytes);
        }
        self.file.write_all(&bytes)?;
        self.digest.update(&bytes);
        self.last = Some(prefix);
        self.count += 1;
        Ok(true)
    }

    /// Whether nothing was added yet.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Completes the file and gives it its name, in place of an older one. Gives back the number of hashes.
    ///
    /// # Errors
    /// The file cannot be written; nothing is at `path` then, or what was there before.
    pub fn finish(mut self, path: &Path) -> io::Result<u64> {
        self.file.write_all(&self.index)?;
        let mut header = summary(self.count, self.digest.finish().as_ref());
        let digest = digest(&SHA256, &[header.as_slice(), &self.index].concat());
        header.extend_from_slice(digest.as_ref());
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().write_all_at(&header, 0)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(self.count)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLIONS: u64 = 10_000_000;
    const STEP: u64 = u64::MAX / MILLIONS;

    /// Ascending, with gaps of any size.
    fn made(number: u64) -> u64 {
        number * STEP + number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (STEP - 1)
    }

    fn build(path: &Path, count: u64) {
        let mut writer = BreachFileWriter::create(path).unwrap();
        for number in 0..count {
            assert!(writer.push(made(number)).unwrap());
        }
        assert_eq!(writer.finish(path).unwrap(), count);
    }

    #[test]
    fn ten_million_hashes_are_told_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hashes");
        build(&path, MILLIONS);
        let file = BreachFile::open(&path).unwrap();
        assert_eq!(file.hashes(), MILLIONS);
        assert_eq!(file.index.len() as u64, MILLIONS.div_ceil(BLOCK as u64));
        let edges = [0, 1, 510, 511, 512, 513, MILLIONS - 2, MILLIONS - 1];
        for number in edges.into_iter().chain((0..MILLIONS).step_by(997)) {
            assert!(file.contains(made(number)).unwrap(), "{number}");
            assert!(!file.contains(made(number) + 1).unwrap(), "{number}");
        }
        assert!(!file.contains(u64::MAX).unwrap());
    }

    #[test]
    fn what_is_below_the_first_one_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hashes");
        let mut writer = BreachFileWriter::create(&path).unwrap();
        assert!(writer.push(7).unwrap() && writer.push(7).unwrap(), "the same beginning twice is no error");
        assert!(!writer.push(6).unwrap(), "the order is required");
        assert_eq!(writer.finish(&path).unwrap(), 1);
        let file = BreachFile::open(&path).unwrap();
        let found = [0, 6, 7, 8].map(|prefix| file.contains(prefix).unwrap());
        assert_eq!(found, [false, false, true, false]);
    }

    #[test]
    fn damaged_files_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hashes");
        build(&path, 2000);
        let whole = std::fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let error = BreachFile::open(&path).err().expect("it is refused");
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
            error
        };
        for length in [0, 10, HEADER - 1] {
            assert!(matches!(refused(&whole[..length]), BreachFileError::Foreign(_)), "{length}");
        }
        for length in [HEADER, 8000, whole.len() - 1] {
            assert!(matches!(refused(&whole[..length]), BreachFileError::Damaged(_)), "{length}");
        }
        assert!(matches!(refused(&[&whole[..], &[0]].concat()), BreachFileError::Damaged(_)));
        let flipped = |place: usize| {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            bytes
        };
        assert!(matches!(refused(&flipped(0)), BreachFileError::Foreign(_)));
        assert!(matches!(refused(&flipped(19)), BreachFileError::Version(_)));
        for place in [24, 31, 40, 70, HEADER - 1, whole.len() - 1] {
            assert!(matches!(refused(&flipped(place)), BreachFileError::Damaged(_)), "{place}");
        }
        assert!(BreachFile::open(folder.path()).is_err());
        assert!(matches!(BreachFile::open(&folder.path().join("none")), Err(BreachFileError::Access(_))));
    }

    /// Damage in the middle is found by reading everything, and at a look-up if it is at the edge of a block.
    #[test]
    fn damage_in_the_middle_is_found_by_the_check() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hashes");
        build(&path, 2000);
        let mut seen = 0;
        BreachFile::open(&path).unwrap().check(|hashes| seen += hashes).unwrap();
        assert_eq!(seen, 2000);
        let whole = std::fs::read(&path).unwrap();
        for entry in [0, 5, BLOCK, 1999] {
            let mut bytes = whole.clone();
            bytes[HEADER + entry * ENTRY + 7] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            let file = BreachFile::open(&path).unwrap();
            assert!(matches!(file.check(|_| {}), Err(BreachFileError::Damaged(_))), "{entry}");
            let found = file.contains(made(entry as u64));
            assert_eq!(found.is_err(), entry.is_multiple_of(BLOCK), "{entry}: {found:?}");
        }
    }
}
