//! The port to lists of passwords that became public.

use futures_util::future::BoxFuture;

use crate::model::password_policy::PreparedPassword;

/// Knows the passwords that became public in breaches of other services.
pub trait BreachedPasswords: Send + Sync {
    /// Whether the password is one of them. If that cannot be found out, it is not: a list that cannot be read must
    /// keep no one from setting a password.
    fn contains<'a>(&'a self, password: &'a PreparedPassword) -> BoxFuture<'a, bool>;
}
