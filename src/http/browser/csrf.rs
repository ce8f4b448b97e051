//! Tokens against cross-site request forgery: HMACs that are bound to a session (OWASP, *signed double submit*).
//!
//! The key is derived from the root keys, so every node has it, and it changes with them. A token is accepted for the
//! day of its issue and the days around it, under every root key that was active in these days.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::keys::root_keys::RootKeys;
use crate::model::family_key::{RootKey, equal};

const SECONDS_PER_DAY: i64 = 86_400;
/// For how long tokens under a root key are accepted after the next one was made.
const ACCEPTED_AFTER_ROTATION: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// The length of a tag (HMAC-SHA256).
pub const TAG_BYTES: usize = 32;

/// Issues and checks CSRF tokens.
pub struct CsrfTokens {
    pub root_keys: Arc<RootKeys>,
    pub clock: Arc<dyn Clock>,
}

impl CsrfTokens {
    /// The token for a session's id, or before login for the value of the pre-session cookie.
    pub fn issue(&self, subject: &str, user_agent: &[u8]) -> String {
        tag(&self.root_keys.active(), subject, user_agent, self.today())
    }

    /// The same for a page: masked with random bytes, so that no two pages contain the same text and nothing follows
    /// from their compressed sizes (BREACH).
    pub fn issue_masked(&self, subject: &str, user_agent: &[u8], mask: [u8; TAG_BYTES]) -> String {
        let mut token = Vec::with_capacity(2 * TAG_BYTES);
        token.extend_from_slice(&mask);
        let tag = hex::decode(self.issue(subject, user_agent)).unwrap_or_default();
        token.extend(tag.iter().zip(mask).map(|(tag, mask)| tag ^ mask));
        hex::encode(token)
    }

    /// Whether this is a token for this subject and user agent, masked or not, compared in constant time.
    pub fn accepts(&self, token: &[u8], subject: &str, user_agent: &[u8]) -> bool {
        let unmasked = unmasked(token);
        let token = unmasked.as_ref().map_or(token, String::as_bytes);
        let today = self.today();
        let days = [today, today - 1, today + 1];
        let recent = self.root_keys.active_since(self.clock.now().minus(ACCEPTED_AFTER_ROTATION));
        let mut tags = recent.flat_map(|root| days.map(|day| tag(&root, subject, user_agent, day)));
        tags.any(|tag| equal(tag.as_bytes(), token))
    }

    fn today(&self) -> i64 {
        self.clock.now().unix_seconds().div_euclid(SECONDS_PER_DAY)
    }
}

/// A masked token is twice as long.
fn unmasked(token: &[u8]) -> Option<String> {
    if token.len() != 4 * TAG_BYTES || token.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let bytes = hex::decode(token).ok()?;
    let (mask, masked) = bytes.split_at(TAG_BYTES);
    Some(hex::encode(masked.iter().zip(mask).map(|(masked, mask)| masked ^ mask).collect::<Vec<u8>>()))
}

/// None of the parts contains NUL, which separates them.
fn tag(root: &RootKey, subject: &str, user_agent: &[u8], day: i64) -> String {
    let day = day.to_string();
    hex::encode(root.csrf_tag(&[subject.as_bytes(), b"\0", user_agent, b"\0", day.as_bytes()].concat()))
}

impl std::fmt::Debug for CsrfTokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CsrfTokens")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::keys::root_keys::OtherRootKey;
    use crate::model::family_key::RootKeyId;
    use crate::secret::Secret;

    #[derive(Debug)]
    struct Stopped(Timestamp);

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    /// The others were followed by the active key on day 100.
    fn tokens(day: i64, active: u8, others: &[u8]) -> CsrfTokens {
        let root = |id: u8| RootKey::new(RootKeyId(id), Secret::new([id; 32]));
        let followed_at = Some(Timestamp::from_unix_seconds(100 * SECONDS_PER_DAY));
        let other = |id: &u8| OtherRootKey { key: Arc::new(root(*id)), followed_at };
        let root_keys = RootKeys::new(root(active), others.iter().map(other).collect());
        let clock = Stopped(Timestamp::from_unix_seconds(day * SECONDS_PER_DAY + 5));
        CsrfTokens { root_keys: Arc::new(root_keys), clock: Arc::new(clock) }
    }

    #[test]
    fn a_token_belongs_to_its_subject_agent_and_days() {
        let token = tokens(100, 1, &[]).issue("session", b"agent");
        assert_eq!(token.len(), 64);
        for (day, expected) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            assert_eq!(tokens(day, 1, &[]).accepts(token.as_bytes(), "session", b"agent"), expected, "{day}");
        }
        let today = tokens(100, 1, &[]);
        assert!(!today.accepts(token.as_bytes(), "other", b"agent"));
        assert!(!today.accepts(token.as_bytes(), "session", b"other"));
        assert!(!today.accepts(token.as_bytes(), "session\0agent", b""));
        assert!(!today.accepts(b"", "session", b"agent"));
        assert!(!today.accepts(token.to_uppercase().as_bytes(), "session", b"agent"));
    }

    #[test]
    fn a_page_has_a_token_of_its_own() {
        let tokens = tokens(100, 1, &[]);
        let (one, other) =
            (tokens.issue_masked("session", b"", [1; 32]), tokens.issue_masked("session", b"", [2; 32]));
        assert_ne!(one[64..], other[64..]);
        for token in [&one, &other] {
            assert!(tokens.accepts(token.as_bytes(), "session", b""));
            assert!(!tokens.accepts(token.as_bytes(), "other", b""));
            assert!(!tokens.accepts(token.to_uppercase().as_bytes(), "session", b""));
        }
        assert!(!tokens.accepts(&[b'0'; 128], "session", b""));
    }

    #[test]
    fn it_rotates_with_the_root_keys() {
        let token = tokens(100, 1, &[]).issue("session", b"agent");
        assert!(tokens(100, 2, &[1]).accepts(token.as_bytes(), "session", b"agent"));
        assert!(!tokens(100, 2, &[]).accepts(token.as_bytes(), "session", b"agent"));
        let later = tokens(103, 1, &[]).issue("session", b"agent");
        assert!(!tokens(103, 2, &[1]).accepts(later.as_bytes(), "session", b"agent"), "the key is too old");
    }
}
