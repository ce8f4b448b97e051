//! Anomalies of logins.

use std::time::Duration;

use serde_json::{Value, json};

use super::location::{Coordinates, Location};
use super::travel;

/// Ordered by severity: a login has one reason, the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnomalyReason {
    /// The user has had sessions, but none from such a device.
    NewDevice,
    /// The user has had sessions from known countries, but none from this one.
    NewCountry,
    /// The distance from the last activity of the user cannot be traveled in the time since.
    ImpossibleTravel,
}

impl AnomalyReason {
    pub const ALL: [Self; 3] = [Self::NewDevice, Self::NewCountry, Self::ImpossibleTravel];

    /// The name in security events and as the label of metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::NewCountry => "new_country",
            Self::ImpossibleTravel => "impossible_travel",
        }
    }

    /// Whether the place is unusual, and not only the device.
    pub fn is_of_place(self) -> bool {
        self > Self::NewDevice
    }
}

/// What is unusual about a login, for the event and the mail to the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    pub reason: AnomalyReason,
    /// The location of the login, if it is known.
    pub country: Option<String>,
    /// The location of the last activity, if the reason depends on it.
    pub previous_country: Option<String>,
}

impl Anomaly {
    /// The detail of the event.
    pub fn detail(&self) -> Value {
        json!({
            "reason": self.reason.as_str(),
            "country": self.country,
            "previous_country": self.previous_country,
        })
    }
}

/// A place where the user was active, and how long ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub country: String,
    pub coordinates: Option<Coordinates>,
    pub ago: Duration,
}

/// The anomaly of the place of a login, compared with the earlier places of the user.
///
/// `last` is the most recent sighting and `located` the most recent one with coordinates. `is_known` says whether there
/// was a session in the country, and `speed` is the fastest possible one in km/h. The first place of a user is never an
/// anomaly.
pub fn odd_place(
    here: &Location,
    last: Option<Sighting>,
    located: Option<Sighting>,
    is_known: bool,
    speed: u32,
) -> Option<Anomaly> {
    let of = |reason, from: Sighting| Anomaly {
        reason,
        country: Some(here.country.clone()),
        previous_country: Some(from.country),
    };
    let is_too_far = |from: &Sighting| {
        let ends = from.coordinates.zip(here.coordinates);
        ends.is_some_and(|(from_there, to)| travel::is_impossible(from_there, to, from.ago, speed))
    };
    if let Some(from) = located.filter(is_too_far) {
        return Some(of(AnomalyReason::ImpossibleTravel, from));
    }
    last.filter(|_| !is_known).map(|from| of(AnomalyReason::NewCountry, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn here() -> Location {
        let coordinates = Coordinates::of_degrees(52.5, 13.4);
        Location { country: "DE".to_owned(), city: None, coordinates }
    }

    fn seen(country: &str, place: Option<(f64, f64)>, ago: Duration) -> Option<Sighting> {
        let coordinates =
            place.and_then(|(latitude, longitude)| Coordinates::of_degrees(latitude, longitude));
        Some(Sighting { country: country.to_owned(), coordinates, ago })
    }

    fn reason(last: Option<Sighting>, is_known: bool) -> Option<&'static str> {
        odd_place(&here(), last.clone(), last, is_known, 1_000).map(|anomaly| anomaly.reason.as_str())
    }

    #[test]
    fn the_first_place_is_not_odd() {
        assert_eq!(reason(None, false), None);
        assert_eq!(reason(None, true), None);
    }

    #[test]
    fn a_country_is_new_once() {
        assert_eq!(reason(seen("FR", None, HOUR), false), Some("new_country"));
        assert_eq!(reason(seen("FR", None, HOUR), true), None);
    }

    #[test]
    fn travel_weighs_more_than_the_country() {
        let new_york = Some((40.7, -74.0));
        assert_eq!(reason(seen("US", new_york, HOUR), false), Some("impossible_travel"));
        assert_eq!(reason(seen("US", new_york, HOUR), true), Some("impossible_travel"));
        assert_eq!(reason(seen("US", new_york, 7 * HOUR), true), None);
        assert_eq!(reason(seen("US", new_york, 7 * HOUR), false), Some("new_country"));
    }

    #[test]
    fn reasons_have_names_and_all_but_the_device_are_of_the_place() {
        let told = AnomalyReason::ALL.map(|reason| (reason.as_str(), reason.is_of_place()));
        assert_eq!(told, [("new_device", false), ("new_country", true), ("impossible_travel", true)]);
    }

    #[test]
    fn without_coordinates_no_one_travels() {
        let mut here = here();
        here.coordinates = None;
        let last = seen("US", Some((40.7, -74.0)), Duration::ZERO);
        assert_eq!(odd_place(&here, last.clone(), last, true, 1_000), None);
        assert_eq!(reason(seen("US", None, Duration::ZERO), true), None);
    }

    #[test]
    fn the_event_tells_both_countries() {
        let found = odd_place(&here(), seen("FR", None, HOUR), None, false, 1_000).unwrap();
        let expected = json!({ "reason": "new_country", "country": "DE", "previous_country": "FR" });
        assert_eq!(found.detail(), expected);
    }
}
