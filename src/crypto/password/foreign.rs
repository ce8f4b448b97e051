//! Password hashes of other systems, imported with their accounts. They are verified as those systems did until their
//! owner's first login, which replaces them.

mod argon2;
mod bcrypt;
mod firebase;
mod pbkdf2;
mod phpass;
mod scrypt;
mod sha_crypt;

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use self::bcrypt::Bcrypt;
use self::firebase::Firebase;
use self::pbkdf2::Pbkdf2;
use self::phpass::Phpass;
use self::scrypt::Scrypt;
use self::sha_crypt::ShaCrypt;
use super::{HashError, Verification};

/// Why a hash is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashProblem {
    #[error("is of a kind that cannot be verified")]
    Unknown,
    #[error("is damaged")]
    Malformed,
    /// Verifying it would take about a second or more, or 1 GiB of memory.
    #[error("would cost too much to verify")]
    TooExpensive,
}

impl HashProblem {
    /// Stable.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_hash",
            Self::Malformed => "malformed_hash",
            Self::TooExpensive => "hash_too_expensive",
        }
    }
}

/// A parsed hash that is not Argon2.
#[derive(Debug)]
pub(super) enum ForeignHash {
    Bcrypt(Bcrypt),
    Firebase(Firebase),
    Pbkdf2(Pbkdf2),
    Phpass(Phpass),
    Scrypt(Scrypt),
    ShaCrypt(ShaCrypt),
}

impl ForeignHash {
    /// `None` for what may be Argon2, or nothing at all.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        None.or_else(|| Some(Bcrypt::parse(stored)?.map(Self::Bcrypt)))
            .or_else(|| Some(Firebase::parse(stored)?.map(Self::Firebase)))
            .or_else(|| Some(Pbkdf2::parse(stored)?.map(Self::Pbkdf2)))
            .or_else(|| Some(Phpass::parse(stored)?.map(Self::Phpass)))
            .or_else(|| Some(Scrypt::parse(stored)?.map(Self::Scrypt)))
            .or_else(|| Some(ShaCrypt::parse(stored)?.map(Self::ShaCrypt)))
    }

    /// A match is always outdated: the password is to be hashed again.
    pub fn verify(&self, password: &str) -> Result<Verification, HashError> {
        let matches = match self {
            Self::Bcrypt(hash) => hash.matches(password),
            Self::Firebase(hash) => hash.matches(password)?,
            Self::Pbkdf2(hash) => hash.matches(password),
            Self::Phpass(hash) => hash.matches(password),
            Self::Scrypt(hash) => hash.matches(password)?,
            Self::ShaCrypt(hash) => hash.matches(password)?,
        };
        Ok(if matches { Verification::Match { outdated: true } } else { Verification::Mismatch })
    }
}

/// Whether a hash can be verified here, at a bearable cost. Looks at its form only and computes nothing. Returns the
/// form in which it is stored.
///
/// # Errors
/// [`HashProblem`].
pub fn check(hash: &str) -> Result<&str, HashProblem> {
    let bare = without_label(hash);
    match ForeignHash::parse(bare) {
        Some(parsed) => parsed.map(|_| bare),
        None if bare.starts_with("$argon2") => argon2::check(bare).map(|()| bare),
        None => Err(HashProblem::Unknown),
    }
}

/// Spring and Django put a name of their own before hashes that name their kind themselves.
fn without_label(hash: &str) -> &str {
    const LABELS: [&str; 5] = ["{bcrypt}", "{argon2}", "{argon2@SpringSecurity_v5_8}", "bcrypt$", "argon2"];
    let bare = LABELS.iter().find_map(|label| hash.strip_prefix(label));
    bare.filter(|bare| bare.starts_with('$')).unwrap_or(hash)
}

fn are_equal(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// A decimal number without sign, space or leading zeros.
fn number<T: std::str::FromStr>(text: &str) -> Result<T, HashProblem> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain).ok_or(HashProblem::Malformed)
}

/// The parts of a text between its `$`.
fn parts<const N: usize>(text: &str) -> Result<[&str; N], HashProblem> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().map_err(|_| HashProblem::Malformed)
}

/// The bytes of base64 with its padding.
fn padded(text: &str) -> Result<Vec<u8>, HashProblem> {
    STANDARD.decode(text).map_err(|_| HashProblem::Malformed)
}

fn hexadecimal(text: &str) -> Result<Vec<u8>, HashProblem> {
    hex::decode(text).map_err(|_| HashProblem::Malformed)
}

/// The values of `a=1,b=2`, in this order and no other.
fn members<const N: usize>(text: &str, names: [&str; N]) -> Result<[u32; N], HashProblem> {
    let mut values = [0; N];
    let mut given = text.split(',');
    for (value, name) in values.iter_mut().zip(names) {
        let member = given.next().and_then(|member| member.strip_prefix(name)?.strip_prefix('='));
        *value = number(member.ok_or(HashProblem::Malformed)?)?;
    }
    if given.next().is_some() { Err(HashProblem::Malformed) } else { Ok(values) }
}

#[cfg(test)]
mod tests;
