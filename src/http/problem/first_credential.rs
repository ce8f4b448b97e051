//! Problems with the first password or passkey of someone who has come from another provider.

use super::fields::new_password;
use super::{Code, Problem};
use crate::authn::FirstCredentialError;
use crate::model::first_credential::FirstCredentialObstacle;

impl From<FirstCredentialError> for Problem {
    fn from(error: FirstCredentialError) -> Self {
        match error {
            FirstCredentialError::Obstacle(obstacle) => Self::new(Code::Conflict).detail(words(obstacle)),
            FirstCredentialError::CodeInvalid => Self::new(Code::FederationFailed),
            FirstCredentialError::Limited => Self::new(Code::RateLimited),
            FirstCredentialError::LinkInvalid => link_invalid(),
            FirstCredentialError::OtherSession => Self::new(Code::Forbidden).detail(
                "This link works only in the session that asked for it. Ask for another one in this session.",
            ),
            FirstCredentialError::NoAccount => Self::new(Code::SessionRevoked),
            FirstCredentialError::Password(error) => new_password(error, "new_password"),
            FirstCredentialError::Passkey(error) => error.into(),
            FirstCredentialError::Store(error) => error.into(),
        }
    }
}

/// The link stands in for a factor of the session, so the access token is not what is wrong: a client need not refresh it.
pub(super) fn link_invalid() -> Problem {
    Problem::new(Code::ChallengeInvalid)
        .detail("This link is not valid: it is wrong, has expired, or was used before. Ask for another one.")
}

const fn words(obstacle: FirstCredentialObstacle) -> &'static str {
    match obstacle {
        FirstCredentialObstacle::AddressUnverified => "Verify the address of your account first.",
        FirstCredentialObstacle::Password => "Your account has a password: authenticate with it.",
        FirstCredentialObstacle::SecondFactor => {
            "Your account has a second factor: authenticate with it (POST /api/v1/auth/step-up)."
        }
        FirstCredentialObstacle::Provider => {
            "Your provider can confirm that it is you: authenticate there (POST /api/v1/auth/step-up)."
        }
    }
}
