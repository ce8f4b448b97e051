//! What a mail of each kind consists of: its button, the help that it offers, and why it was sent.

use crate::model::notice::{HelpLink, Letter, Notice};
use crate::model::one_time_token::Purpose;
use crate::notification::service::Service;

/// The parts of a mail that depend on its kind.
pub struct Shape<'a> {
    /// Where the button leads.
    pub action: Option<&'a str>,
    /// Whether the link of the button works once, and for a limited time.
    pub expires: bool,
    pub help: Option<Help<'a>>,
    /// The id of the text that says who sent the mail, and why.
    pub why: &'static str,
}

/// The help for someone who knows nothing of the matter.
pub struct Help<'a> {
    /// Whether "Wasn't you?" comes before the text.
    pub asks: bool,
    pub target: Target<'a>,
    /// The mail was written without the link that it should have: its own words would promise too much.
    pub is_makeshift: bool,
}

/// Where the help leads.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// There is nothing to do, or nothing that a link could do.
    Nowhere,
    /// To the link that helps without a login.
    Link(&'a HelpLink),
    /// To the page where the password is reset.
    Recovery(&'a str),
}

impl<'a> Target<'a> {
    /// The id of the words that mails share. That of its link ends in `-action`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Nowhere => "mail-help-contact-support",
            Self::Link(link) => match Purpose::from_stored(&link.purpose) {
                Some(Purpose::EndSession) => "mail-help-end-session",
                _ => "mail-help-secure-account",
            },
            Self::Recovery(_) => "mail-help-reset-password",
        }
    }

    pub fn url(self) -> Option<&'a str> {
        match self {
            Self::Nowhere => None,
            Self::Link(link) => Some(&link.url),
            Self::Recovery(url) => Some(url),
        }
    }
}

impl<'a> Shape<'a> {
    pub fn of(letter: &'a Letter, service: &'a Service) -> Self {
        let help = letter.help.as_ref();
        let recovery = service.recovery_link.as_str();
        match &letter.notice {
            Notice::VerifyEmail { link, .. }
            | Notice::ResetPassword { link, .. }
            | Notice::ConfirmEmailChange { link, .. } => Self::requested(link).expiring(),
            Notice::AccountSecured { link, .. } | Notice::FirstCredential { link, .. } => {
                Self { why: "mail-why-account", ..Self::requested(link).expiring() }
            }
            Notice::Invitation { link, .. } => {
                Self { why: "mail-why-invited", ..Self::requested(link).expiring().without_question() }
            }
            Notice::AddressTaken { reset_link } => Self::requested(reset_link),
            Notice::FederationCode { .. } => Self { action: None, ..Self::requested(recovery) },
            Notice::AccountLocked { .. } => Self::about_account(Some(recovery), Target::Nowhere),
            Notice::EmailAssigned { .. } => {
                Self::about_account(Some(&service.account_link), Target::Nowhere).without_question()
            }
            Notice::AccountErased { .. } => Self::about_account(None, Target::Nowhere).without_question(),
            // Only the link can undo the change: the account no longer knows this address.
            Notice::EmailChanged { .. } => {
                let target = help.map_or(Target::Nowhere, Target::Link);
                Self { why: "mail-why-former", ..Self::about_account(None, target).relying_on(help) }
            }
            Notice::EmailChangeRequested { .. } => {
                Self::about_account(None, secure(help, recovery)).relying_on(help)
            }
            Notice::FactorLocked { .. } => Self::about_account(None, secure(help, recovery)),
            Notice::FactorsReset { .. } => {
                Self::about_account(None, secure(help, recovery)).without_question()
            }
            Notice::ErasureRequested { .. } => {
                let keep = help.map_or(service.account_link.as_str(), |help| &help.url);
                Self::about_account(Some(keep), Target::Recovery(recovery))
            }
            Notice::BackupCodesLow { .. } => {
                Self::about_account(Some(&service.account_link), secure(help, recovery)).without_question()
            }
            Notice::PasswordSet { .. }
            | Notice::PasswordChanged { .. }
            | Notice::AccountReclaimed { .. }
            | Notice::NewDevice { .. }
            | Notice::UnusualLogin { .. }
            | Notice::ReplayDetected { .. }
            | Notice::RefreshUnconfirmed { .. }
            | Notice::FactorAdded { .. }
            | Notice::FactorRemoved { .. }
            | Notice::IdentityLinked { .. }
            | Notice::IdentityRemoved { .. }
            | Notice::BackupCodeUsed { .. }
            | Notice::BackupCodesRenewed { .. }
            | Notice::ErasureCancelled { .. }
            | Notice::SmsCode { .. } => {
                Self::about_account(Some(&service.account_link), secure(help, recovery))
            }
        }
    }

    /// A mail that someone asked for, perhaps not its reader.
    fn requested(link: &'a str) -> Self {
        let help = Help { asks: true, target: Target::Nowhere, is_makeshift: false };
        Self { action: Some(link), expires: false, help: Some(help), why: "mail-why-requested" }
    }

    fn about_account(action: Option<&'a str>, target: Target<'a>) -> Self {
        let help = Help { asks: true, target, is_makeshift: false };
        Self { action, expires: false, help: Some(help), why: "mail-why-account" }
    }

    /// The words of the mail are about its own link. Without it, those that mails share are said.
    fn relying_on(self, link: Option<&HelpLink>) -> Self {
        Self { help: self.help.map(|help| Help { is_makeshift: link.is_none(), ..help }), ..self }
    }

    fn expiring(self) -> Self {
        Self { expires: true, ..self }
    }

    /// The words of the help say for whom it is.
    fn without_question(self) -> Self {
        Self { help: self.help.map(|help| Help { asks: false, ..help }), ..self }
    }
}

/// A mail of an earlier version has no link that helps, nor has one to an address that is not proven.
fn secure<'a>(link: Option<&'a HelpLink>, recovery: &'a str) -> Target<'a> {
    link.map_or(Target::Recovery(recovery), Target::Link)
}

/// Whether the recipient has proven to own the address. Others are greeted without a name, because the person who
/// typed in their address would choose the words that they read.
pub const fn is_known(notice: &Notice) -> bool {
    !matches!(
        notice,
        Notice::VerifyEmail { .. }
            | Notice::AddressTaken { .. }
            | Notice::FederationCode { .. }
            | Notice::ConfirmEmailChange { .. }
            | Notice::EmailAssigned { .. }
            | Notice::Invitation { .. }
    )
}
