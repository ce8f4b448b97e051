//! A registration that waits for the verification of its address.

use super::{Applicant, RegisterError, RegisterOutcome, Registration};
use crate::authn::addressee;
use crate::model::notice::Notice;
use crate::model::one_time_token::Purpose;
use crate::model::opaque_token::{self, Use};
use crate::model::pending_registration::ClientNetwork;
use crate::notification::Addressee;
use crate::store::Effects;
use crate::store::account::pending_registration::NewPendingRegistration;

impl Registration {
    /// Writes the registration with its mail. The same is written for an address that has an account, so that neither the
    /// answer nor its time tells; but then the mail has no link to the registration, which cannot be completed without it.
    pub(super) async fn await_verification(
        &self,
        applicant: &Applicant,
        password_hash: String,
    ) -> Result<RegisterOutcome, RegisterError> {
        let (id, at) = (self.env.new_id(), self.env.now());
        let owner = self.env.store.account_by_email(&applicant.email).await?;
        let link = self.pending.link(id);
        let registration_secret = opaque_token::generate(self.env.entropy.as_ref(), Use::Registration);
        let expires_at = at.plus(self.rules.verification_ttl);
        let verification = Notice::VerifyEmail {
            link: self.env.composer.link(Purpose::VerifyEmail, &link),
            expires_in: self.rules.verification_ttl,
        };
        let (to, notice) = match &owner {
            // An owner who has not verified the address gets no link that would make an unknown password valid: setting
            // a password of their own verifies it.
            Some(owner) => {
                let notice = Notice::AddressTaken { reset_link: self.env.composer.recovery_link() };
                (addressee::owner_or_stranger(owner), notice)
            }
            None => (newcomer(applicant), verification),
        };
        let message = self.env.composer.mail_until(&to, notice, expires_at)?;
        let new = NewPendingRegistration {
            id,
            email: applicant.email.clone(),
            network: ClientNetwork::of(applicant.context.address.as_deref()),
            link: link.hash(Purpose::VerifyEmail),
            secret: opaque_token::hash(Use::Registration, registration_secret.expose()),
            password_hash,
            display_name: applicant.display_name.clone(),
            locale: applicant.locale.clone(),
            terms_version: applicant.accepted_terms.clone(),
            consent_network: applicant.accepted_terms.as_ref().and_then(|_| applicant.network.clone()),
            at,
            expires_at,
        };
        self.env.store.add_pending_registration(&new, &Effects::default().telling(message)).await?;
        Ok(RegisterOutcome::VerificationSent { registration_secret })
    }
}

/// Leaves out the name that was typed, since the address may be that of a stranger.
fn newcomer(applicant: &Applicant) -> Addressee {
    Addressee {
        user_id: None,
        to: applicant.email.as_str().to_owned(),
        display_name: None,
        locale: applicant.locale.clone(),
        is_proven: false,
        time_zone: None,
        known_device: false,
    }
}
