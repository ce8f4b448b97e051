//! The result of every login.

use std::time::Duration;

use crate::secret::Secret;
use crate::session::tokens::IssuedTokens;

/// A session that was opened.
#[derive(Debug)]
pub struct LoggedIn {
    pub tokens: IssuedTokens,
    /// Makes the device a known one. It takes the place of the token that was sent.
    pub device_token: Secret<String>,
    /// How much longer the device stands in for the second factor, if it does.
    pub device_trusted_for: Option<Duration>,
}
