//! What data keys are for.

/// The purpose of a data key. Keys of different purposes change at different times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataKeyPurpose {
    /// Seals rows, and authenticates signing keys.
    Sealing,
    /// Derives what stands for phone numbers and networks where they are counted. It stays the same when the others
    /// change, so that no count begins again.
    Pseudonyms,
}

impl DataKeyPurpose {
    pub const ALL: [Self; 2] = [Self::Sealing, Self::Pseudonyms];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sealing => "sealing",
            Self::Pseudonyms => "pseudonyms",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_purposes_are_read_back() {
        for (purpose, stored) in
            [(DataKeyPurpose::Sealing, "sealing"), (DataKeyPurpose::Pseudonyms, "pseudonyms")]
        {
            assert_eq!(purpose.as_str(), stored);
            assert_eq!(DataKeyPurpose::from_stored(stored), Some(purpose));
        }
        for other in ["", "Sealing", "sealing "] {
            assert_eq!(DataKeyPurpose::from_stored(other), None, "{other:?}");
        }
    }
}
