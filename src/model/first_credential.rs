//! Who may have a link mailed that sets a first password or enrolls a first passkey: people who have come from another
//! provider, and have nothing here by which they could show again that it is them.

/// What an account has, as far as the link depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnCredentials {
    pub address_verified: bool,
    pub has_password: bool,
    /// An authenticator app or a passkey.
    pub has_second_factor: bool,
    /// The number of identities whose providers can make the person authenticate again.
    pub reauthenticating_identities: u64,
}

/// Why no link is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstCredentialObstacle {
    /// The link would prove nothing that was proven before.
    AddressUnverified,
    Password,
    SecondFactor,
    /// The person can authenticate again at a provider.
    Provider,
}

impl OwnCredentials {
    /// What keeps the link from being sent, if anything does.
    pub const fn obstacle(self) -> Option<FirstCredentialObstacle> {
        if self.has_password {
            Some(FirstCredentialObstacle::Password)
        } else if self.has_second_factor {
            Some(FirstCredentialObstacle::SecondFactor)
        } else if self.reauthenticating_identities > 0 {
            Some(FirstCredentialObstacle::Provider)
        } else if !self.address_verified {
            Some(FirstCredentialObstacle::AddressUnverified)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: OwnCredentials = OwnCredentials {
        address_verified: true,
        has_password: false,
        has_second_factor: false,
        reauthenticating_identities: 0,
    };

    #[test]
    fn only_who_has_nothing_else_gets_a_link() {
        assert_eq!(NONE.obstacle(), None);
        for (own, obstacle) in [
            (OwnCredentials { has_password: true, ..NONE }, FirstCredentialObstacle::Password),
            (OwnCredentials { has_second_factor: true, ..NONE }, FirstCredentialObstacle::SecondFactor),
            (OwnCredentials { reauthenticating_identities: 1, ..NONE }, FirstCredentialObstacle::Provider),
            (OwnCredentials { address_verified: false, ..NONE }, FirstCredentialObstacle::AddressUnverified),
        ] {
            assert_eq!(own.obstacle(), Some(obstacle), "{own:?}");
        }
    }
}
