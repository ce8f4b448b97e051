//! The errors of the enrollment of a phone number for codes by SMS.

use super::{Code, Problem};
use crate::authn::SmsEnrollmentError;

impl From<SmsEnrollmentError> for Problem {
    fn from(error: SmsEnrollmentError) -> Self {
        match error {
            SmsEnrollmentError::InvalidNumber(_) => Self::field(
                Code::ValidationFailed,
                "phone",
                "invalid_phone",
                "This is not a phone number in international form, such as +49 170 1234567.",
            ),
            SmsEnrollmentError::PrefixNotAllowed => Self::field(
                Code::ValidationFailed,
                "phone",
                "phone_not_allowed",
                "No messages are sent to numbers of this country or network.",
            ),
            SmsEnrollmentError::NoStrongerFactor => Self::new(Code::Conflict).detail(
                "Codes by SMS require a stronger second factor: enroll an authenticator app or a passkey first.",
            ),
            SmsEnrollmentError::NoAccount => Self::new(Code::SessionRevoked),
            SmsEnrollmentError::Factor(error) => error.into(),
        }
    }
}
