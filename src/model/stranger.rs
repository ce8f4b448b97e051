//! Requests that prove nothing about an account. They are counted by network and minute instead of being stored one by
//! one, so that a stranger who repeats them changes a number and does not fill the database.

use std::net::IpAddr;

use super::mask;
use super::security_event::RequestContext;
use crate::clock::Timestamp;

const MINUTE: i64 = 60 * 1_000_000;

/// The kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StrangerKind {
    /// A login with an address that has no account.
    LoginUnknown,
    /// The request of a link for an address that gets none.
    LinkRequestUnknown,
    /// A passkey ceremony that was not started here, has expired, or names an unknown passkey.
    PasskeyUnknown,
    /// Repeated requests of a signed-in user to a route without the required role.
    AccessDenied,
}

impl StrangerKind {
    pub const ALL: [Self; 4] =
        [Self::LoginUnknown, Self::LinkRequestUnknown, Self::PasskeyUnknown, Self::AccessDenied];

    /// The name in the table, in the list for administrators and in the metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoginUnknown => "login.unknown_address",
            Self::LinkRequestUnknown => "link_request.unknown_address",
            Self::PasskeyUnknown => "passkey.unknown",
            Self::AccessDenied => "access.denied_again",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The key of a count: the kind of request, the network and the minute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    pub kind: StrangerKind,
    /// Masked, as in lists of sessions. `unknown` without an address, `other` if too many networks are counted already.
    pub network: String,
    /// The start of the minute.
    pub minute: Timestamp,
}

impl Cell {
    pub fn of(kind: StrangerKind, context: &RequestContext, at: Timestamp) -> Self {
        let address = context.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        let network = address.map_or_else(|| "unknown".to_owned(), mask::network);
        let micros = at.as_micros();
        Self { kind, network, minute: Timestamp::from_micros(micros - micros.rem_euclid(MINUTE)) }
    }

    /// The count of the same minute for networks without one of their own.
    #[must_use]
    pub fn of_others(self) -> Self {
        Self { network: "other".to_owned(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_masked_network_and_a_whole_minute() {
        let context = RequestContext { address: Some("192.0.2.77".to_owned()), ..RequestContext::default() };
        let cell = Cell::of(StrangerKind::LoginUnknown, &context, Timestamp::from_micros(61_000_001));
        assert_eq!((cell.network.as_str(), cell.minute.as_micros()), ("192.0.2.0/24", 60_000_000));
        assert_eq!(
            Cell::of(StrangerKind::LoginUnknown, &RequestContext::default(), cell.minute).network,
            "unknown"
        );
        assert_eq!(cell.of_others().network, "other");
    }

    #[test]
    fn every_kind_is_stored_and_read_back() {
        assert!(StrangerKind::ALL.iter().all(|kind| StrangerKind::from_stored(kind.as_str()) == Some(*kind)));
    }
}
