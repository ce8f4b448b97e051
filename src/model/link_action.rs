//! What people do by the links in warnings, without a login.

use super::one_time_token::Purpose;

/// See the module's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAction {
    /// Ends the session that the mail tells of.
    EndSession,
    /// Ends all sessions, voids the links that are out, the password and the passkeys, and sends a link to set a new
    /// password. Passkeys log in again after the first login with it.
    SecureAccount,
    /// Brings the former address back, and secures the account.
    UndoEmailChange,
    /// Keeps an account that is to be erased.
    CancelErasure,
}

impl LinkAction {
    /// All actions.
    pub const ALL: [Self; 4] =
        [Self::EndSession, Self::SecureAccount, Self::UndoEmailChange, Self::CancelErasure];

    /// The name in the API and in security events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndSession => "end_session",
            Self::SecureAccount => "secure_account",
            Self::UndoEmailChange => "undo_email_change",
            Self::CancelErasure => "cancel_erasure",
        }
    }

    /// The links that permit the action. Where one session may be ended, the account may be secured as well.
    pub const fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::EndSession => &[Purpose::EndSession],
            Self::SecureAccount => &[Purpose::SecureAccount, Purpose::EndSession],
            Self::UndoEmailChange => &[Purpose::UndoEmailChange],
            Self::CancelErasure => &[Purpose::CancelErasure],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_names_and_links_that_permit_them() {
        let told = LinkAction::ALL.map(|action| (action.as_str(), action.purposes()));
        let expected: [(&str, &[Purpose]); 4] = [
            ("end_session", &[Purpose::EndSession]),
            ("secure_account", &[Purpose::SecureAccount, Purpose::EndSession]),
            ("undo_email_change", &[Purpose::UndoEmailChange]),
            ("cancel_erasure", &[Purpose::CancelErasure]),
        ];
        assert_eq!(told, expected);
    }
}
