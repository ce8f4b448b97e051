//! The value of the device cookie: the tokens by which the last accounts of a browser know it.
//!
//! `key.token~key.token`: the key is an HMAC of the account, so that a new token takes the place of the account's old
//! one, and no one who reads the cookie learns whose accounts they are.

use std::fmt;

use uuid::Uuid;

use crate::keys::root_keys::RootKeys;
use crate::model::device_token::{DeviceToken, account_key};

/// How many accounts a browser is a known device of at once.
const MOST: usize = 5;
/// Between the entries. Neither separator is a character of base64url.
const SEPARATOR: char = '~';

/// See the module's description. The most recently used account comes first.
#[derive(Debug, Default)]
pub struct KnownAccounts(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    key: String,
    token: String,
}

impl KnownAccounts {
    /// Reads the values of the cookie. What is not well-formed is left out.
    pub fn parse(values: &[&str]) -> Self {
        let mut known = Self::default();
        for entry in values.iter().flat_map(|value| value.split(SEPARATOR)).filter_map(Entry::parse) {
            if known.0.len() < MOST && known.0.iter().all(|other| other.key != entry.key) {
                known.0.push(entry);
            }
        }
        known
    }

    /// All tokens, as `Devices::find` of `authn` takes them.
    pub fn tokens(&self) -> Option<String> {
        let tokens: Vec<&str> = self.0.iter().map(|entry| entry.token.as_str()).collect();
        (!tokens.is_empty()).then(|| tokens.join(&SEPARATOR.to_string()))
    }

    /// With a new token of this account.
    #[must_use]
    pub fn with(mut self, root_keys: &RootKeys, user_id: Uuid, token: &str) -> Self {
        let keys: Vec<String> = root_keys.all().map(|root| account_key(&root, user_id)).collect();
        self.0.retain(|entry| !keys.contains(&entry.key));
        let key = account_key(&root_keys.active(), user_id);
        self.0.insert(0, Entry { key, token: token.to_owned() });
        self.0.truncate(MOST);
        self
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (key, token) = text.split_once('.')?;
        DeviceToken::parse(token)?;
        Some(Self { key: key.to_owned(), token: token.to_owned() })
    }
}

impl fmt::Display for KnownAccounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, Entry { key, token }) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "~" };
            write!(formatter, "{separator}{key}.{token}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::Timestamp;
    use crate::keys::root_keys::OtherRootKey;
    use crate::model::device_token::DeviceOwner;
    use crate::model::family_key::{RootKey, RootKeyId};
    use crate::secret::Secret;

    fn root(id: u8) -> RootKey {
        RootKey::new(RootKeyId(id), Secret::new([id; 32]))
    }

    fn keys() -> RootKeys {
        RootKeys::new(root(1), Vec::new())
    }

    fn token(user: u128, device: u128) -> String {
        let owner = DeviceOwner { user_id: Uuid::from_u128(user), device_epoch: 0 };
        let token = DeviceToken::issue(&root(1), owner, Uuid::from_u128(device), Timestamp::default());
        token.reveal().expose().clone()
    }

    fn add(known: KnownAccounts, keys: &RootKeys, user: u128, device: u128) -> KnownAccounts {
        known.with(keys, Uuid::from_u128(user), &token(user, device))
    }

    #[test]
    fn an_account_has_one_token_whatever_its_device_is() {
        let known = add(add(KnownAccounts::default(), &keys(), 1, 10), &keys(), 2, 20);
        let known = KnownAccounts::parse(&[&known.to_string()]);
        let known = add(known, &keys(), 1, 11);
        assert_eq!(known.tokens(), Some(format!("{}~{}", token(1, 11), token(2, 20))));
        // Also across a change of root keys.
        let rotated =
            RootKeys::new(root(2), vec![OtherRootKey { key: Arc::new(root(1)), followed_at: None }]);
        assert_eq!(add(known, &rotated, 2, 21).0.len(), 2);
    }

    #[test]
    fn the_five_last_accounts_are_kept() {
        let known = (1..=7).fold(KnownAccounts::default(), |known, user| add(known, &keys(), user, user));
        let text = known.to_string();
        assert!(text.len() < 600, "{}", text.len());
        let kept = KnownAccounts::parse(&[&text]).tokens().unwrap();
        assert_eq!(kept.split('~').count(), MOST);
        assert!(kept.starts_with(&token(7, 7)) && !kept.contains(&token(2, 2)));
    }

    #[test]
    fn nonsense_is_left_out() {
        let own = add(KnownAccounts::default(), &keys(), 1, 10).to_string();
        for other in ["", "x", "~~", ".", "key.kd2_", "kd2_AA"] {
            let known = KnownAccounts::parse(&[other, &own, &own]);
            assert_eq!(known.to_string(), own, "{other}");
        }
        assert_eq!(KnownAccounts::parse(&["x"]).tokens(), None);
    }
}
