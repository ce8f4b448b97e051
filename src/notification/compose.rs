//! Composes messages, ready to be written to the outbox in the transaction of their cause.

use std::sync::Arc;
use std::time::Duration;

use url::Url;
use uuid::Uuid;

use super::quota::Recipient;
use crate::clock::{Clock, Timestamp};
use crate::crypto::seal::{MasterKeys, SealError};
use crate::entropy::{Entropy, uuid_v7};
use crate::geoip::GeoIp;
use crate::model::link_turn::SentLink;
use crate::model::locale::Locale;
use crate::model::notice::{Channel, Help, HelpLink, Letter, Notice};
use crate::model::one_time_token::{OneTimeToken, Purpose};
use crate::model::sealed_row::SealedRow;
use crate::model::time_zone::TimeZone;
use crate::store::StoreError;
use crate::store::credential::one_time_token::NewOneTimeToken;
use crate::store::notification::outbox::NewMessage;

/// Why a message cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The seal does not open.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The message is authentic, so that a newer version of Kindred wrote it: one that knows other kinds of messages.
    #[error("the message is of a kind that this version does not know")]
    UnknownKind,
}

/// The recipient of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressee {
    /// Absent for people without an account.
    pub user_id: Option<Uuid>,
    /// An e-mail address, or a phone number in E.164.
    pub to: String,
    /// For the salutation.
    pub display_name: Option<String>,
    /// Chooses the language of the message; English if absent.
    pub locale: Option<Locale>,
    /// The zone of the times in the message; UTC if absent.
    pub time_zone: Option<TimeZone>,
    /// Whether the user has proven to receive messages at this address. Warnings are sent to proven addresses only,
    /// because an unproven one may be that of a stranger.
    pub is_proven: bool,
    /// Whether the message was requested by a device that is known to the account.
    pub known_device: bool,
}

/// A new link. The URL is a secret.
pub struct NewLink {
    /// The part for the database.
    pub token: NewOneTimeToken,
    /// The part for the mail.
    pub url: String,
    /// How long the link works.
    pub expires_in: Duration,
}

/// Composes messages and seals what is secret in them. Clones share the keys.
#[derive(Clone)]
pub struct Composer {
    /// Seals recipients and contents, and derives the secrets of links.
    pub master: Arc<MasterKeys>,
    /// Tells when a message was composed.
    pub clock: Arc<dyn Clock>,
    /// Draws the ids of messages and links.
    pub entropy: Arc<dyn Entropy>,
    /// The base of links: `pages.base_url`, or else `server.public_url`. Never taken from the `Host` of a request.
    pub pages_url: Url,
    /// Names the places that messages tell of.
    pub geoip: Arc<GeoIp>,
}

impl Composer {
    /// A mail that does not expire.
    ///
    /// # Errors
    /// [`StoreError::Unsealable`].
    pub fn mail(&self, to: &Addressee, notice: Notice) -> Result<NewMessage, StoreError> {
        let help = self.help_for(to, &notice);
        self.message(Channel::Mail, to, (notice, help), None)
    }

    /// A warning with a link that does more than every warning of its kind offers.
    ///
    /// # Errors
    /// [`StoreError::Unsealable`].
    pub fn mail_with_help(
        &self,
        to: &Addressee,
        notice: Notice,
        help: Help,
    ) -> Result<NewMessage, StoreError> {
        let mut link = self.new_link(help.purpose(), to, Purpose::HELP_LIFE);
        link.token.about_session = help.session();
        let help = to.user_id.is_some().then_some(link);
        self.message(Channel::Mail, to, (notice, help), None)
    }

    /// The link that helps with every warning of this kind.
    fn help_for(&self, to: &Addressee, notice: &Notice) -> Option<NewLink> {
        let purpose = notice.help().filter(|_| to.user_id.is_some() && to.is_proven)?;
        let life = match notice {
            Notice::ErasureRequested { erase_at, .. } => erase_at.since(self.clock.now()),
            _ => Purpose::HELP_LIFE,
        };
        (!life.is_zero()).then(|| self.new_link(purpose, to, life))
    }

