//! `pages.*`: the pages that this server shows.

use url::Url;

use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Pages {
    /// The base of links in mails, if it is not `server.public_url`.
    pub base_url: Option<Url>,
    /// The pages that are switched off.
    pub disabled: Vec<PageName>,
}

/// A page, or several that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageName {
    Login,
    Register,
    ForgotPassword,
    Account,
    Administration,
    VerifyEmail,
    ResetPassword,
    ConfirmEmail,
    UndoEmailChange,
    Invitation,
    CancelErasure,
    EndSession,
    SecureAccount,
}

super::text_enum!(PageName {
    Login => "login",
    Register => "register",
    ForgotPassword => "forgot_password",
    Account => "account",
    Administration => "administration",
    VerifyEmail => "verify_email",
    ResetPassword => "reset_password",
    ConfirmEmail => "confirm_email",
    UndoEmailChange => "undo_email_change",
    Invitation => "invitation",
    CancelErasure => "cancel_erasure",
    EndSession => "end_session",
    SecureAccount => "secure_account",
});

impl PageName {
    /// The pages that links in mails lead to.
    const LINKED: [Self; 9] = [
        Self::ForgotPassword,
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::ConfirmEmail,
        Self::UndoEmailChange,
        Self::Invitation,
        Self::CancelErasure,
        Self::EndSession,
        Self::SecureAccount,
    ];
}

impl Pages {
    /// Whether a page is shown.
    pub fn has(&self, page: PageName) -> bool {
        !self.disabled.contains(&page)
    }

    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Pages");
        let key = "pages.base_url";
        let base_url: Option<Url> = reader.optional(
            setting(
                key,
                "The base of the links in mails, for an application that has these pages itself, at the same paths. \
                Without it, it is `server.public_url`.",
            )
            .note("https (http is accepted outside production), without query and fragment"),
        );
        if let Some(url) = &base_url {
            let is_secure = url.scheme() == "https" || (url.scheme() == "http" && !profile.is_production());
            reader.check(key, is_secure, "must be an https URL (http is accepted outside production)");
            let is_plain = url.has_host() && url.query().is_none() && url.fragment().is_none();
            reader.check(key, is_plain, "must have a host, and no query or fragment");
        }
        let disabled: Vec<PageName> = reader.list(
            setting("pages.disabled", "The pages that this server does not show. They answer 404."),
            Vec::new(),
        );
        if base_url.is_none() {
            for page in PageName::LINKED.iter().filter(|page| disabled.contains(page)) {
                reader.warn(format!(
                    "pages.disabled names {page}, which links in mails lead to; set pages.base_url to where it is"
                ));
            }
        }
        Self { base_url, disabled }
    }
}
