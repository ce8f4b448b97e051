//! The addresses of avatars, signed or not.

use std::sync::Arc;

use uuid::Uuid;

use super::extract::query::Query;
use super::problem::{Code, Problem};
use crate::clock::Clock;
use crate::config::CrossOrigin;
use crate::keys::root_keys::RootKeys;
use crate::model::avatar::{Digest, path};
use crate::model::family_key::{RootKey, equal};

const SECONDS_PER_DAY: i64 = 86_400;
/// The parameters of a signed address.
pub(super) const PARAMETERS: [&str; 2] = [UNTIL, SIGNATURE];
const UNTIL: &str = "until";
const SIGNATURE: &str = "signature";

/// See the module's description.
pub struct AvatarLinks {
    /// The path under which a proxy publishes the server.
    pub base_path: String,
    pub cross_origin: CrossOrigin,
    pub root_keys: Arc<RootKeys>,
    pub clock: Arc<dyn Clock>,
}

impl AvatarLinks {
    /// The address for clients. A signed one is the same for a day, so that browsers find the picture in their caches.
    pub fn address(&self, user: Uuid, digest: Digest) -> String {
        let path = path(user, digest);
        let published = format!("{}{path}", self.base_path);
        if self.cross_origin != CrossOrigin::SignedUrl {
            return published;
        }
        let until = (self.clock.now().unix_seconds().div_euclid(SECONDS_PER_DAY) + 2) * SECONDS_PER_DAY;
        let signature = sign(&self.root_keys.active(), &path, until);
        format!("{published}?{UNTIL}={until}&{SIGNATURE}={signature}")
    }

    /// The value of `Cross-Origin-Resource-Policy`.
    pub const fn resource_policy(&self) -> &'static str {
        match self.cross_origin {
            CrossOrigin::None => "same-origin",
            CrossOrigin::Cookie => "same-site",
            CrossOrigin::SignedUrl => "cross-origin",
        }
    }

    /// Whether the address was signed here and has not expired.
    ///
    /// # Errors
    /// 401 if not, 422 if a parameter is not known.
    pub fn check(&self, path: &str, query: &Query) -> Result<(), Problem> {
        let until = query.text(UNTIL).and_then(|until| until.parse().ok()).unwrap_or(0);
        let given = query.text(SIGNATURE).unwrap_or_default();
        let is_own =
            self.root_keys.all().any(|root| equal(sign(&root, path, until).as_bytes(), given.as_bytes()));
        if !is_own {
            return Err(Problem::new(Code::TokenInvalid).detail("The signature of the address is not valid."));
        }
        if until <= self.clock.now().unix_seconds() {
            return Err(Problem::new(Code::TokenExpired).detail("The address has expired."));
        }
        Ok(())
    }
}

/// The path identifies the account and the picture.
fn sign(root: &RootKey, path: &str, until: i64) -> String {
    hex::encode(root.avatar_tag(format!("{path}\n{until}").as_bytes()))
}

impl std::fmt::Debug for AvatarLinks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AvatarLinks")
    }
}
