//! The approximate location of a network address.

use std::fmt;
use std::net::IpAddr;

/// Coordinates in tenths of a degree, about 10 km: enough to distinguish cities and too coarse to find a street.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coordinates {
    /// North of the equator; −900 to 900.
    pub latitude: i16,
    /// East of Greenwich; −1800 to 1800.
    pub longitude: i16,
}

impl Coordinates {
    /// Rounds degrees; `None` if they are out of range.
    pub fn of_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let is_sane = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        // NaN fails the comparison, and every value that passes fits.
        let tenths = |degrees: f64| (degrees * 10.0).round() as i16;
        is_sane.then(|| Self { latitude: tenths(latitude), longitude: tenths(longitude) })
    }
}

/// The location of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// ISO 3166-1 alpha-2, in capitals.
    pub country: String,
    /// The name in English; absent if the database knows only the country.
    pub city: Option<String>,
    /// Absent if only the country is known.
    pub coordinates: Option<Coordinates>,
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.city {
            Some(city) => write!(formatter, "{city}, {}", self.country),
            None => formatter.write_str(&self.country),
        }
    }
}

/// The code of a country in capitals; `None` for other text.
pub fn country_code(text: &str) -> Option<String> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_uppercase())
}

/// Whether an address has a location. Loopback, link-local and private addresses are the same in every network.
pub fn has_place(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            // RFC 6598: shared addresses behind the translation of a provider.
            let is_shared = first == 100 && (64..128).contains(&second);
            let is_local = address.is_private() || address.is_loopback() || address.is_link_local();
            !(is_local || is_shared || address.is_unspecified())
        }
        IpAddr::V6(address) => {
            let is_local = address.is_unique_local() || address.is_unicast_link_local();
            !(is_local || address.is_loopback() || address.is_unspecified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_rounded_to_a_tenth() {
        let of = |latitude, longitude| {
            Coordinates::of_degrees(latitude, longitude).map(|place| (place.latitude, place.longitude))
        };
        assert_eq!(of(52.5244, 13.4105), Some((525, 134)));
        assert_eq!(of(-33.8688, 151.2093), Some((-339, 1512)));
        assert_eq!(of(90.0, -180.0), Some((900, -1800)));
        for (latitude, longitude) in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(of(latitude, longitude), None, "{latitude} {longitude}");
        }
    }

    #[test]
    fn a_place_is_named_by_city_and_country() {
        let mut place =
            Location { country: "DE".to_owned(), city: Some("Berlin".to_owned()), coordinates: None };
        assert_eq!(place.to_string(), "Berlin, DE");
        place.city = None;
        assert_eq!(place.to_string(), "DE");
    }

    #[test]
    fn a_country_is_two_letters() {
        assert_eq!(country_code("de").as_deref(), Some("DE"));
        for none in ["", "D", "DEU", "1A", "ß"] {
            assert_eq!(country_code(none), None, "{none}");
        }
    }

    #[test]
    fn private_addresses_are_nowhere() {
        let has = |address: &str| has_place(address.parse().unwrap());
        for private in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "::",
        ] {
            assert!(!has(private), "{private}");
        }
        for public in
            ["192.0.2.1", "100.63.255.255", "100.128.0.1", "101.64.0.1", "2001:db8::1", "::ffff:192.0.2.1"]
        {
            assert!(has(public), "{public}");
        }
    }
}
