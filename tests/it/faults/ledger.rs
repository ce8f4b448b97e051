//! A client's ledger of one session: every token it was given, and what it may expect of the server.
//!
//! Each answer is judged as it comes, by the promises of the invariants: I-1 one successor, I-2 an
//! acknowledged refresh lasts, I-3 a lost answer is no theft, I-4 an acknowledged ending lasts, I-5
//! reuse ends the family, I-10 no false success.

mod check;
mod evidence;

pub use check::{check_all, each};
pub use evidence::assert_changes_have_events;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::backend::Env;
use crate::support::client::{Client, PASSWORD};
use crate::support::family::{NO_RACE, aging};
use crate::support::reply::Reply;
use crate::support::sql::sql;

/// So much time passes for every session that what was a race has passed.
pub fn race_passes(env: &Env) {
    sql(env, &aging(env.backend(), NO_RACE));
}

/// What is known of the session's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Live,
    /// A rotation whose answer was lost, without a key that could ask for it: the client must log in.
    Stuck,
    /// The server has said that it is over.
    Ended,
}

/// The outcome of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Acknowledged,
    /// No answer, or one that leaves it open.
    Unknown,
    Over,
}

/// One session, as its client knows it.
pub struct Ledger {
    session_id: String,
    access: String,
    /// Every acknowledged token in the order of its generation. The last one is live.
    tokens: Vec<String>,
    /// Whether each attempt carries an `Idempotency-Key`.
    keyed: bool,
    /// The last attempt's outcome is unknown.
    open: bool,
    /// A logout was sent, so the session may have ended.
    logout_sent: bool,
    standing: Standing,
    /// Every request with its answer, for the message of a failure.
    history: Vec<String>,
    pub unknown_outcomes: usize,
}

impl Ledger {
    pub async fn log_in(client: &Client, email: &str, keyed: bool) -> Ledger {
        let reply = crate::support::client::served(async || client.login(email, PASSWORD).await).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        Ledger {
            session_id: reply.session_id(),
            access: reply.access(),
            tokens: vec![reply.refresh_token()],
            keyed,
            open: false,
            logout_sent: false,
            standing: Standing::Live,
            history: Vec::new(),
            unknown_outcomes: 0,
        }
    }

    pub fn is_live(&self) -> bool {
        self.standing == Standing::Live
    }

    /// Successors that were acknowledged.
    pub fn rotations(&self) -> usize {
        self.tokens.len() - 1
    }

    fn live_token(&self) -> &str {
        self.tokens.last().expect("a login gives the first")
    }

    /// The key of the current attempt: the same for all of its retries.
    fn key(&self) -> Option<String> {
        self.keyed.then(|| format!("{}-{}", self.session_id, self.tokens.len()))
    }

    /// Presents the live token: the next attempt, or a retry of the one whose outcome is unknown.
    pub async fn refresh(&mut self, client: &Client) -> Outcome {
        let (token, key) = (self.live_token().to_owned(), self.key());
        match client.try_refresh(&token, key.as_deref()).await {
            Err(error) => self.left_open(format!("refresh: {error}")),
            Ok(reply) => self.judge_refresh(&reply),
        }
    }

    fn judge_refresh(&mut self, reply: &Reply) -> Outcome {
        let unnamed_retry = self.open && !self.keyed;
        match (reply.status, reply.code()) {
            (200, _) => {
                let next = reply.refresh_token();
                assert_eq!(generation(&next), generation(self.live_token()) + 1, "I-1: {self:?}");
                self.history.push(format!("refresh: generation {}", generation(&next)));
                self.access = reply.access();
                self.tokens.push(next);
                self.open = false;
                Outcome::Acknowledged
            }
            (503, "unavailable" | "overloaded") if reply.header("retry-after").is_some() => {
                self.left_open(format!("refresh: 503 {}", reply.code()))
            }
            (409, "refresh_in_flight") if unnamed_retry => self.over(Standing::Stuck, reply),
            (401, "refresh_token_reused") if unnamed_retry => self.over(Standing::Ended, reply),
            // The answer that told of the reuse, or of the logout, may have been lost as well.
            (401, "session_revoked") if self.logout_sent || unnamed_retry => {
                self.over(Standing::Ended, reply)
            }
            _ => panic!("a refresh of the live token got {} {}\n{self:?}", reply.status, reply.body),
        }
    }

    /// Logs out; only 204 is an acknowledgement.
    pub async fn log_out(&mut self, client: &Client) -> Outcome {
        self.logout_sent = true;
        let request = client.request(reqwest::Method::POST, "/api/v1/auth/logout");
        match crate::support::client::try_send(request.bearer_auth(&self.access)).await {
            Err(error) => self.left_open(format!("logout: {error}")),
            Ok(reply) if reply.status == 204 => self.over(Standing::Ended, &reply),
            Ok(reply) if reply.status == 503 && reply.header("retry-after").is_some() => {
                self.left_open("logout: 503".to_owned())
            }
            Ok(reply) => panic!("a logout got {} {}\n{self:?}", reply.status, reply.body),
        }
    }

    fn left_open(&mut self, what: String) -> Outcome {
        // A logout leaves the live token's attempt as it was: only a refresh can spend it.
        self.open |= what.starts_with("refresh");
        self.history.push(what);
        self.unknown_outcomes += 1;
        Outcome::Unknown
    }

    fn over(&mut self, standing: Standing, reply: &Reply) -> Outcome {
        self.history.push(format!("{standing:?}: {} {}", reply.status, reply.code()));
        self.standing = standing;
        Outcome::Over
    }
}

/// What a failure tells: no tokens, and the last requests.
impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recent = self.history.len().saturating_sub(20);
        formatter
            .debug_struct("Ledger")
            .field("session_id", &self.session_id)
            .field("keyed", &self.keyed)
            .field("generation", &generation(self.live_token()))
            .field("standing", &self.standing)
            .field("history", &&self.history[recent..])
            .finish_non_exhaustive()
    }
}

/// Bytes 17 to 24 of a refresh token, as its format says.
pub fn generation(token: &str) -> u64 {
    let text = token.strip_prefix("kr1_").expect("a refresh token");
    let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
    u64::from_be_bytes(bytes[17..25].try_into().expect("eight bytes"))
}
