//! After the fault: every token ever seen is presented once more, and compared with the ledger.

use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::{Ledger, Outcome, Standing};
use crate::faults::seed::Rng;
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::reply::Reply;

impl Ledger {
    /// Refreshes until the outcome of the last attempt is known: the service must heal by itself (I-16).
    pub async fn settle(&mut self, client: &Client) {
        eventually("an answer to the last attempt", async || {
            let settled = !self.is_live() || self.refresh(client).await != Outcome::Unknown;
            settled.then_some(())
        })
        .await;
    }

    /// An ended session stays so (I-4), and a spent token, whichever it is, ends the family (I-5). That the live token
    /// works (I-2) has been seen by [`Ledger::settle`].
    async fn check(&self, client: &Client, rng: &mut Rng) {
        match self.standing {
            Standing::Ended => {}
            // The lost successor exists, so the token at hand is spent; its presentation is taken for a
            // request under way only while the rotation is young.
            Standing::Stuck => self.reuse(client, self.tokens.len() - 1).await,
            Standing::Live if self.rotations() == 0 => return,
            Standing::Live => self.reuse(client, rng.below(self.tokens.len() - 1)).await,
        }
        for token in &self.tokens {
            let reply = client.refresh(token, None).await;
            assert_eq!((reply.status, reply.code()), (401, "session_revoked"), "{}\n{self:?}", reply.body);
        }
        let verified = client.verify(&self.access).await;
        assert_eq!(verified.status, 401, "{verified:?}\n{self:?}");
    }

    async fn reuse(&self, client: &Client, position: usize) {
        let reply: Reply = eventually("the reuse is no longer a request under way", async || {
            let reply = client.refresh(&self.tokens[position], None).await;
            // Nor does 503 say anything of the token.
            (!matches!(reply.code(), "refresh_in_flight" | "unavailable")).then_some(reply)
        })
        .await;
        // An unanswered logout may have ended it before.
        let ended_before = self.logout_sent && reply.code() == "session_revoked";
        assert!(
            (reply.status, reply.code()) == (401, "refresh_token_reused") || ended_before,
            "I-5: position {position} got {} {}\n{self:?}",
            reply.status,
            reply.body
        );
    }
}

/// Does the same with every ledger, each in a task of its own.
pub fn each<F>(ledgers: Vec<Ledger>, mut work: impl FnMut(Ledger) -> F) -> JoinSet<Ledger>
where
    F: Future<Output = Ledger> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for ledger in ledgers {
        tasks.spawn(work(ledger));
    }
    tasks
}

/// [`Ledger::check`] of every ledger.
///
/// # Parameters
/// - `pass`: lets so much time pass for the sessions that no token is taken for a request under way
pub async fn check_all(mut ledgers: Vec<Ledger>, client: &Client, rng: &mut Rng, pass: impl Fn()) {
    join_all(ledgers.iter_mut().map(|ledger| ledger.settle(client))).await;
    pass();
    let checks = ledgers.iter().map(|ledger| {
        let mut rng = rng.fork();
        async move { ledger.check(client, &mut rng).await }
    });
    join_all(checks).await;
}
