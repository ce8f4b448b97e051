//! Who uses the session: the client that it belongs to, and a thief.

use super::random::Random;

/// A refresh token, by its generation, and the key that it is spent under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub generation: u64,
    /// Makes the `Idempotency-Key`; `None` where no attempt is named.
    pub name: Option<u64>,
}

/// The session's client. It keeps one token, and the key of the attempt to spend it.
#[derive(Debug)]
pub struct Client {
    pub names_attempts: bool,
    pub token: Token,
}

impl Client {
    pub fn new(names_attempts: bool, generation: u64, random: &mut Random) -> Self {
        let mut client = Self { names_attempts, token: Token { generation, name: None } };
        client.keep(generation, random);
        client
    }

    /// A new token gets a new key, which stays with it.
    pub fn keep(&mut self, generation: u64, random: &mut Random) {
        let name = self.names_attempts.then(|| 1 + random.below(1 << 40) as u64);
        self.token = Token { generation, name };
    }
}

/// Has what it has copied, and what it was given for it.
#[derive(Debug, Default)]
pub struct Thief {
    pub token: Option<Token>,
    /// It has used a copy at least once.
    pub has_acted: bool,
}

impl Thief {
    /// Copies the client's token, perhaps along with its key.
    pub fn copy(&mut self, client: &Client, random: &mut Random) {
        let name = client.token.name.filter(|_| random.once_in(3));
        self.token = Some(Token { name, ..client.token });
    }
}