    /// A mail that is not sent after `expires_at`, when its link no longer works.
    ///
    /// # Errors
    /// [`StoreError::Unsealable`].
    pub fn mail_until(
        &self,
        to: &Addressee,
        notice: Notice,
        expires_at: Timestamp,
    ) -> Result<NewMessage, StoreError> {
        self.message(Channel::Mail, to, (notice, None), Some(expires_at))
    }

    /// An SMS that is not sent after `expires_at`, when its code no longer works.
    ///
    /// # Errors
    /// [`StoreError::Unsealable`].
    pub fn sms_until(
        &self,
        to: &Addressee,
        notice: Notice,
        expires_at: Timestamp,
    ) -> Result<NewMessage, StoreError> {
        self.message(Channel::Sms, to, (notice, None), Some(expires_at))
    }

    /// A link for this person that works once within `ttl` and proves the address that it is sent to. The caller
    /// writes the token in the transaction of its cause.
    pub fn new_link(&self, purpose: Purpose, to: &Addressee, ttl: Duration) -> NewLink {
        let at = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), at);
        let secret = self.active_secret(purpose, id);
        let token = NewOneTimeToken {
            id,
            purpose,
            hash: secret.hash(purpose),
            user_id: to.user_id,
            invitation_id: None,
            email: Some(to.to.clone()),
            session: None,
            about_session: None,
            at,
            expires_at: at.plus(ttl),
        };
        NewLink { token, url: self.link(purpose, &secret), expires_in: ttl }
    }

    /// The same link again, and how long it still works. `None` if none of the master keys here has made it.
    pub fn link_again(&self, purpose: Purpose, sent: &SentLink) -> Option<(String, Duration)> {
        let tokens = self.master.row_secrets(purpose.label(), sent.id.as_bytes());
        let mut tokens = tokens.map(|secret| OneTimeToken::of_row(&secret));
        let token = tokens.find(|token| token.hash(purpose) == sent.hash)?;
        Some((self.link(purpose, &token), sent.expires_at.since(self.clock.now())))
    }

    /// Under the active master key.
    fn active_secret(&self, purpose: Purpose, id: Uuid) -> OneTimeToken {
        match self.master.row_secrets(purpose.label(), id.as_bytes()).next() {
            Some(secret) => OneTimeToken::of_row(&secret),
            // There is always an active key.
            None => OneTimeToken::generate(self.entropy.as_ref()),
        }
    }

    /// The link that carries a token to the page where it is used. Opening the link changes nothing.
    pub fn link(&self, purpose: Purpose, token: &OneTimeToken) -> String {
        let base = self.pages_url.as_str().trim_end_matches('/');
        format!("{base}/{}?token={}", purpose.path(), token.expose())
    }

    /// The pseudonym of a recipient in the counts of messages.
    pub fn recipient(&self, to: &str) -> Recipient {
        Recipient::of(self.master.pseudonym("quota_usage/recipient", to.as_bytes()))
    }

    /// The page where a forgotten password is reset.
    pub fn recovery_link(&self) -> String {
        format!("{}/account/forgot-password", self.pages_url.as_str().trim_end_matches('/'))
    }

    fn message(
        &self,
        channel: Channel,
        to: &Addressee,
        (notice, help): (Notice, Option<NewLink>),
        expires_at: Option<Timestamp>,
    ) -> Result<NewMessage, StoreError> {
        let at = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), at);
        let template = notice.template();
        let notice = notice.located(|address| Some(self.geoip.locate_address(address)?.to_string()));
        let letter = Letter {
            to: to.to.clone(),
            display_name: to.display_name.clone(),
            locale: to.locale.as_ref().map(ToString::to_string),
            time_zone: to.time_zone.clone(),
            notice,
            known_device: to.known_device,
            help: help.as_ref().map(|link| HelpLink {
                purpose: link.token.purpose.as_str().to_owned(),
                url: link.url.clone(),
            }),
        };
        let is_withheld = letter.notice.is_warning() && !to.is_proven;
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&letter).map_err(|_| StoreError::Unsealable)?);
        let row = SealedRow::Message(id).to_string();
        let sealed =
            self.master.seal(self.entropy.as_ref(), &row, &plain).map_err(|_| StoreError::Unsealable)?;
        let link = help.map(|help| help.token);
        Ok(NewMessage {
            id,
            channel,
            template,
            user_id: to.user_id,
            sealed,
            at,
            expires_at,
            is_withheld,
            link,
        })
    }

    /// Opens the message that was sealed for this row.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, id: Uuid, sealed: &[u8]) -> Result<Letter, OpenError> {
        let plain = self.master.open(&SealedRow::Message(id).to_string(), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| OpenError::UnknownKind)
    }
}

