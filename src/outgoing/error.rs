//! What may become of a call.

use std::error::Error;
use std::net::IpAddr;

use super::answer::Answer;
use crate::telemetry::metrics::CallOutcome;

/// A client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// Why a call may not be made. It says what is wrong without the URL, which may contain a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallRefusal {
    #[error("the URL is not https")]
    Scheme,
    #[error("the URL contains credentials")]
    Credentials,
    #[error("the URL has no host")]
    NoHost,
    #[error("the address {0} is not public")]
    NotPublic(IpAddr),
    #[error("the request cannot be written")]
    Malformed,
}

/// Why there is no answer, or no whole one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The call may not be made. Nothing was sent.
    #[error(transparent)]
    Refused(#[from] CallRefusal),
    /// The service has failed several times in a row. Nothing was sent.
    #[error("the service keeps failing and is not called for a moment")]
    Resting,
    /// Nothing was sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The request may have been received.
    #[error("no answer in time")]
    TimedOut { status: Option<u16> },
    /// The request may have been received.
    #[error("the connection was lost")]
    Lost { status: Option<u16> },
    #[error("the answer is too large")]
    TooLarge { status: u16 },
}

impl CallError {
    /// The status of an answer whose body did not arrive whole.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(_) | Self::Resting | Self::Unreachable(_) => None,
            Self::TimedOut { status } | Self::Lost { status } => *status,
            Self::TooLarge { status } => Some(*status),
        }
    }

    /// Whether the request certainly did not reach the service.
    pub const fn is_unsent(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Resting | Self::Unreachable(_))
    }
}

/// As what a call is counted.
pub(super) const fn outcome(result: &Result<Answer, CallError>) -> CallOutcome {
    match result {
        Ok(answer) if answer.status < 400 => CallOutcome::Answered,
        Ok(_) => CallOutcome::ErrorStatus,
        Err(CallError::Refused(_)) => CallOutcome::Refused,
        Err(CallError::Resting) => CallOutcome::Resting,
        Err(CallError::Unreachable(_)) => CallOutcome::Unreachable,
        Err(CallError::TimedOut { .. }) => CallOutcome::TimedOut,
        Err(CallError::Lost { .. }) => CallOutcome::Lost,
        Err(CallError::TooLarge { .. }) => CallOutcome::TooLarge,
    }
}

/// Whether the service works; `None` if the call says nothing about that.
pub(super) const fn health(result: &Result<Answer, CallError>) -> Option<bool> {
    match result {
        Ok(answer) => Some(answer.status < 500),
        Err(CallError::Refused(_) | CallError::Resting) => None,
        Err(_) => Some(false),
    }
}

/// Translates an error of the client. `status` is that of the answer, if there was one.
pub(super) fn explain(error: &reqwest::Error, status: Option<u16>) -> CallError {
    if let Some(refusal) = causes(error).find_map(|cause| cause.downcast_ref::<CallRefusal>()) {
        CallError::Refused(*refusal)
    } else if error.is_builder() {
        CallError::Refused(CallRefusal::Malformed)
    } else if error.is_connect() {
        // The innermost cause is about the network or a certificate, and does not name the URL.
        CallError::Unreachable(causes(error).last().map_or_else(|| "refused".to_owned(), ToString::to_string))
    } else if error.is_timeout() {
        CallError::TimedOut { status }
    } else {
        CallError::Lost { status }
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
