//! The format of the file. All numbers are big-endian.
//!
//! | bytes | content |
//! |---|---|
//! | 16 | `KINDRED-BREACHED` |
//! | 4, 4 | the version of the format; the number of hashes in a block |
//! | 8 | the number of hashes |
//! | 32 | the SHA-256 of the hashes |
//! | 32 | the SHA-256 of everything before, and of the index |
//! | 8 each | the first eight bytes of each hash, ascending, each once |
//! | 8 each | the index: the first hash of each block |
//!
//! Of a billion hashes, the first eight bytes of one more are among them with a probability of 1 to 18 billion.

use super::Hash;

pub(super) const MAGIC: &[u8; 16] = b"KINDRED-BREACHED";
pub(super) const VERSION: u32 = 1;
/// The length of a hash in the file, in bytes.
pub(super) const ENTRY: usize = 8;
/// The number of hashes that are read at a time: a page of memory.
pub(super) const BLOCK: usize = 512;
/// The part of the header that the index is authenticated with.
pub(super) const SUMMARY: usize = 64;
pub(super) const HEADER: usize = SUMMARY + 32;

/// What the file knows of a hash.
pub(super) fn prefix(hash: &Hash) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *hash;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The beginning of the header.
pub(super) fn summary(count: u64, digest: &[u8]) -> Vec<u8> {
    let mut summary = Vec::with_capacity(SUMMARY);
    summary.extend_from_slice(MAGIC);
    summary.extend_from_slice(&VERSION.to_be_bytes());
    summary.extend_from_slice(&(BLOCK as u32).to_be_bytes());
    summary.extend_from_slice(&count.to_be_bytes());
    summary.extend_from_slice(digest);
    summary
}

/// The length of a file with so many hashes.
pub(super) fn file_length(count: u64) -> Option<u64> {
    let entries = count.checked_add(count.div_ceil(BLOCK as u64))?;
    entries.checked_mul(ENTRY as u64)?.checked_add(HEADER as u64)
}
