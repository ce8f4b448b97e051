//! Whether the distance between two places can be traveled in a given time.

use std::time::Duration;

use super::location::Coordinates;

/// The mean radius of the Earth (IUGG), in km.
const RADIUS: f64 = 6_371.0;
/// In km. Shorter distances do not count, because databases of addresses are not more precise.
pub const NEAR: f64 = 100.0;

/// The distance along the surface in km, by the haversine formula, which is precise for small distances too.
pub fn distance(from: Coordinates, to: Coordinates) -> f64 {
    let radians = |tenths: i16| (f64::from(tenths) / 10.0).to_radians();
    let (north, north_too) = (radians(from.latitude), radians(to.latitude));
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let east = half(radians(from.longitude), radians(to.longitude));
    let chord = half(north, north_too) + north.cos() * north_too.cos() * east;
    // Rounding may exceed 1 between antipodes, for which the arc sine is not defined.
    2.0 * RADIUS * chord.min(1.0).sqrt().asin()
}

/// Whether traveling like this is impossible.
///
/// `elapsed` is the time between the two activities, which is zero if a clock was set back. `speed` is the fastest
/// possible one in km/h.
pub fn is_impossible(from: Coordinates, to: Coordinates, elapsed: Duration, speed: u32) -> bool {
    let distance = distance(from, to);
    let reach = f64::from(speed) * elapsed.as_secs_f64() / 3_600.0;
    distance > NEAR && distance > reach
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Coordinates = Coordinates { latitude: 525, longitude: 134 };
    const POTSDAM: Coordinates = Coordinates { latitude: 524, longitude: 131 };
    const NEW_YORK: Coordinates = Coordinates { latitude: 407, longitude: -740 };

    const fn at(latitude: i16, longitude: i16) -> Coordinates {
        Coordinates { latitude, longitude }
    }

    fn assert_distance(from: Coordinates, to: Coordinates, expected: f64) {
        for found in [distance(from, to), distance(to, from)] {
            assert!((found - expected).abs() < 1.0, "{from:?} {to:?}: {found}");
        }
    }

    #[test]
    fn distances_are_those_of_the_globe() {
        assert_distance(BERLIN, BERLIN, 0.0);
        assert_distance(BERLIN, POTSDAM, 23.2);
        assert_distance(BERLIN, NEW_YORK, 6_386.3);
        assert_distance(at(0, 0), at(0, 1800), 20_015.1);
    }

    #[test]
    fn the_date_line_is_no_border() {
        assert_distance(at(0, 1799), at(0, -1799), 22.2);
        assert_distance(at(0, 1800), at(0, -1800), 0.0);
    }

    #[test]
    fn at_the_poles_all_longitudes_meet() {
        assert_distance(at(900, 0), at(900, 1800), 0.0);
        assert_distance(at(899, 0), at(899, 1800), 22.2);
        assert_distance(at(900, 0), at(-900, 1234), 20_015.1);
    }

    #[test]
    fn the_limit_is_the_speed() {
        let needed = distance(BERLIN, NEW_YORK) / 1_000.0 * 3_600.0;
        let after = |seconds: f64| is_impossible(BERLIN, NEW_YORK, Duration::from_secs_f64(seconds), 1_000);
        assert!(after(needed - 1.0) && !after(needed + 1.0));
        assert!(!is_impossible(BERLIN, NEW_YORK, Duration::from_secs_f64(needed / 2.0), 2_001));
        // At 1 km/h the nanoseconds of a duration are fine enough to tell the time that is needed exactly.
        let exactly = Duration::from_secs_f64(distance(BERLIN, NEW_YORK) * 3_600.0);
        assert!(!is_impossible(BERLIN, NEW_YORK, exactly, 1));
    }

    #[test]
    fn no_time_allows_no_travel_but_the_next_town() {
        assert!(is_impossible(BERLIN, NEW_YORK, Duration::ZERO, 100_000));
        assert!(!is_impossible(BERLIN, POTSDAM, Duration::ZERO, 1));
        assert!(!is_impossible(BERLIN, BERLIN, Duration::ZERO, 1));
    }

    #[test]
    fn near_ends_at_a_hundred_kilometres() {
        // A tenth of a degree along a meridian is 11.1 km.
        assert!(!is_impossible(at(0, 0), at(8, 0), Duration::ZERO, 1_000));
        assert!(is_impossible(at(0, 0), at(10, 0), Duration::ZERO, 1_000));
    }

    #[test]
    fn a_very_long_time_allows_everything() {
        assert!(!is_impossible(at(0, 0), at(0, 1800), Duration::MAX, 1));
    }
}
