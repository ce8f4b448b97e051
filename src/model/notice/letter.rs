//! A message and its recipient.

use serde::{Deserialize, Serialize};

use super::Notice;
use crate::model::time_zone::TimeZone;

/// A message with its recipient: the part of the outbox's row that is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// An e-mail address, or a phone number in E.164.
    pub to: String,
    /// The name of the account's owner. The salutation uses it only where the recipient is known to be the owner.
    pub display_name: Option<String>,
    /// A language tag.
    pub locale: Option<String>,
    /// The zone of the times in the message.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// The facts of the message.
    pub notice: Notice,
    /// Whether it was requested by a device that is known to the account.
    #[serde(default)]
    pub known_device: bool,
    /// The link in a warning for a reader who did not do what it tells of; a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<HelpLink>,
}

/// A link in a warning that helps without a login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpLink {
    /// What the link is for, as the name of its [`Purpose`](crate::model::one_time_token::Purpose).
    pub purpose: String,
    /// The link, a secret.
    pub url: String,
}

/// Without the link, which is a secret.
impl std::fmt::Debug for HelpLink {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "HelpLink({})", self.purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::HelpLink;

    #[test]
    fn debug_output_names_the_purpose_and_not_the_link() {
        let link = HelpLink {
            purpose: "secure_account".to_owned(),
            url: "https://example.org/?token=t0ken".to_owned(),
        };
        assert_eq!(format!("{link:?}"), "HelpLink(secure_account)");
    }
}
