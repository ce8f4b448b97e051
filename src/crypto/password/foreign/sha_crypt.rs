//! SHA-crypt (Drepper, 2008), which Linux keeps in `/etc/shadow`: `$5$` with SHA-256, `$6$` with SHA-512, and
//! `rounds=N$` where they are not 5 000.

use ::sha_crypt::password_hash::Error;
use ::sha_crypt::{PasswordVerifier, ShaCrypt as Algorithm};

use super::super::HashError;
use super::{HashProblem, number};

const MIN_ROUNDS: u32 = 1_000;
/// On the longest password they take about a second.
const MAX_ROUNDS: u32 = 300_000;
const SALT: std::ops::RangeInclusive<usize> = 1..=16;

pub struct ShaCrypt {
    stored: String,
}

impl ShaCrypt {
    /// `None` for what is no SHA-crypt.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        let (length, tail) = if let Some(tail) = stored.strip_prefix("$5$") {
            (43, tail)
        } else {
            (86, stored.strip_prefix("$6$")?)
        };
        Some(check(tail, length).map(|()| Self { stored: stored.to_owned() }))
    }

    pub fn matches(&self, password: &str) -> Result<bool, HashError> {
        match Algorithm::default().verify_password(password.as_bytes(), self.stored.as_str()) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(_) => Err(HashError::Failed),
        }
    }
}

impl std::fmt::Debug for ShaCrypt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ShaCrypt")
    }
}

fn check(tail: &str, length: usize) -> Result<(), HashProblem> {
    let (rounds, rest) = match tail.strip_prefix("rounds=") {
        Some(rest) => rest.split_once('$').ok_or(HashProblem::Malformed)?,
        None => ("5000", tail),
    };
    let rounds: u32 = number(rounds)?;
    let (salt, hash) = rest.split_once('$').ok_or(HashProblem::Malformed)?;
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
    let is_whole = SALT.contains(&salt.len()) && hash.len() == length;
    if !is_whole || !salt.bytes().chain(hash.bytes()).all(is_digit) || rounds < MIN_ROUNDS {
        return Err(HashProblem::Malformed);
    }
    if rounds > MAX_ROUNDS { Err(HashProblem::TooExpensive) } else { Ok(()) }
}
