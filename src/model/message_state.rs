//! The life of a message, from the transaction that writes it until it has left or is given up.

/// Where a message stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// Waits to be sent, or to be sent again.
    Pending,
    Sent,
    /// It would no longer have been of use.
    Expired,
    /// Its quota was used up.
    OverQuota,
    /// Given up. It keeps its contents, so that an operator may have it tried again.
    Dead,
    /// A warning that a younger one of its kind has taken the place of.
    Collapsed,
}

impl MessageState {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Sent, Self::Expired, Self::OverQuota, Self::Dead, Self::Collapsed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Expired => "expired",
            Self::OverQuota => "over_quota",
            Self::Dead => "dead",
            Self::Collapsed => "collapsed",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_stored_and_read_back() {
        let words = ["pending", "sent", "expired", "over_quota", "dead", "collapsed"];
        assert_eq!(MessageState::ALL.map(MessageState::as_str), words);
        assert_eq!(words.map(MessageState::from_stored), MessageState::ALL.map(Some));
        assert_eq!(MessageState::from_stored("of_a_newer_version"), None);
    }
}
