//! The file of each notice. Askama compiles the files in, so text of users is never taken for a template.

use askama::Template;

use super::language::Language;
use super::{CannotRender, facts::Facts};
use crate::model::notice::Notice;

/// Defines a function that fills the given notices into their files.
macro_rules! templates {
    ($function:ident: $($variant:ident $path:tt)+) => {
        fn $function(notice: &Notice, it: &Facts) -> Result<String, CannotRender> {
            match notice {
                $(Notice::$variant { .. } => {
                    #[derive(Template)]
                    #[template(path = $path)]
                    struct File<'a> {
                        it: &'a Facts,
                    }
                    File { it }.render().map_err(|_| CannotRender)
                })+
                // No function knows both mails and SMS.
                _ => Err(CannotRender),
            }
        }
    };
}

/// The file of the mail, filled in.
pub(super) fn mail(notice: &Notice, facts: &Facts, language: Language) -> Result<String, CannotRender> {
    match language {
        Language::English => english(notice, facts),
        Language::German => german(notice, facts),
    }
}

/// The file of the SMS, filled in.
pub(super) fn sms(notice: &Notice, facts: &Facts, language: Language) -> Result<String, CannotRender> {
    match language {
        Language::English => english_sms(notice, facts),
        Language::German => german_sms(notice, facts),
    }
}

templates! {
    english:
    VerifyEmail "mail/en/verify_email.txt"
    AddressTaken "mail/en/address_taken.txt"
    ResetPassword "mail/en/reset_password.txt"
    PasswordChanged "mail/en/password_changed.txt"
    AccountReclaimed "mail/en/account_reclaimed.txt"
    ConfirmEmailChange "mail/en/confirm_email_change.txt"
    EmailChangeRequested "mail/en/email_change_requested.txt"
    EmailChanged "mail/en/email_changed.txt"
    EmailAssigned "mail/en/email_assigned.txt"
    Invitation "mail/en/invitation.txt"
    NewDevice "mail/en/new_device.txt"
    ReplayDetected "mail/en/replay_detected.txt"
    RefreshUnconfirmed "mail/en/refresh_unconfirmed.txt"
    FactorAdded "mail/en/factor_added.txt"
    FactorRemoved "mail/en/factor_removed.txt"
    BackupCodeUsed "mail/en/backup_code_used.txt"
    BackupCodesLow "mail/en/backup_codes_low.txt"
    BackupCodesRenewed "mail/en/backup_codes_renewed.txt"
    AccountLocked "mail/en/account_locked.txt"
    FactorLocked "mail/en/factor_locked.txt"
    FactorsReset "mail/en/factors_reset.txt"
    UnusualLogin "mail/en/unusual_login.txt"
    ErasureRequested "mail/en/erasure_requested.txt"
    ErasureCancelled "mail/en/erasure_cancelled.txt"
    AccountErased "mail/en/account_erased.txt"
}

templates! {
    german:
    VerifyEmail "mail/de/verify_email.txt"
    AddressTaken "mail/de/address_taken.txt"
    ResetPassword "mail/de/reset_password.txt"
    PasswordChanged "mail/de/password_changed.txt"
    AccountReclaimed "mail/de/account_reclaimed.txt"
    ConfirmEmailChange "mail/de/confirm_email_change.txt"
    EmailChangeRequested "mail/de/email_change_requested.txt"
    EmailChanged "mail/de/email_changed.txt"
    EmailAssigned "mail/de/email_assigned.txt"
    Invitation "mail/de/invitation.txt"
    NewDevice "mail/de/new_device.txt"
    ReplayDetected "mail/de/replay_detected.txt"
    RefreshUnconfirmed "mail/de/refresh_unconfirmed.txt"
    FactorAdded "mail/de/factor_added.txt"
    FactorRemoved "mail/de/factor_removed.txt"
    BackupCodeUsed "mail/de/backup_code_used.txt"
    BackupCodesLow "mail/de/backup_codes_low.txt"
    BackupCodesRenewed "mail/de/backup_codes_renewed.txt"
    AccountLocked "mail/de/account_locked.txt"
    FactorLocked "mail/de/factor_locked.txt"
    FactorsReset "mail/de/factors_reset.txt"
    UnusualLogin "mail/de/unusual_login.txt"
    ErasureRequested "mail/de/erasure_requested.txt"
    ErasureCancelled "mail/de/erasure_cancelled.txt"
    AccountErased "mail/de/account_erased.txt"
}

templates! {
    english_sms:
    SmsCode "sms/en/sms_code.txt"
}

templates! {
    german_sms:
    SmsCode "sms/de/sms_code.txt"
}
