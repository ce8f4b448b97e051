//! Problems of logins with other providers.

use super::{Code, Problem};
use crate::authn::{BackchannelError, FederatedLoginError, IdentityLinkError, NoTarget, StartError};

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        let wrong = |name, detail: &str| Self::field(Code::ValidationFailed, name, "invalid", detail);
        match error {
            StartError::NotFound => no_provider(),
            StartError::NoReauthentication => {
                wrong("purpose", "This provider cannot authenticate people again on demand.")
            }
            StartError::TicketInvalid => {
                wrong("ticket", "This ticket does not count, or no longer; ask for another one.")
            }
            StartError::Unavailable { .. } => Self::new(Code::ProviderUnavailable),
            StartError::Sealing(error) => {
                tracing::error!(%error, "cannot seal what a login begins with");
                Self::new(Code::Internal)
            }
        }
    }
}

impl From<NoTarget> for Problem {
    fn from(error: NoTarget) -> Self {
        match error {
            NoTarget::NotFound => no_provider(),
            NoTarget::State => Self::new(Code::FederationFailed),
            NoTarget::Overloaded => Self::new(Code::Overloaded),
            NoTarget::Store(error) => error.into(),
        }
    }
}

impl From<FederatedLoginError> for Problem {
    fn from(error: FederatedLoginError) -> Self {
        let field = |name, code, detail: &str| Self::field(Code::ValidationFailed, name, code, detail);
        match error {
            FederatedLoginError::Failed => Self::new(Code::FederationFailed),
            FederatedLoginError::ProviderUnavailable => Self::new(Code::ProviderUnavailable),
            FederatedLoginError::AddressMissing => Self::new(Code::FederationEmailMissing),
            FederatedLoginError::InvalidAddress => {
                field("email", "invalid", "This is not an e-mail address.")
            }
            FederatedLoginError::MailedCodeMissing => {
                field("email_code", "required", "The code of the mail is required.")
            }
            FederatedLoginError::MailedCodeWrong => {
                field("email_code", "wrong", "This is not the code of the mail.")
            }
            FederatedLoginError::AccountExists => Self::new(Code::AccountExists),
            FederatedLoginError::RegistrationClosed => Self::new(Code::Forbidden).detail(
                "No account has this identity, and registration is not open. Log in to your account in another way, and \
                 link the identity there.",
            ),
            FederatedLoginError::TermsNotAccepted => {
                field("accepted_terms", "required", "The terms in force must be accepted.")
            }
            FederatedLoginError::Login(error) => error.into(),
        }
    }
}

impl From<IdentityLinkError> for Problem {
    fn from(error: IdentityLinkError) -> Self {
        let conflict = |detail: &str| Self::new(Code::Conflict).detail(detail);
        match error {
            IdentityLinkError::Failed => Self::new(Code::FederationFailed),
            IdentityLinkError::OfAnotherAccount => conflict("Another account has this identity."),
            IdentityLinkError::AddressUnverified => {
                conflict("Verify the address of your account before you link an identity.")
            }
            IdentityLinkError::TooMany => conflict("Your account has as many identities as it may have."),
            IdentityLinkError::NoAccount => Self::new(Code::SessionRevoked),
            IdentityLinkError::Store(error) => error.into(),
        }
    }
}

impl From<BackchannelError> for Problem {
    fn from(error: BackchannelError) -> Self {
        match error {
            BackchannelError::NotFound => no_provider(),
            BackchannelError::Invalid => {
                Self::new(Code::InvalidRequest).detail("The logout token does not count.")
            }
            BackchannelError::Used => {
                Self::new(Code::InvalidRequest).detail("The logout token was used before.")
            }
            BackchannelError::ProviderUnavailable => Self::new(Code::ProviderUnavailable),
            BackchannelError::Store(error) => error.into(),
        }
    }
}

fn no_provider() -> Problem {
    Problem::new(Code::NotFound).detail("There is no such provider.")
}