impl std::fmt::Debug for Composer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Composer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::entropy::OsEntropy;
    use crate::secret::Secret;

    fn composer() -> Composer {
        Composer {
            master: Arc::new(MasterKeys::new(&Secret::new([7; 32]))),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            pages_url: "https://id.example/auth/".parse().unwrap(),
            geoip: Arc::default(),
        }
    }

    #[test]
    fn a_letter_opens_in_its_row_only() {
        let ada = Addressee {
            user_id: None,
            to: "ada@example.com".to_owned(),
            display_name: Some("Ada".to_owned()),
            locale: Some("de".parse().unwrap()),
            ..Addressee::default()
        };
        let notice = Notice::BackupCodesLow { left: 2 };
        let message = composer().mail(&ada, notice.clone()).unwrap();
        assert_eq!((message.template, message.channel), ("backup_codes_low", Channel::Mail));
        assert!(!message.sealed.windows(3).any(|window| window == b"ada"));
        let letter = composer().open(message.id, &message.sealed).unwrap();
        assert_eq!((letter.to.as_str(), &letter.notice), ("ada@example.com", &notice));
        assert_eq!(composer().open(Uuid::nil(), &message.sealed), Err(SealError::Damaged.into()));
    }

    #[test]
    fn a_link_is_made_again_by_the_keys_that_made_it_only() {
        let ada = Addressee { to: "ada@example.com".to_owned(), ..Addressee::default() };
        let hour = Duration::from_secs(3_600);
        let link = composer().new_link(Purpose::ResetPassword, &ada, hour);
        let token = &link.token;
        let sent = SentLink {
            id: token.id,
            hash: token.hash,
            created_at: token.at,
            expires_at: token.expires_at.plus(hour),
            last_sent_at: token.at,
            resends: 0,
        };
        let again = composer().link_again(Purpose::ResetPassword, &sent).unwrap();
        assert_eq!(again.0, link.url);
        assert_eq!(composer().link_again(Purpose::VerifyEmail, &sent), None);
        assert_eq!(
            composer().link_again(Purpose::ResetPassword, &SentLink { id: Uuid::nil(), ..sent }),
            None
        );
        let (old, new) = (Secret::new([7; 32]), Secret::new([8; 32]));
        let rotated = MasterKeys::new(&new).with_previous(&[old]).unwrap();
        let rotated = Composer { master: Arc::new(rotated), ..composer() };
        assert_eq!(rotated.link_again(Purpose::ResetPassword, &sent).unwrap().0, link.url);
        let other = Composer { master: Arc::new(MasterKeys::new(&new)), ..composer() };
        assert_eq!(other.link_again(Purpose::ResetPassword, &sent), None);
    }

    #[test]
    fn links_begin_with_the_public_url() {
        let token = OneTimeToken::generate(&OsEntropy);
        let link = composer().link(Purpose::ResetPassword, &token);
        assert_eq!(link, format!("https://id.example/auth/account/reset-password?token={}", token.expose()));
    }

    #[test]
    fn a_message_of_a_newer_version_is_told_from_a_damaged_one() {
        let (composer, id) = (composer(), Uuid::from_u128(7));
        let letter = br#"{"to":"ada@example.org","notice":{"OfALaterVersion":{}}}"#;
        let row = SealedRow::Message(id).to_string();
        let sealed = composer.master.seal(&OsEntropy, &row, letter).unwrap();
        assert_eq!(composer.open(id, &sealed), Err(OpenError::UnknownKind));
    }
}
