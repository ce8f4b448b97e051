//! The range API of Have I Been Pwned: <https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange>.

use url::Url;

use super::{BreachedError, Hash, LookupError};
use crate::config::Breached;
use crate::outgoing::{GuardedClient, Outgoing, Policy, Purpose};

/// The digits of a hash that the service learns.
const PREFIX: usize = 5;
/// The longest answer that is read, in bytes. Padded answers have about 40 KiB.
const MAX_ANSWER: usize = 1 << 20;

pub(super) struct Range {
    client: GuardedClient,
    /// `…/range/`
    endpoint: Url,
}

impl Range {
    pub fn new(config: &Breached, outgoing: &Outgoing) -> Result<Self, BreachedError> {
        let mut endpoint = config.base_url.clone();
        let mut path = endpoint.path_segments_mut().map_err(|()| BreachedError::BaseUrl)?;
        path.pop_if_empty().extend(["range", ""]);
        drop(path);
        let client = outgoing.client(Policy {
            purpose: Purpose::BreachedPasswords,
            allow_private: config.allow_private,
            timeout: config.timeout,
            max_answer: MAX_ANSWER,
        })?;
        Ok(Self { client, endpoint })
    }

    pub async fn contains(&self, hash: &Hash) -> Result<bool, LookupError> {
        let digits = hex::encode_upper(hash);
        let (prefix, rest) = digits.split_at(PREFIX);
        let url = self.endpoint.join(prefix).unwrap_or_else(|_| self.endpoint.clone());
        // Padding hides from observers, by the length of the answer, which prefix was asked for.
        let answer = self.client.get(url).header("Add-Padding", "true").send().await?;
        if !answer.is_success() {
            return Err(LookupError::Status(answer.status));
        }
        Ok(answer.body.split(|byte| *byte == b'\n').any(|line| names(line, rest)))
    }
}

/// Whether a line, `REST:COUNT`, is that of this hash. Padding has the count 0.
fn names(line: &[u8], rest: &str) -> bool {
    let Some((found, count)) = line.split_at_checked(rest.len()) else { return false };
    found.eq_ignore_ascii_case(rest.as_bytes())
        && count.first() == Some(&b':')
        && count.iter().any(|byte| matches!(byte, b'1'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_hash_only() {
        let rest = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        let is_named = |line: &str| names(line.as_bytes(), rest);
        assert!(is_named(&format!("{rest}:3")) && is_named(&format!("{}:10\r", rest.to_lowercase())));
        assert!(!is_named(&format!("{rest}:0\r")) && !is_named(&format!("{rest}:")) && !is_named(rest));
        assert!(!is_named("1E4C9B93F3F0682250B6CF8331B7EE68FD9:3") && !is_named("") && !is_named(&rest[..9]));
        assert!(!is_named(&format!("{rest}0:3")));
    }
}
