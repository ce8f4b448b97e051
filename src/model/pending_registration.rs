//! Concurrent registrations of one address, of which its owner completes one.
//!
//! Anyone can register any address, so neither the first nor the last registration may keep that of the owner out.
//! There are five places for each address, at most one of them for each client network. A sixth registration replaces
//! the oldest one of the wider network that holds most places. A stranger therefore needs five wider networks to
//! displace the registration of an owner whose network is not among them.

use std::net::IpAddr;

use uuid::Uuid;

use crate::clock::Timestamp;

/// The number of registrations of one address that wait at the same time.
pub const MAX_PLACES: usize = 5;

/// The network of a client, by which registrations are distinguished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientNetwork {
    /// The IPv4 address, or the /64 of an IPv6 address.
    pub network: String,
    /// The /16, or the /32.
    pub wider: String,
}

impl ClientNetwork {
    /// The network of an address in text form. Clients without an address share a network.
    pub fn of(address: Option<&str>) -> Self {
        match address.and_then(|address| address.parse::<IpAddr>().ok()).map(|address| address.to_canonical())
        {
            Some(IpAddr::V4(address)) => {
                let [a, b, ..] = address.octets();
                Self { network: address.to_string(), wider: format!("{a}.{b}.0.0/16") }
            }
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Self { network: format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"), wider: format!("{a:x}:{b:x}::/32") }
            }
            None => Self { network: "unknown".to_owned(), wider: "unknown".to_owned() },
        }
    }
}

/// A registration that holds a place of its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: Uuid,
    pub network: ClientNetwork,
    pub at: Timestamp,
}

/// The registration that a new one from `network` replaces; `None` while there is room.
pub fn displaced(places: &[Place], network: &ClientNetwork) -> Option<Uuid> {
    if let Some(same) = places.iter().find(|place| place.network.network == network.network) {
        return Some(same.id);
    }
    if places.len() < MAX_PLACES {
        return None;
    }
    // The new one counts among those of its wider network.
    let held = |wider: &str| {
        let held = places.iter().filter(|place| place.network.wider == wider).count();
        held + usize::from(network.wider == wider)
    };
    let most = places.iter().map(|place| held(&place.network.wider)).max()?;
    let of_largest = places.iter().filter(|place| held(&place.network.wider) == most);
    of_largest.min_by_key(|place| (place.at, place.id)).map(|place| place.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places in the order of their age, by address.
    fn places(addresses: &[&str]) -> Vec<Place> {
        let place = |(age, address): (usize, &&str)| Place {
            id: Uuid::from_u128(age as u128),
            network: ClientNetwork::of(Some(address)),
            at: Timestamp::from_unix_seconds(age as i64),
        };
        addresses.iter().enumerate().map(place).collect()
    }

    fn gives_way(addresses: &[&str], new: &str) -> Option<usize> {
        let id = displaced(&places(addresses), &ClientNetwork::of(Some(new)));
        id.map(|id| id.as_u128() as usize)
    }

    #[test]
    fn networks_are_addresses_of_ipv4_and_64s_of_ipv6() {
        let network = |address| ClientNetwork::of(Some(address));
        assert_eq!(network("192.0.2.7").network, "192.0.2.7");
        assert_eq!(network("192.0.2.7").wider, "192.0.0.0/16");
        assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
        assert_eq!(network("2001:db8:1:2:3:4:5:6").network, "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), network("2001:DB8:1:2::"));
        assert_eq!(network("2001:db8:1:2::1").wider, "2001:db8::/32");
        assert_eq!(ClientNetwork::of(None), network("nonsense"));
    }

    #[test]
    fn one_place_for_each_network() {
        assert_eq!(gives_way(&[], "192.0.2.1"), None);
        assert_eq!(gives_way(&["192.0.2.1"], "192.0.2.2"), None);
        assert_eq!(gives_way(&["192.0.2.1", "192.0.2.2"], "192.0.2.2"), Some(1));
        let full = ["192.0.2.1", "198.51.100.1", "203.0.113.1", "10.0.0.1", "10.1.0.1"];
        assert_eq!(gives_way(&full, "203.0.113.1"), Some(2), "also where all places are taken");
    }

    #[test]
    fn the_wider_network_that_holds_most_gives_way() {
        // The owner came first, and stays however often the others come.
        let full = ["203.0.113.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
        assert_eq!(gives_way(&full, "192.0.2.5"), Some(1));
        assert_eq!(gives_way(&full, "198.51.100.1"), Some(1));
        // The owner comes last, and displaces none but them.
        let full = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1", "198.51.100.2"];
        assert_eq!(gives_way(&full, "203.0.113.1"), Some(0));
        // A new one counts with its own: here as many as the largest, and older.
        let full = ["198.51.100.1", "198.51.100.2", "192.0.2.1", "192.0.2.2", "203.0.113.1"];
        assert_eq!(gives_way(&full, "192.0.2.3"), Some(2));
        // Of equals the oldest.
        let full = ["203.0.113.1", "198.51.100.1", "192.0.2.1", "10.0.0.1", "10.1.0.1"];
        assert_eq!(gives_way(&full, "172.16.0.1"), Some(0));
    }
}
