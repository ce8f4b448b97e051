//! The ways in which messages leave.

/// How a message is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// By SMTP, or whatever `mail.transport` says.
    Mail,
    /// By the provider of `sms.transport`.
    Sms,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 2] = [Self::Mail, Self::Sms];

    /// The name in the database and as a label of metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    /// Reads [`Self::as_str`]; `None` for a channel of a newer version.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_is_stored_and_read_back() {
        assert_eq!(Channel::ALL.map(Channel::as_str), ["mail", "sms"]);
        assert_eq!(["mail", "sms"].map(Channel::from_stored), Channel::ALL.map(Some));
        assert_eq!(Channel::from_stored("of_a_newer_version"), None);
    }
}
