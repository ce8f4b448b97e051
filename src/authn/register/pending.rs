//! A registration that waits for the proof of its address.

use super::{Applicant, Authn, RegisterError, RegisterOutcome};
use crate::authn::addressee;
use crate::authn::link::stranger;
use crate::entropy::uuid_v7;
use crate::model::notice::Notice;
use crate::model::one_time_token::Purpose;
use crate::model::opaque_token::{self, Use};
use crate::model::pending_registration::ClientNetwork;
use crate::notification::Addressee;
use crate::store::Effects;
use crate::store::account::Account;
use crate::store::account::pending_registration::NewPendingRegistration;

impl Authn {
    /// Writes the registration with the mail. For an address that has an account the same is written, so that neither
    /// the answer nor the time tells; but the mail has no link to it, and without the link it leads nowhere.
    pub(super) async fn await_proof(
        &self,
        applicant: &Applicant,
        password_hash: String,
    ) -> Result<RegisterOutcome, RegisterError> {
        let (id, at) = (uuid_v7(self.entropy.as_ref(), self.clock.now()), self.clock.now());
        let owner = self.store.account_by_email(&applicant.email).await?;
        let link = self.registration_link(id);
        let registration_secret = opaque_token::generate(self.entropy.as_ref(), Use::Registration);
        let expires_at = at.plus(self.rules.verification_ttl);
        let verification = Notice::VerifyEmail {
            link: self.composer.link(Purpose::VerifyEmail, &link),
            expires_in: self.rules.verification_ttl,
        };
        let (to, notice) = match &owner {
            Some(owner) => {
                (owner_of(owner), Notice::AddressTaken { reset_link: self.composer.recovery_link() })
            }
            None => (newcomer(applicant), verification),
        };
        let message = self.composer.mail_until(&to, notice, expires_at)?;
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
        self.store.add_pending_registration(&new, &Effects::default().telling(message)).await?;
        Ok(RegisterOutcome::VerificationSent { registration_secret })
    }
}

/// The owner learns of the attempt. One who has not verified the address gets no link that would make an unknown
/// password good: setting one of their own verifies it.
fn owner_of(account: &Account) -> Addressee {
    if account.email_verified { addressee(account) } else { stranger(account) }
}

/// Without the name that was typed: the address may be a stranger's.
fn newcomer(applicant: &Applicant) -> Addressee {
    Addressee {
        user_id: None,
        to: applicant.email.as_str().to_owned(),
        display_name: None,
        locale: applicant.locale.clone(),
        is_proven: false,
        known_device: false,
    }
}
