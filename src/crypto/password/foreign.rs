//! Password hashes of other systems, imported with their accounts. They are verified as those systems did until their
//! owner's first login, which replaces them.

mod argon2;
mod bcrypt;
mod pbkdf2;
mod scrypt;

use aws_lc_rs::constant_time;

use self::bcrypt::Bcrypt;
use self::pbkdf2::Pbkdf2;
use self::scrypt::Scrypt;
use super::{HashError, Verification};

/// Why a hash is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashProblem {
    #[error("is of no kind that can be verified")]
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
    Scrypt(Scrypt),
    Pbkdf2(Pbkdf2),
}

impl ForeignHash {
    /// `None` for what may be Argon2, or nothing at all.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        let parsed = if let Some(rest) = bcrypt::tail(stored) {
            Bcrypt::parse(rest).map(Self::Bcrypt)
        } else if let Some(rest) = stored.strip_prefix("$scrypt$") {
            Scrypt::parse(rest).map(Self::Scrypt)
        } else {
            Pbkdf2::parse(stored)?.map(Self::Pbkdf2)
        };
        Some(parsed)
    }

    /// A match is always outdated: the password is to be hashed again.
    pub fn verify(&self, password: &str) -> Result<Verification, HashError> {
        let matches = match self {
            Self::Bcrypt(hash) => hash.matches(password),
            Self::Scrypt(hash) => hash.matches(password)?,
            Self::Pbkdf2(hash) => hash.matches(password),
        };
        Ok(if matches { Verification::Match { outdated: true } } else { Verification::Mismatch })
    }
}

/// Whether a hash can be verified here, at a bearable cost. Looks at its form only and computes nothing.
///
/// # Errors
/// [`HashProblem`].
pub fn check(hash: &str) -> Result<(), HashProblem> {
    match ForeignHash::parse(hash) {
        Some(parsed) => parsed.map(|_| ()),
        None if hash.starts_with("$argon2") => argon2::check(hash),
        None => Err(HashProblem::Unknown),
    }
}

fn are_equal(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// A decimal number without sign, space or leading zeros.
fn number<T: std::str::FromStr>(text: &str) -> Result<T, HashProblem> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain).ok_or(HashProblem::Malformed)
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
