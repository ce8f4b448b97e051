//! Users, as far as the rules depend on them.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::assurance::{Amr, Method};
use crate::clock::Timestamp;

/// A role (NIST RBAC: a user holds a set of roles). Roles are ordered: each includes the rights of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Every account has it; no rights over other accounts.
    User,
    /// May read accounts and revoke sessions, but change nothing about accounts.
    Support,
    /// May do everything that the API and the command line offer.
    Admin,
}

impl Role {
    /// The name in the database, in claims and in the API.
    pub fn as_str(self) -> &'static str {
        ROLES[self as usize].1
    }
}

const ROLES: [(Role, &str); 3] = [(Role::User, "user"), (Role::Support, "support"), (Role::Admin, "admin")];

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// The set of these roles.
    pub fn of(roles: &[Role]) -> Self {
        Self(roles.iter().fold(0, |set, role| set | 1 << *role as u8))
    }

    /// Whether the set holds exactly this role; one that is higher does not count.
    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// The highest role; an empty set counts as `user`.
    pub fn highest(self) -> Role {
        let held = ROLES.iter().rev().map(|(role, _)| *role).find(|role| self.contains(*role));
        held.unwrap_or(Role::User)
    }

    /// The set with this role.
    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role as u8)
    }

    /// The set without this role.
    #[must_use]
    pub fn without(self, role: Role) -> Self {
        Self(self.0 & !(1 << role as u8))
    }

    /// The names of the roles, the lowest first.
    pub fn names(self) -> Vec<&'static str> {
        ROLES.iter().filter(|(role, _)| self.contains(*role)).map(|(_, name)| *name).collect()
    }

    /// Reads the text of its [`Display`](fmt::Display); unknown names grant nothing.
    pub fn from_stored(text: &str) -> Self {
        let known = text.split(' ').filter_map(|word| ROLES.iter().find(|(_, name)| *name == word));
        Self(known.fold(0, |set, (role, _)| set | 1 << *role as u8))
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.names().join(" "))
    }
}

/// Whether a user may act at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Logins succeed.
    Active,
    /// An administrator has disabled the account: no login succeeds, and it has no live sessions.
    Disabled,
    /// The erasure has begun: it cannot be canceled, and the account no longer changes.
    Erasing,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Disabled, Self::Erasing];

    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Erasing => "erasing",
        }
    }

    /// An unknown status, of a newer version, is not active: it fails closed.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "erasing" => Self::Erasing,
            _ => Self::Disabled,
        }
    }
}

/// What the stored password and the passkeys of a user are worth. The owner of an account secures it by the link in a warning
/// when someone else may know the password or have added a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// They log in.
    Valid,
    /// The owner has secured the account and set a new password since. Passkeys are a second factor only, until the first
    /// login with the new password: an intruder's passkey must not be quicker than the owner.
    PasswordFirst,
    /// The owner has secured the account. Neither logs in before a new password is set by a link that was sent to the owner.
    ResetRequired,
}

impl CredentialState {
    /// The state of an account that was secured at `secured_at` and has had no login since, with a password of
    /// `password_set_at`.
    pub fn of(secured_at: Option<Timestamp>, password_set_at: Option<Timestamp>) -> Self {
        match (secured_at, password_set_at) {
            (None, _) => Self::Valid,
            (Some(secured_at), Some(set_at)) if set_at > secured_at => Self::PasswordFirst,
            (Some(_), _) => Self::ResetRequired,
        }
    }

    /// The password that a presented one is compared with. Where a reset is required there is none, as in an account
    /// whose owner has not set one yet: the answer, its time and what is counted are those of a wrong password, so someone
    /// who guesses learns nothing.
    pub fn valid_password<P>(self, stored: Option<P>) -> Option<P> {
        stored.filter(|_| self != Self::ResetRequired)
    }

    /// Whether a login that was authenticated in this way counts.
    pub fn admits(self, amr: Amr) -> bool {
        match self {
            Self::Valid => true,
            Self::PasswordFirst => amr.contains(Method::Password),
            Self::ResetRequired => false,
        }
    }
}

/// The data of a user in answers and tokens, read again at every refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFacts {
    /// The claim `sub` of access tokens; a UUIDv7, so it tells when the account was created.
    pub id: Uuid,
    /// The address in canonical form, as [`Email`](super::email::Email) makes it.
    pub email: String,
    /// The claim `roles`.
    pub roles: Roles,
    /// Whether sessions can do nothing but change the password, until that is done.
    pub password_must_change: bool,
    /// Whether the account has a second factor.
    pub mfa_enrolled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_stored_and_read_back() {
        let roles = Roles::of(&[Role::Admin, Role::User]);
        assert_eq!(roles.to_string(), "user admin");
        assert_eq!(Roles::from_stored("user admin"), roles);
        assert_eq!(Roles::from_stored("root"), Roles::default());
        assert_eq!(Role::Support.as_str(), "support");
    }

    #[test]
    fn a_role_that_is_named_twice_is_held_once() {
        let admin = Roles::of(&[Role::Admin]);
        assert_eq!(Roles::of(&[Role::Admin, Role::Admin]), admin);
        assert_eq!(admin.with(Role::Admin), admin);
        assert_eq!(Roles::from_stored("admin admin"), admin);
    }

    #[test]
    fn the_highest_role_decides() {
        assert_eq!(Roles::default().highest(), Role::User);
        assert_eq!(Roles::of(&[Role::User]).with(Role::Support).highest(), Role::Support);
        assert_eq!(Roles::of(&[Role::Admin, Role::User]).highest(), Role::Admin);
        let all = Roles::of(&[Role::User, Role::Support, Role::Admin]);
        assert_eq!(all.without(Role::Admin), Roles::of(&[Role::User, Role::Support]));
        assert_eq!(all.without(Role::Admin).without(Role::Admin).with(Role::Admin), all);
    }

    #[test]
    fn what_was_valid_before_an_account_was_secured_is_void() {
        let at = |micros| Some(Timestamp::from_micros(micros));
        let (password, passkey) =
            (Amr::of(&[Method::Password]), Amr::of(&[Method::HardwareKey, Method::UserPresence]));
        let valid = CredentialState::of(None, at(1));
        assert_eq!((valid, valid.valid_password(Some("hash"))), (CredentialState::Valid, Some("hash")));
        assert!(valid.admits(password) && valid.admits(passkey));
        for set_at in [None, at(1), at(2)] {
            let secured = CredentialState::of(at(2), set_at);
            assert_eq!(
                (secured, secured.valid_password(Some("hash"))),
                (CredentialState::ResetRequired, None)
            );
            assert!(!secured.admits(password) && !secured.admits(passkey));
        }
        let reset = CredentialState::of(at(2), at(3));
        assert_eq!(
            (reset, reset.valid_password(Some("hash"))),
            (CredentialState::PasswordFirst, Some("hash"))
        );
        assert!(reset.admits(password.and(passkey)) && !reset.admits(passkey));
    }

    #[test]
    fn an_unknown_status_is_not_active() {
        assert_eq!(Status::from_stored("banned"), Status::Disabled);
        for status in [Status::Active, Status::Disabled, Status::Erasing] {
            assert_eq!(Status::from_stored(status.as_str()), status);
        }
    }
}
