//! The proof of an address by a mail, where the provider tells none, or is not believed.
//!
//! The mail has a code and not a link: only the client that began the login can use it, so a stranger who names the address of
//! someone else gains nothing by a click of theirs. The answer is the same whether the address has an account or not.

use std::sync::Arc;

use super::FederatedLogins;
use super::completion::{CompletionAnswers, FederatedLoginError, FederatedOutcome};
use crate::authn::addressee;
use crate::clock::Timestamp;
use crate::config;
use crate::model::account::Status;
use crate::model::backup_code;
use crate::model::email::Email;
use crate::model::federation::login_state::{ADDRESS_PROOF_LIFE, LoginCode};
use crate::model::locale::Locale;
use crate::model::notice::Notice;
use crate::notification::Addressee;
use crate::secret::Secret;
use crate::store::{Effects, StoreError};

/// A mail that is to be sent after the answer.
struct MailedCode {
    address: Email,
    code: Secret<String>,
    /// What people know it by.
    provider: String,
    locale: Option<Locale>,
    expires_at: Timestamp,
}

impl FederatedLogins {
    /// Sends a mail to the address, and gives the code that counts together with the code of the mail.
    pub(super) async fn ask_for_proof(
        self: &Arc<Self>,
        code: &LoginCode,
        address: Email,
        answers: &CompletionAnswers,
    ) -> Result<FederatedOutcome, FederatedLoginError> {
        if self.rules.registration != config::Registration::Open {
            return Err(FederatedLoginError::RegistrationClosed);
        }
        let (address, slot) = self.links.accept_request(address.as_str()).await?;
        let entropy = self.env.entropy.as_ref();
        let mailed = backup_code::generate(entropy);
        let next = code.awaiting(entropy, (address.clone(), &mailed), self.env.now());
        let sealed = self.sealing().seal_code(&next).map_err(|_| StoreError::Unsealable)?;
        let mail = MailedCode {
            address,
            code: mailed,
            provider: self.providers.display_name(&code.identity.provider),
            locale: answers.locale.clone(),
            expires_at: next.expires_at,
        };
        let logins = Arc::clone(self);
        slot.spend(async move {
            if let Err(error) = logins.send(&mail).await {
                tracing::warn!(to = ?mail.address, %error, "cannot send a mail to prove an address");
            }
        });
        Ok(FederatedOutcome::AddressAsked { code: sealed, expires_in: ADDRESS_PROOF_LIFE })
    }

    /// The owner of a verified account gets no code: they log in and link the identity there. An account that is not verified
    /// may be that of a stranger, so the owner of the address gets one.
    async fn send(&self, mail: &MailedCode) -> Result<(), StoreError> {
        let (to, notice) = match self.env.store.account_by_email(&mail.address).await? {
            Some(account) if account.status != Status::Active => return Ok(()),
            Some(account) if account.email_verified => {
                let notice = Notice::AddressTaken { reset_link: self.env.composer.recovery_link() };
                (addressee::owner(&account), notice)
            }
            Some(account) => (addressee::stranger(&account), mail.notice()),
            None => (mail.newcomer(), mail.notice()),
        };
        if !self.links.has_quota_for(&to, &notice).await? {
            return Ok(());
        }
        let message = self.env.composer.mail_until(&to, notice, mail.expires_at)?;
        self.env.store.record(&Effects::default().telling(message)).await
    }
}

impl MailedCode {
    fn notice(&self) -> Notice {
        Notice::FederationCode {
            provider: self.provider.clone(),
            code: self.code.expose().clone(),
            expires_in: ADDRESS_PROOF_LIFE,
        }
    }

    fn newcomer(&self) -> Addressee {
        Addressee {
            to: self.address.as_str().to_owned(),
            locale: self.locale.clone(),
            ..Addressee::default()
        }
    }
}
