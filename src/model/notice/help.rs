//! The link in a warning for a reader who did not do what it tells of.

use uuid::Uuid;

use super::Notice;
use crate::model::one_time_token::Purpose;

/// A link that a flow offers with a warning, beyond what follows from the warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// Ends this session, or secures the account.
    EndSession(Uuid),
    /// Brings the address back that the warning is sent to.
    UndoEmailChange,
}

impl Help {
    /// The purpose of the link.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::EndSession(_) => Purpose::EndSession,
            Self::UndoEmailChange => Purpose::UndoEmailChange,
        }
    }

    /// The session that the link is about.
    pub const fn session(self) -> Option<Uuid> {
        match self {
            Self::EndSession(session) => Some(session),
            Self::UndoEmailChange => None,
        }
    }
}

impl Notice {
    /// The purpose of the link that helps with every warning of this kind. A change of address by an administrator has
    /// none: someone who reads the former mailbox could follow it.
    pub const fn help(&self) -> Option<Purpose> {
        match self {
            Self::ErasureRequested { .. } => Some(Purpose::CancelErasure),
            Self::PasswordSet { .. }
            | Self::PasswordChanged { .. }
            | Self::AccountReclaimed { .. }
            | Self::EmailChangeRequested { .. }
            | Self::NewDevice { .. }
            | Self::ReplayDetected { .. }
            | Self::RefreshUnconfirmed { .. }
            | Self::FactorAdded { .. }
            | Self::FactorRemoved { .. }
            | Self::IdentityLinked { .. }
            | Self::IdentityRemoved { .. }
            | Self::BackupCodeUsed { .. }
            | Self::BackupCodesLow { .. }
            | Self::BackupCodesRenewed { .. }
            | Self::FactorLocked { .. }
            | Self::FactorsReset { .. }
            | Self::UnusualLogin { .. }
            | Self::ErasureCancelled { .. } => Some(Purpose::SecureAccount),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::notice::Place;

    #[test]
    fn a_link_is_about_the_session_that_it_ends() {
        let help = Help::EndSession(Uuid::from_u128(7));
        assert_eq!((help.purpose(), help.session()), (Purpose::EndSession, Some(Uuid::from_u128(7))));
        let help = Help::UndoEmailChange;
        assert_eq!((help.purpose(), help.session()), (Purpose::UndoEmailChange, None));
    }

    #[test]
    fn a_warning_helps_unless_a_reader_of_the_former_mailbox_could_follow_it() {
        let (at, place) = (Timestamp::default(), Place::default);
        for (notice, help) in [
            (Notice::ErasureRequested { erase_at: at, at, place: place() }, Some(Purpose::CancelErasure)),
            (Notice::PasswordChanged { at, place: place() }, Some(Purpose::SecureAccount)),
            (Notice::BackupCodesLow { left: 2 }, Some(Purpose::SecureAccount)),
            (Notice::EmailChanged { new_address: "e•••@e•••.com".to_owned(), at }, None),
            (Notice::EmailAssigned { at }, None),
            (Notice::AccountErased { at }, None),
        ] {
            assert_eq!(notice.help(), help, "{notice:?}");
        }
    }
}
