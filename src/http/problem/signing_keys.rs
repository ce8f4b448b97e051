//! The errors of signing keys.

use super::store::internal;
use super::{Code, Problem};
use crate::config::Span;
use crate::keys::KeyError;
use crate::keys::rotation::SigningKeyError;
use crate::model::key_ring::Obstacle;

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            other => {
                tracing::error!(error = %other, "the signing keys cannot be used");
                internal("signing keys")
            }
        }
    }
}

impl From<Obstacle> for Problem {
    fn from(obstacle: Obstacle) -> Self {
        let problem = Self::new(Code::Conflict);
        let Some(seconds) = obstacle.seconds_left() else { return problem.detail(sentence(&obstacle)) };
        let left = Span(std::time::Duration::from_secs(seconds));
        Self {
            retry_after: Some(u32::try_from(seconds).unwrap_or(u32::MAX)),
            ..problem.detail(format!("{} {left} are left.", sentence(&obstacle)))
        }
    }
}

impl From<SigningKeyError> for Problem {
    fn from(error: SigningKeyError) -> Self {
        match error {
            SigningKeyError::Obstacle(obstacle) => obstacle.into(),
            SigningKeyError::Unknown => Self::new(Code::NotFound).detail("The key does not exist."),
            SigningKeyError::StandbyReplaced(_) | SigningKeyError::Retired | SigningKeyError::Overtaken => {
                Self::new(Code::Conflict).detail(sentence(&error))
            }
            SigningKeyError::Refused(denial) => denial.into(),
            SigningKeyError::Keys(error) => error.into(),
        }
    }
}

/// The error with a capital and a full stop.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_obstacle_says_when_it_is_gone() {
        let left = Duration::from_millis(82_799_001);
        let problem = Problem::from(Obstacle::NotRipe { left });
        assert_eq!((problem.code, problem.retry_after), (Code::Conflict, Some(82_800)));
        let expected = "The key on standby has not been published for long enough. 23h are left.";
        assert_eq!(problem.detail, expected);
        assert_eq!(Problem::from(Obstacle::NoStandby).retry_after, None);
    }
}
