//! The admission of a registration: everything that is decided without a look at the account of the address.

use super::{Applicant, Invited, RegisterError, RegisterRequest, Registration};
use crate::config;
use crate::model::device::{plain_name, plain_text};
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::model::one_time_token::{self, Purpose};
use crate::secret::Secret;
use crate::store::account::invitation_acceptance::OpenInvitation;

/// Longest version of terms, in characters.
const MAX_TERMS: usize = 64;

impl Registration {
    /// The mode and the invitation come first, so that someone who may not register learns nothing else.
    pub(super) async fn admit(&self, request: RegisterRequest) -> Result<Applicant, RegisterError> {
        if self.rules.registration == config::Registration::Closed {
            return Err(RegisterError::Closed);
        }
        let invitation = self.invitation(request.invitation_token.as_ref()).await?;
        let email = Email::parse(&request.email).map_err(|_| RegisterError::InvalidEmail)?;
        let invitation = match invitation {
            Some((_, open)) if open.email != email.as_str() => return Err(RegisterError::InvitationInvalid),
            other => other.map(|(hash, open)| Invited { hash, id: open.id, roles: open.roles }),
        };
        let locale = request.locale.as_deref().map(str::parse::<Locale>).transpose();
        Ok(Applicant {
            email,
            display_name: request.display_name.as_deref().and_then(plain_name),
            locale: locale.map_err(|_| RegisterError::InvalidLocale)?,
            invitation,
            accepted_terms: self.accepted_terms(request.accepted_terms)?,
            network: request.network,
            context: request.context,
        })
    }

    async fn invitation(
        &self,
        token: Option<&Secret<String>>,
    ) -> Result<Option<(one_time_token::TokenHash, OpenInvitation)>, RegisterError> {
        let Some(token) = token else {
            let open = self.rules.registration == config::Registration::Open;
            return if open { Ok(None) } else { Err(RegisterError::InvitationRequired) };
        };
        let hash = one_time_token::hash(Purpose::AcceptInvitation, token.expose());
        let found = self.env.store.open_invitation(hash, self.env.now()).await?;
        found.map(|open| Some((hash, open))).ok_or(RegisterError::InvitationInvalid)
    }

    /// The terms in force must be accepted by their version. If there are none, the version that the client names is kept.
    fn accepted_terms(&self, given: Option<String>) -> Result<Option<String>, RegisterError> {
        if let Some(required) = &self.rules.terms_version {
            return match given {
                Some(given) if given == *required => Ok(Some(given)),
                _ => Err(RegisterError::TermsNotAccepted),
            };
        }
        let Some(given) = given else { return Ok(None) };
        let plain = plain_text(&given);
        if plain.is_empty() || plain != given || plain.chars().count() > MAX_TERMS {
            return Err(RegisterError::InvalidTerms);
        }
        Ok(Some(plain))
    }
}
