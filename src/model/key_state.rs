//! The life of a key, from before its first use until after its last.

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, not yet used: verifiers know it before the first token comes.
    Standby,
    /// Signs.
    Active,
    /// No longer signs; its tokens are accepted until they expire.
    Retired,
}

impl KeyState {
    pub const ALL: [Self; 3] = [Self::Standby, Self::Active, Self::Retired];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_stored_by_their_names() {
        for (state, name) in
            [(KeyState::Standby, "standby"), (KeyState::Active, "active"), (KeyState::Retired, "retired")]
        {
            assert_eq!(state.as_str(), name);
            assert_eq!(KeyState::from_stored(name), Some(state));
        }
        assert_eq!(KeyState::from_stored("revoked"), None);
    }
}
