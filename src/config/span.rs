//! How a duration is written: `500ms`, `10m`, `90d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Read as humantime reads it; shown in the largest unit that says it exactly. (humantime itself
/// would show 90 days as two months and some hours, a month being a twelfth of a year there.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

const UNITS: [(&str, u128); 6] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
];

impl FromStr for Span {
    type Err = humantime::DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text).map(Self)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.as_nanos();
        if nanoseconds == 0 {
            return formatter.write_str("0s");
        }
        match UNITS.iter().find(|(_, length)| nanoseconds.is_multiple_of(*length)) {
            Some((unit, length)) => write!(formatter, "{}{unit}", nanoseconds / length),
            None => write!(formatter, "{nanoseconds}ns"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn what_is_written_is_what_is_shown() {
        for text in ["0s", "1ns", "20us", "500ms", "1500ms", "1s", "75s", "10m", "36h", "30d", "90d"] {
            assert_eq!(text.parse::<Span>().map(|span| span.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("1h 30m".parse::<Span>().map(|span| span.to_string()), Ok("90m".to_owned()));
    }
}
