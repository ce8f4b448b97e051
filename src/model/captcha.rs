//! What answers to CAPTCHAs are for.

/// The operation that an answer was found for. It counts for no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Register,
    Login,
    Forgot,
}

impl Action {
    pub const ALL: [Self; 3] = [Self::Register, Self::Login, Self::Forgot];

    /// The name in challenges, and at services.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::Forgot => "forgot",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_known_by_their_names() {
        for (action, name) in
            [(Action::Register, "register"), (Action::Login, "login"), (Action::Forgot, "forgot")]
        {
            assert_eq!(action.as_str(), name);
            assert_eq!(Action::named(name), Some(action));
        }
        assert_eq!(Action::named("reset"), None);
    }
}
