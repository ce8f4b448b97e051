//! A second factor in a request.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::authn::PresentedFactor;
use crate::http::problem::{Code, Problem};
use crate::secret::Secret;

/// The kind of second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactorMethod {
    /// A code of an authenticator app.
    Totp,
    /// One of the account's backup codes.
    BackupCode,
    /// A code that was sent for this purpose.
    Sms,
    /// The signature of a passkey.
    Webauthn,
}

impl FactorMethod {
    /// # Errors
    /// 422 if the member that the method needs is missing.
    pub fn present(
        self,
        code: Option<String>,
        credential: Option<Value>,
    ) -> Result<PresentedFactor, Problem> {
        let code = || code.map(Secret::new).ok_or_else(|| missing("code"));
        Ok(match self {
            Self::Totp => PresentedFactor::Totp(code()?),
            Self::BackupCode => PresentedFactor::BackupCode(code()?),
            Self::Sms => PresentedFactor::Sms(code()?),
            Self::Webauthn => {
                PresentedFactor::Webauthn(Box::new(credential.ok_or_else(|| missing("credential"))?))
            }
        })
    }
}

/// The method needs a member that the request does not have.
pub fn missing(field: &str) -> Problem {
    Problem::field(Code::ValidationFailed, field, "required", "This method needs this member.")
}
