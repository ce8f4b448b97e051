//! The facts of a message as text, in the language of its reader: what templates mention.

use super::Service;
use super::language::Language;
use crate::clock::Timestamp;
use crate::model::notice::{Letter, Notice, Place};
use crate::model::visible_text::visible;

/// Longest text that is taken over from people, in characters.
const MAX: usize = 200;

/// `it` in the templates. A fact that the message does not have is empty.
#[derive(Debug)]
pub(super) struct Facts {
    language: Language,
    pub product: String,
    pub name: Option<String>,
    /// The link of the message; for warnings, the page where the password is reset.
    pub link: String,
    pub expires_in: String,
    pub at: String,
    pub erase_at: String,
    pub device: Option<String>,
    pub network: Option<String>,
    pub new_address: String,
    pub factor: String,
    pub left: String,
    pub code: String,
    pub location: String,
    pub usable_at: String,
}

impl Facts {
    pub fn of(letter: &Letter, service: &Service, language: Language) -> Self {
        let name = letter.display_name.as_deref().filter(|_| is_known(&letter.notice));
        let mut facts = Self {
            language,
            product: flat(&service.name),
            name: name.and_then(greeting),
            link: service.recovery_link.clone(),
            expires_in: String::new(),
            at: String::new(),
            erase_at: String::new(),
            device: None,
            network: None,
            new_address: String::new(),
            factor: String::new(),
            left: String::new(),
            code: String::new(),
            location: String::new(),
            usable_at: String::new(),
        };
        facts.add(&letter.notice);
        facts
    }

    fn add(&mut self, notice: &Notice) {
        match notice {
            Notice::VerifyEmail { link, expires_in }
            | Notice::ResetPassword { link, expires_in }
            | Notice::ConfirmEmailChange { link, expires_in }
            | Notice::Invitation { link, expires_in } => {
                self.link.clone_from(link);
                self.expires_in = self.language.duration(*expires_in);
            }
            Notice::AddressTaken { reset_link } => self.link.clone_from(reset_link),
            Notice::PasswordChanged { at, place }
            | Notice::AccountReclaimed { at, place }
            | Notice::NewDevice { at, place }
            | Notice::BackupCodesRenewed { at, place }
            | Notice::ReplayDetected { at, place }
            | Notice::RefreshUnconfirmed { at, place }
            | Notice::ErasureCancelled { at, place } => self.happened(*at, place),
            Notice::EmailChangeRequested { new_address, at, place } => {
                self.new_address = flat(new_address);
                self.happened(*at, place);
            }
            Notice::EmailChanged { new_address, at } => {
                self.new_address = flat(new_address);
                self.at = self.language.moment(*at);
            }
            Notice::FactorAdded { factor, at, place } | Notice::FactorRemoved { factor, at, place } => {
                self.factor = flat(&self.language.factor_name(factor));
                self.happened(*at, place);
            }
            Notice::FactorLocked { factor, at, place } => {
                self.language.factor(*factor).clone_into(&mut self.factor);
                self.happened(*at, place);
            }
            Notice::BackupCodeUsed { left, at, place } => {
                self.left = left.to_string();
                self.happened(*at, place);
            }
            Notice::FactorsReset { at, usable_at } => {
                self.usable_at = self.language.moment(*usable_at);
                self.at = self.language.moment(*at);
            }
            Notice::UnusualLogin { location, at, place } => {
                self.location = flat(location);
                self.happened(*at, place);
            }
            Notice::BackupCodesLow { left } => self.left = left.to_string(),
            Notice::EmailAssigned { at } | Notice::AccountLocked { at } | Notice::AccountErased { at } => {
                self.at = self.language.moment(*at);
            }
            Notice::ErasureRequested { erase_at, at, place } => {
                self.erase_at = self.language.moment(*erase_at);
                self.happened(*at, place);
            }
            Notice::SmsCode { code, expires_in } => {
                self.code = flat(code);
                self.expires_in = self.language.duration(*expires_in);
            }
        }
    }

    fn happened(&mut self, at: Timestamp, place: &Place) {
        self.at = self.language.moment(at);
        self.device = place.device.as_ref().map(|device| flat(&self.language.device(device)));
        self.network = place.network.as_deref().map(flat);
    }
}

/// Whether the recipient has proven to own the address. Others are greeted without a name, because the person who
/// typed in their address would choose the words that they read.
const fn is_known(notice: &Notice) -> bool {
    !matches!(
        notice,
        Notice::VerifyEmail { .. }
            | Notice::AddressTaken { .. }
            | Notice::ConfirmEmailChange { .. }
            | Notice::EmailAssigned { .. }
            | Notice::Invitation { .. }
    )
}

/// The name in the salutation; `None` if mail programs would turn it into a link.
fn greeting(name: &str) -> Option<String> {
    let name = flat(name);
    let is_link = name.contains('/') || name.to_lowercase().contains("www.");
    (!is_link && !name.is_empty()).then_some(name)
}

/// One line of [visible text](visible).
fn flat(text: &str) -> String {
    let plain: String = visible(text, Some(' ')).chars().take(MAX).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_on_their_line() {
        assert_eq!(flat("Ada\r\nBcc: all@example.com"), "Ada Bcc: all@example.com");
        assert_eq!(flat("a\u{202e}b\u{2029}\u{200b} c\u{0}"), "a b c");
        assert_eq!(
            flat("علی\u{200c}رضا \u{1f469}\u{200d}\u{1f467}"),
            "علی\u{200c}رضا \u{1f469}\u{200d}\u{1f467}"
        );
        assert_eq!(flat(&"x".repeat(1000)).len(), MAX);
    }

    #[test]
    fn a_name_is_no_link() {
        assert_eq!(greeting("Ada"), Some("Ada".to_owned()));
        assert_eq!(greeting(" \n"), None);
        assert_eq!(greeting("win at https://evil.example"), None);
        assert_eq!(greeting("WWW.evil.example"), None);
    }
}
