//! How the tokens of a session travel between the server and its client.

/// A session keeps the transport of its login: its tokens count for nothing in the other one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// In bodies and in the header `Authorization` (RFC 6750).
    #[default]
    Bearer,
    /// In cookies that scripts cannot read.
    Cookie,
}

impl Transport {
    /// The word in the database and in access tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Cookie => "cookie",
        }
    }

    /// Reads what [`Transport::as_str`] has written.
    pub fn from_stored(text: &str) -> Self {
        if text == Self::Cookie.as_str() { Self::Cookie } else { Self::Bearer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_is_stored_and_read_back() {
        for (transport, word) in [(Transport::Bearer, "bearer"), (Transport::Cookie, "cookie")] {
            assert_eq!((transport.as_str(), Transport::from_stored(word)), (word, transport));
        }
    }
}
