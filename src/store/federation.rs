//! Identities that people have at other providers, and the logins with them.

pub(crate) mod federated_session;
pub(crate) mod federation_use;
pub(crate) mod identity;
pub(crate) mod identity_login;

#[cfg(test)]
mod tests;
