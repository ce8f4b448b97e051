//! To which account an identity of a provider leads.
//!
//! A person is known by issuer and subject. An address decides only where both sides have verified it, because an address
//! that is not verified is a text that a stranger may have chosen, here as well as at the provider (A. Sudhodanan,
//! A. Paverd: Pre-hijacked accounts, USENIX Security 2022).

use crate::model::account::Status;

/// What the provider tells of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldAddress {
    /// None.
    Missing,
    /// One that anyone may have entered there.
    Unproven,
    /// One at which the person has received mails, as a provider says that is trusted with its domain.
    Proven,
}

/// The account that has the address which the provider tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountAtAddress {
    /// Whether it may change at all.
    pub status: Status,
    /// Whether its owner has shown that they read mails to the address.
    pub is_verified: bool,
    /// Whether it has another identity of the same issuer. Then the address has moved there from one person to another, as
    /// those of employees do.
    pub has_identity_of_issuer: bool,
}

/// Everything that decides what becomes of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginFacts {
    /// Whether an account has the identity already.
    pub is_linked: bool,
    /// The address at the provider.
    pub address: ToldAddress,
    /// The account with this address, if there is one.
    pub account: Option<AccountAtAddress>,
    /// Whether strangers may register without an invitation.
    pub registration_is_open: bool,
}

/// How a login with an identity goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginDecision {
    /// To the account that has the identity.
    LogIn,
    /// The account at the address gets the identity: both sides have verified the address.
    Link,
    /// The account at the address gets the identity, and the address its first proof: whatever was enrolled before is
    /// removed, since its owner may be someone else.
    ProveAndLink,
    /// A new account, whose address is verified from the beginning.
    Create,
    /// The address has to be proven by a mail. What people are told is the same whether it has an account or not.
    VerifyAddress,
    /// The person has to name an address, which is then proven by a mail.
    AskForAddress,
    /// The person has to log in to the account in another way, and to link the identity there.
    LogInFirst,
    /// The account cannot be used.
    NotActive,
    /// There is no account, and registration is not open.
    RegistrationClosed,
}

impl LoginFacts {
    /// The one rule for logins.
    pub const fn decide(self) -> LoginDecision {
        if self.is_linked {
            return LoginDecision::LogIn;
        }
        match self.address {
            ToldAddress::Missing => LoginDecision::AskForAddress,
            // Decided before the account is looked at, so that nothing tells whether there is one.
            ToldAddress::Unproven => LoginDecision::VerifyAddress,
            ToldAddress::Proven => match self.account {
                Some(account) => account.decide(),
                None if self.registration_is_open => LoginDecision::Create,
                None => LoginDecision::RegistrationClosed,
            },
        }
    }
}

impl AccountAtAddress {
    /// For a person who has proven the address.
    const fn decide(self) -> LoginDecision {
        match self {
            Self { status: Status::Disabled | Status::Erasing, .. } => LoginDecision::NotActive,
            Self { is_verified: false, .. } => LoginDecision::ProveAndLink,
            Self { has_identity_of_issuer: true, .. } => LoginDecision::LogInFirst,
            Self { .. } => LoginDecision::Link,
        }
    }
}

/// What becomes of an identity that the owner of a session wants to link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkDecision {
    /// The account gets it.
    Link,
    /// The account has it already; nothing changes.
    AlreadyLinked,
    /// Another account has it. Only someone who has just authenticated as its owner is told so.
    OfAnotherAccount,
    /// The account's own address is not verified, so its owner may be anyone.
    AddressUnverified,
}

/// Who has an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityOwner {
    /// No account.
    None,
    /// The account that asks.
    Same,
    /// Another account.
    Other,
}

/// The rule for people who link an identity in a session of theirs.
pub const fn decide_link(owner: IdentityOwner, address_is_verified: bool) -> LinkDecision {
    match owner {
        IdentityOwner::Same => LinkDecision::AlreadyLinked,
        IdentityOwner::Other => LinkDecision::OfAnotherAccount,
        IdentityOwner::None if address_is_verified => LinkDecision::Link,
        IdentityOwner::None => LinkDecision::AddressUnverified,
    }
}

/// The ways by which an account can be entered without a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaysIn {
    /// Whether a password is set.
    pub has_password: bool,
    /// Passkeys, by which one can log in alone.
    pub passkeys: u64,
    /// Identities of providers that are in the settings. Others lead nowhere.
    pub identities: u64,
}

impl WaysIn {
    /// Whether there is any.
    pub const fn is_open(self) -> bool {
        self.has_password || self.passkeys > 0 || self.identities > 0
    }
}

#[cfg(test)]
mod tests;
