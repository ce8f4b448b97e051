//! The errors of administration.

use super::fields::{code_of, invalid_email};
use super::store::internal;
use super::{Code, Problem};
use crate::account::{AdministrationError, ApplicationError, CreationError, InvitationError};
use crate::model::authority::Denial;

fn external_id_taken() -> Problem {
    Problem::new(Code::Conflict).detail("Another account has this external id.")
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let code = match denial {
            Denial::LastAdmin | Denial::Unproven => Code::Conflict,
            Denial::NotPermitted | Denial::HigherRole | Denial::Oneself | Denial::BeyondOwnRole => {
                Code::Forbidden
            }
        };
        Self::new(code).detail(denial.to_string())
    }
}

impl From<AdministrationError> for Problem {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::UnknownAccount => {
                Self::new(Code::NotFound).detail("The account does not exist.")
            }
            AdministrationError::InvalidEmail => invalid_email("email"),
            AdministrationError::EmailTaken => Self::new(Code::EmailTaken),
            AdministrationError::ExternalIdTaken => external_id_taken(),
            AdministrationError::UnknownSession => {
                Self::new(Code::NotFound).detail("The account has no such session.")
            }
            AdministrationError::Refused(denial) => denial.into(),
            AdministrationError::Session(error) => error.into(),
            AdministrationError::Store(error) => error.into(),
        }
    }
}

impl From<CreationError> for Problem {
    fn from(error: CreationError) -> Self {
        match error {
            CreationError::InvalidEmail => invalid_email("email"),
            CreationError::EmailTaken => Self::new(Code::EmailTaken),
            CreationError::ExternalIdTaken => external_id_taken(),
            CreationError::Refused(denial) => denial.into(),
            CreationError::WeakPassword(weakness) => {
                Self::field(code_of(weakness), "password", weakness.code(), weakness.detail())
            }
            CreationError::Overloaded => Self::new(Code::Overloaded),
            CreationError::Internal(place) => internal(place),
            CreationError::Store(error) => error.into(),
        }
    }
}

impl From<InvitationError> for Problem {
    fn from(error: InvitationError) -> Self {
        match error {
            InvitationError::InvalidEmail => invalid_email("email"),
            InvitationError::EmailTaken => Self::new(Code::EmailTaken),
            InvitationError::Contested => {
                Self::new(Code::Conflict).detail("Someone else has invited this address at the same time.")
            }
            InvitationError::Unknown => Self::new(Code::NotFound).detail("The invitation does not exist."),
            InvitationError::Accepted => Self::new(Code::Conflict).detail("The invitation was accepted."),
            InvitationError::Refused(denial) => denial.into(),
            InvitationError::Store(error) => error.into(),
        }
    }
}

impl From<ApplicationError> for Problem {
    fn from(error: ApplicationError) -> Self {
        match error {
            ApplicationError::InvalidName => {
                Self::field(Code::ValidationFailed, "name", "invalid", "This must be 1 to 64 characters.")
            }
            ApplicationError::TooMany => Self::new(Code::Conflict).detail("There are too many applications."),
            ApplicationError::Unknown => Self::new(Code::NotFound).detail("The application does not exist."),
            ApplicationError::Refused(denial) => denial.into(),
            ApplicationError::Store(error) => error.into(),
        }
    }
}
