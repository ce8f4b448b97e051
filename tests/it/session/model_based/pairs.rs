//! Two requests for one session at the same time, each at any node: every order is fine, no mixture is.

use futures_util::future::join;

use super::program::Program;
use super::steps::step_up;
use crate::support::client::{Client, Reply};

impl Program<'_> {
    pub async fn pair(&mut self) {
        let at = self.pick_live();
        match self.rng.below(9) {
            0 => self.same_attempt(at).await,
            1 => self.two_attempts(at).await,
            2 => self.refresh_and_logout(at).await,
            3 => self.refresh_and_logout_all(at).await,
            4 => self.refresh_and_replay(at).await,
            5 => self.refresh_and_step_up(at).await,
            6 => self.two_step_ups(at).await,
            7 => self.a_late_copy(at).await,
            _ => self.refresh_and_retry(at).await,
        }
        self.check(at).await;
    }

    fn two_clients(&mut self, at: usize, what: &str) -> (Client, Client) {
        let (one, two) = (self.node(), self.node());
        self.note(format!("{at}: {what}, at {one} and {two}"));
        (self.world.client(one).clone(), self.world.client(two).clone())
    }

    async fn same_attempt(&mut self, at: usize) {
        let (one, two) = self.two_clients(at, "two refreshes with one key");
        let (token, key) = (self.live_token(at), self.rng.key());
        let (first, second) = join(one.refresh(&token, Some(&key)), two.refresh(&token, Some(&key))).await;
        assert_eq!((first.status, second.status), (200, 200), "{first:?} {second:?}");
        assert_eq!(first.refresh_token(), second.refresh_token(), "I-1: a fork");
        self.sessions[at].rotated(&first, Some(&key));
    }

    /// One has the successor. The other was under way, or came late: a race, and no theft.
    async fn two_attempts(&mut self, at: usize) {
        let (one, two) = self.two_clients(at, "two refreshes with two keys");
        let (token, keys) = (self.live_token(at), [self.rng.key(), self.rng.key()]);
        let (first, second) =
            join(one.refresh(&token, Some(&keys[0])), two.refresh(&token, Some(&keys[1]))).await;
        let (won, lost, key) =
            if first.status == 200 { (first, second, &keys[0]) } else { (second, first, &keys[1]) };
        self.sessions[at].rotated(&won, Some(key));
        lost.assert_problem(409, "refresh_in_flight");
    }

    /// Whichever is first spends the token; the other one gets nothing, and raises no one.
    async fn refresh_and_step_up(&mut self, at: usize) {
        let (one, two) = self.two_clients(at, "refresh and step-up");
        let (token, access) = (self.live_token(at), self.sessions[at].family.access().to_owned());
        let (refreshed, raised) =
            join(one.refresh(&token, None), step_up(&two, (&access, &token), None)).await;
        let (won, lost) = if refreshed.status == 200 { (refreshed, raised) } else { (raised, refreshed) };
        assert_eq!(won.status, 200, "{won:?} {lost:?}");
        self.sessions[at].rotated(&won, None);
        lost.assert_problem(409, "refresh_in_flight");
    }

    /// Two step-ups with one token: one generation, whichever wins.
    async fn two_step_ups(&mut self, at: usize) {
        let (one, two) = self.two_clients(at, "two step-ups with one token");
        let (token, access) = (self.live_token(at), self.sessions[at].family.access().to_owned());
        let key = self.rng.key();
        let (first, second) =
            join(step_up(&one, (&access, &token), Some(&key)), step_up(&two, (&access, &token), Some(&key)))
                .await;
        assert_eq!((first.status, second.status), (200, 200), "{first:?} {second:?}");
        assert_eq!(first.refresh_token(), second.refresh_token(), "I-1: a fork");
        self.sessions[at].rotated(&first, Some(&key));
    }

    /// A copy of a request that the network delivers when both of its tab's requests have been answered.
    async fn a_late_copy(&mut self, at: usize) {
        let (node, token) = (self.node(), self.live_token(at));
        self.note(format!("{at}: a late copy at {node}"));
        for _ in 0..2 {
            self.present(at, self.sessions[at].last(), None).await;
        }
        let copy = self.world.client(node).refresh(&token, None).await;
        copy.assert_problem(409, "refresh_in_flight");
    }

    async fn refresh_and_logout(&mut self, at: usize) {
        let (one, two) = self.two_clients(at, "refresh and logout");
        let (token, access) = (self.live_token(at), self.sessions[at].family.access().to_owned());
        let (refreshed, ended) = join(one.refresh(&token, None), two.logout(&access)).await;
        assert_eq!(ended.status, 204, "{ended:?}");
        self.last_breath(at, &refreshed);
    }

    async fn refresh_and_logout_all(&mut self, at: usize) {
        let family = self.sessions[at].family.clone();
        let siblings = self.live_of(&family.email);
        let by = self.rng.pick(&siblings);
        let (one, two) = self.two_clients(at, &format!("refresh and logout-all by {by}"));
        let access = self.sessions[by].family.access().to_owned();
        let (refreshed, ended) = join(one.refresh(family.live(), None), two.logout_all(&access)).await;
        self.all_ended(&family.email, &ended);
        self.last_breath(at, &refreshed);
    }

    /// The oldest token comes back while the live one is used.
    async fn refresh_and_replay(&mut self, at: usize) {
        while self.sessions[at].last() < 3 {
            self.present(at, self.sessions[at].last(), None).await;
        }
        let (one, two) = self.two_clients(at, "refresh and replay");
        let (token, stale) = (self.live_token(at), self.sessions[at].family.refresh[0].clone());
        let (refreshed, replayed) = join(one.refresh(&token, None), two.refresh(&stale, None)).await;
        replayed.assert_problem(401, "refresh_token_reused");
        self.last_breath(at, &refreshed);
    }

    /// A late retry gets the token that is just being spent, or is two generations behind and a replay.
    async fn refresh_and_retry(&mut self, at: usize) {
        let key = self.rng.key();
        self.present(at, self.sessions[at].last(), Some(key.clone())).await;
        let (one, two) = self.two_clients(at, "refresh and retry");
        let token = self.live_token(at);
        let previous = self.sessions[at].family.refresh[self.sessions[at].last() - 1].clone();
        let (refreshed, retried) = join(one.refresh(&token, None), two.refresh(&previous, Some(&key))).await;
        match (retried.status, retried.code()) {
            (200, _) => assert_eq!(retried.refresh_token(), token, "I-1: a fork"),
            // Two generations behind by then.
            (409, "refresh_in_flight") => {}
            _ => panic!("I-3: {retried:?}"),
        }
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        self.sessions[at].rotated(&refreshed, None);
    }

    fn live_token(&self, at: usize) -> String {
        self.sessions[at].family.live().to_owned()
    }

    /// The refresh was before the session's end and its tokens are dead, or it came after.
    fn last_breath(&mut self, at: usize, refreshed: &Reply) {
        if refreshed.status == 200 {
            self.sessions[at].rotated(refreshed, None);
        } else {
            refreshed.assert_problem(401, "session_revoked");
        }
        self.sessions[at].ended = true;
    }
}
