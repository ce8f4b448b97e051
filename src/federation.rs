//! Providers that vouch for people: their metadata, their keys, and the tokens they issue (OpenID Connect Core and
//! Discovery 1.0).
//!
//! A provider is asked when something of it is needed, never at start: one that cannot be reached keeps no server from
//! starting and no other provider from working. What it told is kept for an hour, and if it does not answer, for a day.

mod authorization;
mod discovery;
mod exchange;
mod github;
mod logout;
mod provider;
mod providers;
mod sealing;

#[cfg(test)]
mod tests;

pub use authorization::AuthorizationRequest;
pub use discovery::{Discovered, DiscoveryError};
pub use exchange::{CodeExchange, ExchangeError, ProviderTokens};
pub use github::GitHubError;
pub use logout::LogoutError;
pub use provider::{Presented, Provider, ProviderError, TokenError};
pub use providers::{KnownProvider, Providers};
pub use sealing::{IssuedNonce, Sealing};
