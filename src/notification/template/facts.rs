//! What the templates may mention, made fit for print.

use super::words::Language;
use crate::model::notice::{Letter, Notice, Place};

/// Longest text that is taken over from people, in characters.
const MAX: usize = 200;

/// `it` in the templates. What a notice does not have is empty.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub service: String,
    pub name: Option<String>,
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
    pub fn of(letter: &Letter, service: &str, language: Language) -> Self {
        let name = letter.display_name.as_deref().filter(|_| is_known(&letter.notice));
        let facts = Self { service: flat(service), name: name.and_then(greeting), ..Self::default() };
        facts.with(&letter.notice, language)
    }

    fn with(mut self, notice: &Notice, language: Language) -> Self {
        match notice {
            Notice::VerifyEmail { link, expires_in }
            | Notice::ResetPassword { link, expires_in }
            | Notice::ConfirmEmailChange { link, expires_in }
            | Notice::Invitation { link, expires_in } => {
                self.link.clone_from(link);
                self.expires_in = language.span(&flat(expires_in));
            }
            Notice::AddressTaken { reset_link } => self.link.clone_from(reset_link),
            Notice::PasswordChanged { at, place }
            | Notice::AccountReclaimed { at, place }
            | Notice::NewDevice { at, place }
            | Notice::BackupCodesRenewed { at, place }
            | Notice::ReplayDetected { at, place }
            | Notice::RefreshUnconfirmed { at, place }
            | Notice::ErasureCancelled { at, place } => self.happened(at, Some(place), language),
            Notice::EmailChangeRequested { new_address, at, place } => {
                self.new_address = flat(new_address);
                self.happened(at, Some(place), language);
            }
            Notice::EmailChanged { new_address, at } => {
                self.new_address = flat(new_address);
                self.happened(at, None, language);
            }
            Notice::FactorAdded { factor, at, place }
            | Notice::FactorRemoved { factor, at, place }
            | Notice::FactorLocked { factor, at, place } => {
                self.factor = language.factor(&flat(factor));
                self.happened(at, Some(place), language);
            }
            Notice::BackupCodeUsed { left, at, place } => {
                self.left = left.to_string();
                self.happened(at, Some(place), language);
            }
            Notice::FactorsReset { at, usable_at } => {
                self.usable_at = language.moment(&flat(usable_at));
                self.happened(at, None, language);
            }
            Notice::UnusualLogin { location, at, place } => {
                self.location = flat(location);
                self.happened(at, Some(place), language);
            }
            Notice::BackupCodesLow { left } => self.left = left.to_string(),
            Notice::AccountLocked { at } | Notice::AccountErased { at } => self.happened(at, None, language),
            Notice::ErasureRequested { erase_at, at, place } => {
                self.erase_at = language.moment(&flat(erase_at));
                self.happened(at, Some(place), language);
            }
            Notice::SmsCode { code, expires_in } => {
                self.code = flat(code);
                self.expires_in = language.span(&flat(expires_in));
            }
        }
        self
    }

    fn happened(&mut self, at: &str, place: Option<&Place>, language: Language) {
        self.at = language.moment(&flat(at));
        self.device = place.and_then(|place| place.device.as_deref()).map(flat);
        self.network = place.and_then(|place| place.network.as_deref()).map(flat);
    }
}

/// Whether the recipient has proven to own the address. Others are greeted without a name: whoever gave
/// their address would choose the words that they read.
const fn is_known(notice: &Notice) -> bool {
    !matches!(
        notice,
        Notice::VerifyEmail { .. }
            | Notice::AddressTaken { .. }
            | Notice::ConfirmEmailChange { .. }
            | Notice::Invitation { .. }
    )
}

/// A name to greet somebody by; none that mail programs would turn into a link.
fn greeting(name: &str) -> Option<String> {
    let name = flat(name);
    let is_link = name.contains('/') || name.to_lowercase().contains("www.");
    (!is_link && !name.is_empty()).then_some(name)
}

/// One line without characters that steer: no new lines and paragraphs, no reversal of what follows.
fn flat(text: &str) -> String {
    let steers = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = text.chars().map(|sign| if steers(sign) { ' ' } else { sign }).take(MAX).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_on_their_line() {
        assert_eq!(flat("Ada\r\nBcc: all@example.com"), "Ada Bcc: all@example.com");
        assert_eq!(flat("a\u{202e}b\u{2029}\u{200b} c\u{0}"), "a b c");
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
