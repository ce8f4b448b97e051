//! How certain the identity of the user is: `amr` (RFC 8176) → `aal` (NIST SP 800-63B-4) → `acr`.
//!
//! It is computed here and nowhere else. Assurance is a property of the login, which a refresh does not change; only
//! further authentication in the same session adds to it.

use std::fmt;

/// A set of authentication method references (RFC 8176 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amr(u16);

/// One authentication method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `pwd`
    Password,
    /// `otp`: TOTP, or a backup code.
    OneTimePassword,
    /// `sms`
    Sms,
    /// `hwk`: a passkey that stays in its authenticator.
    HardwareKey,
    /// `swk`: a passkey that is synchronized.
    SoftwareKey,
    /// `user`: the user was present.
    UserPresence,
    /// `mfa`: an authenticator that asks for a second factor by itself.
    MultiFactor,
    /// `fed`: a login with another provider. The name is not registered, as no registered one says that.
    Federated,
}

const METHODS: [(Method, &str); 8] = [
    (Method::Password, "pwd"),
    (Method::OneTimePassword, "otp"),
    (Method::Sms, "sms"),
    (Method::HardwareKey, "hwk"),
    (Method::SoftwareKey, "swk"),
    (Method::UserPresence, "user"),
    (Method::MultiFactor, "mfa"),
    (Method::Federated, "fed"),
];

/// Methods that stand for something else than possession. What a provider has verified is not known, so it counts as what
/// a second factor here has to be different from.
const FIRST_FACTORS: [Method; 2] = [Method::Password, Method::Federated];

/// Methods that prove possession, as opposed to knowledge (NIST SP 800-63B-4 §2.2.1).
const POSSESSIONS: [Method; 4] =
    [Method::OneTimePassword, Method::Sms, Method::HardwareKey, Method::SoftwareKey];

impl Amr {
    /// The set of these methods. It contains `mfa` if they prove possession and something else.
    pub fn of(methods: &[Method]) -> Self {
        Self(methods.iter().fold(0, |set, method| set | method.bit())).completed()
    }

    /// Whether this method is in the set.
    pub fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Both sets together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0).completed()
    }

    /// The names as registered.
    pub fn names(self) -> Vec<&'static str> {
        METHODS.iter().filter(|(method, _)| self.contains(*method)).map(|(_, name)| *name).collect()
    }

    /// Reads the text of its [`Display`](fmt::Display); unknown names are ignored, which never raises the assurance.
    pub fn from_stored(text: &str) -> Self {
        let known = text.split(' ').filter_map(|word| METHODS.iter().find(|(_, name)| *name == word));
        Self(known.fold(0, |set, (method, _)| set | method.bit()))
    }

    /// Two factors are AAL2.
    pub fn aal(self) -> Aal {
        if self.contains(Method::MultiFactor) { Aal::Two } else { Aal::One }
    }

    fn completed(self) -> Self {
        let has_any = |methods: &[Method]| methods.iter().any(|method| self.contains(*method));
        let is_both = has_any(&POSSESSIONS) && has_any(&FIRST_FACTORS);
        if is_both { Self(self.0 | Method::MultiFactor.bit()) } else { self }
    }
}

impl fmt::Display for Amr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.names().join(" "))
    }
}

impl Method {
    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Authenticator assurance level (NIST SP 800-63B-4 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aal {
    /// One factor.
    One,
    /// Two factors of different kinds, or one authenticator that is both.
    Two,
}

impl Aal {
    /// 1 or 2, as in the claim `aal` and in the database.
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// Authentication context class reference (OpenID Connect Core §2).
    pub const fn acr(self) -> &'static str {
        match self {
            Self::One => "aal1",
            Self::Two => "aal2",
        }
    }

    /// Anything unknown counts as the lowest level.
    pub const fn from_stored(number: i16) -> Self {
        if number == 2 { Self::Two } else { Self::One }
    }

    /// Anything unknown counts as the lowest level.
    pub fn from_acr(acr: &str) -> Self {
        if acr == Self::Two.acr() { Self::Two } else { Self::One }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_factor() {
        let amr = Amr::of(&[Method::Password]);
        assert_eq!(amr.names(), ["pwd"]);
        assert_eq!(amr.aal().acr(), "aal1");
        assert_eq!(Amr::from_stored(&amr.to_string()), amr);
    }

    #[test]
    fn something_known_and_something_had_are_two_factors() {
        for had in POSSESSIONS {
            assert_eq!(Amr::of(&[had]).aal(), Aal::One, "{had:?} alone");
            let both = Amr::of(&[Method::Password]).and(Amr::of(&[had]));
            assert_eq!(both.aal(), Aal::Two, "{had:?} beside a password");
            assert!(both.names().contains(&"mfa"));
            assert_eq!(Amr::from_stored(&both.to_string()), both);
        }
        let twice = Amr::of(&[Method::OneTimePassword]).and(Amr::of(&[Method::Sms]));
        assert_eq!(twice.aal(), Aal::One, "two of a kind are one factor");
    }

    #[test]
    fn what_is_proven_again_stays_proven() {
        let both = Amr::of(&[Method::Password, Method::OneTimePassword]);
        assert_eq!(Amr::of(&[Method::Password, Method::OneTimePassword, Method::Password]), both);
        assert_eq!(both.and(both), both);
        assert_eq!(both.and(both).aal(), Aal::Two);
        assert_eq!(Amr::from_stored("pwd otp mfa pwd"), both);
    }

    #[test]
    fn a_login_with_another_provider_is_one_factor() {
        let federated = Amr::of(&[Method::Federated]);
        assert_eq!((federated.aal(), federated.names()), (Aal::One, vec!["fed"]));
        let with_password = federated.and(Amr::of(&[Method::Password]));
        assert_eq!(with_password.aal(), Aal::One, "nothing has shown that they differ in kind");
        for had in POSSESSIONS {
            let both = federated.and(Amr::of(&[had]));
            assert_eq!(both.aal(), Aal::Two, "{had:?} beside another provider");
            assert_eq!(Amr::from_stored(&both.to_string()), both);
        }
    }

    #[test]
    fn a_passkey_that_knows_its_user_is_two_factors() {
        let amr = Amr::of(&[Method::SoftwareKey, Method::UserPresence, Method::MultiFactor]);
        assert_eq!((amr.aal(), amr.names()), (Aal::Two, vec!["swk", "user", "mfa"]));
    }

    #[test]
    fn more_methods_never_lower_assurance() {
        for first in METHODS.map(|(method, _)| method) {
            for second in METHODS.map(|(method, _)| method) {
                let before = Amr::of(&[first]);
                assert!(before.and(Amr::of(&[second])).aal() >= before.aal());
            }
        }
    }

    #[test]
    fn unknown_methods_never_raise_assurance() {
        assert_eq!(Amr::from_stored("retina pwd").aal(), Aal::One);
        assert_eq!((Aal::from_stored(9), Aal::from_acr("aal9")), (Aal::One, Aal::One));
        for aal in [Aal::One, Aal::Two] {
            assert_eq!(Aal::from_stored(i16::from(aal.number())), aal);
            assert_eq!(Aal::from_acr(aal.acr()), aal);
        }
    }
}
