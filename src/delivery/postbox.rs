//! Where messages are composed: what comes out is ready to be written with its cause.

use std::sync::Arc;
use std::time::Duration;

use url::Url;
use uuid::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::crypto::seal::{MasterKeys, SealError};
use crate::entropy::{Entropy, uuid_v7};
use crate::model::locale::Locale;
use crate::model::notice::{Channel, Letter, Notice};
use crate::model::one_time_token::{OneTimeToken, Purpose};
use crate::model::sealed_row::SealedRow;
use crate::store::one_time_token::NewOneTimeToken;
use crate::store::outbox::NewMessage;

/// The message cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message cannot be sealed")]
pub struct Unsealable;

/// Whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Absent for who has no account (yet, or any more).
    pub user_id: Option<Uuid>,
    /// An e-mail address, or a phone number in E.164.
    pub to: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
}

/// What a new link is made of. A secret.
pub struct NewLink {
    /// What the database gets.
    pub token: NewOneTimeToken,
    /// What the mail gets.
    pub url: String,
    /// How long it works, in words.
    pub expires_in: String,
}

/// See the module's description.
#[derive(Clone)]
pub struct Postbox {
    pub master: Arc<MasterKeys>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// What links begin with. Never a request's `Host`.
    pub public_url: Url,
}

impl Postbox {
    /// A mail that is of use for ever.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub fn mail(&self, to: &Addressee, notice: Notice) -> Result<NewMessage, Unsealable> {
        self.message(Channel::Mail, to, notice, None)
    }

    /// A mail whose link works until then.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub fn mail_until(
        &self,
        to: &Addressee,
        notice: Notice,
        expires_at: Timestamp,
    ) -> Result<NewMessage, Unsealable> {
        self.message(Channel::Mail, to, notice, Some(expires_at))
    }

    /// An SMS, of use until then.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub fn sms_until(
        &self,
        to: &Addressee,
        notice: Notice,
        expires_at: Timestamp,
    ) -> Result<NewMessage, Unsealable> {
        self.message(Channel::Sms, to, notice, Some(expires_at))
    }

    /// A link for this person, which works once for so long, and proves the address that it is sent to. The
    /// token is to be written with its cause.
    pub fn new_link(&self, purpose: Purpose, to: &Addressee, ttl: Duration) -> NewLink {
        let at = self.clock.now();
        let secret = OneTimeToken::generate(self.entropy.as_ref());
        let token = NewOneTimeToken {
            id: uuid_v7(self.entropy.as_ref(), at),
            purpose,
            hash: secret.hash(purpose),
            user_id: to.user_id,
            invitation_id: None,
            email: Some(to.to.clone()),
            session: None,
            at,
            expires_at: at.plus(ttl),
        };
        NewLink { token, url: self.link(purpose, &secret), expires_in: in_words(ttl) }
    }

    /// The link that carries a token to the page where it is used. Opening it changes nothing.
    pub fn link(&self, purpose: Purpose, token: &OneTimeToken) -> String {
        let base = self.public_url.as_str().trim_end_matches('/');
        format!("{base}/{}?token={}", purpose.path(), token.expose())
    }

    /// The page where a forgotten password is reset.
    pub fn recovery_link(&self) -> String {
        format!("{}/account/forgot-password", self.public_url.as_str().trim_end_matches('/'))
    }

    fn message(
        &self,
        channel: Channel,
        to: &Addressee,
        notice: Notice,
        expires_at: Option<Timestamp>,
    ) -> Result<NewMessage, Unsealable> {
        let at = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), at);
        let template = notice.template();
        let letter = Letter {
            to: to.to.clone(),
            display_name: to.display_name.clone(),
            locale: to.locale.as_ref().map(ToString::to_string),
            notice,
        };
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&letter).map_err(|_| Unsealable)?);
        let row = SealedRow::Message(id).to_string();
        let sealed = self.master.seal(self.entropy.as_ref(), &row, &plain).map_err(|_| Unsealable)?;
        Ok(NewMessage { id, channel, template, user_id: to.user_id, sealed, at, expires_at })
    }

    /// Opens what was sealed for this row.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] and [`SealError::Damaged`].
    pub fn open(&self, id: Uuid, sealed: &[u8]) -> Result<Letter, SealError> {
        let plain = self.master.open(&SealedRow::Message(id).to_string(), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| SealError::Damaged)
    }
}

impl std::fmt::Debug for Postbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Postbox")
    }
}

/// How long a link or a code works, in a sentence: `30 minutes`, `24 hours`, `7 days`.
pub fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(length, _)| seconds >= 2 * length || seconds == *length);
    let (length, name) = unit.unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::entropy::OsEntropy;
    use crate::secret::Secret;

    fn postbox() -> Postbox {
        Postbox {
            master: Arc::new(MasterKeys::new(&Secret::new([7; 32]))),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            public_url: "https://id.example/auth/".parse().unwrap(),
        }
    }

    #[test]
    fn a_letter_opens_in_its_row_only() {
        let ada = Addressee {
            user_id: None,
            to: "ada@example.com".to_owned(),
            display_name: Some("Ada".to_owned()),
            locale: Some("de".parse().unwrap()),
        };
        let notice = Notice::BackupCodesLow { left: 2 };
        let message = postbox().mail(&ada, notice.clone()).unwrap();
        assert_eq!((message.template, message.channel), ("backup_codes_low", Channel::Mail));
        assert!(!message.sealed.windows(3).any(|window| window == b"ada"));
        let letter = postbox().open(message.id, &message.sealed).unwrap();
        assert_eq!((letter.to.as_str(), &letter.notice), ("ada@example.com", &notice));
        assert_eq!(postbox().open(Uuid::nil(), &message.sealed), Err(SealError::Damaged));
    }

    #[test]
    fn links_begin_with_the_public_url() {
        let token = OneTimeToken::generate(&OsEntropy);
        let link = postbox().link(Purpose::ResetPassword, &token);
        assert_eq!(link, format!("https://id.example/auth/account/reset-password?token={}", token.expose()));
    }

    #[test]
    fn spans_are_words() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(words(1_800), "30 minutes");
        assert_eq!(words(3_600), "1 hour");
        assert_eq!(words(86_400), "1 day");
        assert_eq!(words(100_000), "27 hours");
        assert_eq!(words(604_800), "7 days");
        assert_eq!(words(90), "90 seconds");
    }
}
