//! How sure we are who is there: `amr` (RFC 8176) → `aal` (NIST SP 800-63B-4) → `acr`.
//!
//! Computed here and nowhere else. Assurance is a property of the login and survives refresh unchanged.

use std::fmt;

/// A set of authentication method references (RFC 8176 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amr(u16);

/// One authentication method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `pwd`
    Password,
}

const METHODS: [(Method, &str); 1] = [(Method::Password, "pwd")];

impl Amr {
    pub fn of(methods: &[Method]) -> Self {
        Self(methods.iter().fold(0, |set, method| set | method.bit()))
    }

    pub fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names, in the registry's spelling.
    pub fn names(self) -> Vec<&'static str> {
        METHODS.iter().filter(|(method, _)| self.contains(*method)).map(|(_, name)| *name).collect()
    }

    /// Reads the text of its [`Display`](fmt::Display); unknown names are left out, which never raises assurance.
    pub fn from_stored(text: &str) -> Self {
        let known = text.split(' ').filter_map(|word| METHODS.iter().find(|(_, name)| *name == word));
        Self(known.fold(0, |set, (method, _)| set | method.bit()))
    }

    /// A password alone is one factor: AAL1.
    pub fn aal(self) -> Aal {
        Aal::One
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
    One,
}

impl Aal {
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
        }
    }

    /// Authentication context class reference (OpenID Connect Core §2).
    pub const fn acr(self) -> &'static str {
        match self {
            Self::One => "aal1",
        }
    }

    /// Anything unknown counts as the lowest level.
    pub const fn from_stored(_number: i16) -> Self {
        Self::One
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
    fn unknown_methods_never_raise_assurance() {
        assert_eq!(Amr::from_stored("retina hwk").aal(), Aal::One);
        assert_eq!(Aal::from_stored(9), Aal::One);
    }
}
