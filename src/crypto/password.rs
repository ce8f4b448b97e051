//! Passwords: Argon2id (RFC 9106) on a bounded pool of low-priority threads.
//!
//! Hashing is expensive on purpose, so it must not compete with what is cheap: its threads run at the lowest priority,
//! each keeps its memory blocks, and when the queue is full the caller is told at once instead of waiting. The same
//! threads estimate how easily a new password is guessed. Waiting requests take turns, client by client, and one whose
//! client hangs up is withdrawn (`crate::admission`).

mod breach;
pub(crate) mod foreign;
mod hasher;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use parking_lot::Mutex;
use prometheus::IntGauge;
use tokio::sync::oneshot;

pub use breach::BreachedPasswords;
use hasher::Hasher;
pub use hasher::{SALT_LEN, Verification};

use crate::admission::{Place, Pool, Size};
use crate::config::Password;
use crate::entropy::Entropy;
use crate::model::email::Email;
use crate::model::password_policy::{self, PreparedPassword, Weakness};
use crate::secret::Secret;
use crate::telemetry::metrics::{Metrics, observe};
use crate::telemetry::trace::Span;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full: try again later.
    #[error("too many passwords are waiting to be hashed")]
    Overloaded,
    /// The stored hash is damaged, or hashing failed: the login fails closed.
    #[error("the password could not be hashed")]
    Failed,
}

/// The hashing threads and the queue in front of them.
pub struct PasswordPool {
    /// As many places as there are threads: a job that has one begins at once.
    places: Pool,
    threads: Sender<Job>,
    metrics: Metrics,
    /// The hash that an unknown user's password is compared with: the same work, never a match.
    dummy: Arc<str>,
    /// Of a new password, in code points.
    min_length: usize,
    breached: Option<Arc<dyn BreachedPasswords>>,
}

struct Job {
    work: Work,
    queued: Instant,
    place: Place,
}

enum Work {
    Judge {
        password: PreparedPassword,
        email: Email,
        display_name: Option<String>,
        reply: oneshot::Sender<Result<PreparedPassword, Weakness>>,
    },
    Hash {
        password: PreparedPassword,
        reply: oneshot::Sender<Result<String, HashError>>,
    },
    Verify {
        password: PreparedPassword,
        stored: Arc<str>,
        reply: oneshot::Sender<Result<Verification, HashError>>,
    },
    HashCode {
        code: Secret<String>,
        salt: [u8; SALT_LEN],
        reply: oneshot::Sender<Result<String, HashError>>,
    },
    FindCode {
        code: Secret<String>,
        set: Vec<String>,
        reply: oneshot::Sender<Result<Option<usize>, HashError>>,
    },
}

impl PasswordPool {
    /// Starts the threads; they stop when the pool is dropped.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(config: &Password, entropy: Arc<dyn Entropy>, metrics: Metrics) -> std::io::Result<Self> {
        let (threads, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..config.threads {
            let hasher = Hasher::new(config, Arc::clone(&entropy));
            let (jobs, metrics) = (Arc::clone(&jobs), metrics.clone());
            std::thread::Builder::new()
                .name(format!("argon2-{number}"))
                .spawn(move || run(hasher, &jobs, &metrics))?;
        }
        let dummy = Hasher::new(config, entropy).dummy();
        let places = Pool::new(Size { places: config.threads, waiting: config.queue, share: config.threads });
        Ok(Self {
            places,
            threads,
            metrics,
            dummy: dummy.into(),
            min_length: config.min_length,
            breached: None,
        })
    }

    /// New passwords are looked up in this list, too.
    pub fn refusing(mut self, breached: Option<Arc<dyn BreachedPasswords>>) -> Self {
        self.breached = breached;
        self
    }

    /// Prepares a new password and judges it by the policy, with its owner's address and name at hand. What is cheap
    /// comes first; then it is looked at by a hashing thread, which costs no more than a hash. What is acceptable so far
    /// is looked up among breached passwords; no place is held meanwhile.
    ///
    /// # Errors
    /// [`HashError`]; the inner error says why the password may not be chosen.
    pub async fn judge(
        &self,
        password: &Secret<String>,
        email: &Email,
        display_name: Option<&str>,
    ) -> Result<Result<PreparedPassword, Weakness>, HashError> {
        let prepared = PreparedPassword::prepare(password.expose()).and_then(|password| {
            password_policy::check_form(&password, self.min_length, email, display_name).map(|()| password)
        });
        let password = match prepared {
            Ok(password) => password,
            Err(weakness) => return Ok(Err(weakness)),
        };
        let (reply, answer) = oneshot::channel();
        let (email, display_name) = (email.clone(), display_name.map(str::to_owned));
        self.submit(Work::Judge { password, email, display_name, reply }).await?;
        let judged = answer.await.map_err(|_| HashError::Failed)?;
        Ok(match (judged, &self.breached) {
            (Ok(password), Some(list)) if list.contains(&password).await => Err(Weakness::Breached),
            (judged, _) => judged,
        })
    }

    /// The PHC string to store for a new password.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: PreparedPassword) -> Result<String, HashError> {
        let _span = Span::current().child("password hash");
        let (reply, answer) = oneshot::channel();
        self.submit(Work::Hash { password, reply }).await?;
        answer.await.unwrap_or(Err(HashError::Failed))
    }

    /// Compares a password with a stored hash; without one (no such user) it does the same work.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn verify(
        &self,
        password: PreparedPassword,
        stored: Option<&str>,
    ) -> Result<Verification, HashError> {
        let _span = Span::current().child("password hash");
        let (reply, answer) = oneshot::channel();
        let stored = stored.map_or_else(|| Arc::clone(&self.dummy), Arc::from);
        self.submit(Work::Verify { password, stored, reply }).await?;
        answer.await.unwrap_or(Err(HashError::Failed))
    }

    /// PHC strings to store for a set of codes, in their order, under one salt of the set.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash_codes(
        &self,
        codes: Vec<Secret<String>>,
        salt: [u8; SALT_LEN],
    ) -> Result<Vec<String>, HashError> {
        let mut hashes = Vec::with_capacity(codes.len());
        // One after the other, so that logins find their turn in between.
        for code in codes {
            let (reply, answer) = oneshot::channel();
            self.submit(Work::HashCode { code, salt, reply }).await?;
            hashes.push(answer.await.unwrap_or(Err(HashError::Failed))?);
        }
        Ok(hashes)
    }

    /// Which of a set's hashes is the code's. The work is the same for every code and every set.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn find_code(
        &self,
        code: Secret<String>,
        set: Vec<String>,
    ) -> Result<Option<usize>, HashError> {
        let (reply, answer) = oneshot::channel();
        let is_empty = set.is_empty();
        let set = if is_empty { vec![self.dummy.to_string()] } else { set };
        self.submit(Work::FindCode { code, set, reply }).await?;
        let found = answer.await.unwrap_or(Err(HashError::Failed))?;
        Ok(found.filter(|_| !is_empty))
    }

    /// Gives the work to a thread as soon as it is its turn. Dropped before that, it is withdrawn.
    async fn submit(&self, work: Work) -> Result<(), HashError> {
        let queued = Instant::now();
        let waiting = Gauged::new(&self.metrics.hash_queue_depth);
        let place = self.places.enter().await.map_err(|_| {
            self.metrics.hash_rejected.inc();
            HashError::Overloaded
        })?;
        drop(waiting);
        self.threads.send(Job { work, queued, place }).map_err(|_| HashError::Failed)
    }
}

/// Counted in a gauge as long as it lives.
struct Gauged<'a>(&'a IntGauge);

impl<'a> Gauged<'a> {
    fn new(gauge: &'a IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Gauged<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl std::fmt::Debug for PasswordPool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordPool")
    }
}

fn run(mut hasher: Hasher, jobs: &Mutex<Receiver<Job>>, metrics: &Metrics) {
    lower_priority();
    loop {
        // The lock is held while waiting: the threads take turns.
        let Ok(Job { work, queued, place }) = jobs.lock().recv() else { return };
        if work.is_abandoned() {
            continue;
        }
        let is_hash = !matches!(work, Work::Judge { .. });
        if is_hash {
            observe(&metrics.hash_wait, queued.elapsed());
        }
        let begun = Instant::now();
        // A password that makes a library panic must not cost a thread.
        let answer = catch_unwind(AssertUnwindSafe(|| work.perform(&mut hasher)));
        // Before the answer: this thread may wait long for its next turn, and who gets the answer may count.
        drop(place);
        if is_hash {
            observe(&metrics.hash_duration, begun.elapsed());
        }
        match answer {
            Ok(answer) => answer(),
            Err(_) => tracing::error!("the work on a password died"),
        }
    }
}

/// On Linux the "process" of this call is the calling thread.
fn lower_priority() {
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, "hashing threads keep the normal priority");
    }
}

impl Work {
    /// Requests no longer wait for the answer.
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Judge { reply, .. } => reply.is_closed(),
            Self::Hash { reply, .. } => reply.is_closed(),
            Self::Verify { reply, .. } => reply.is_closed(),
            Self::HashCode { reply, .. } => reply.is_closed(),
            Self::FindCode { reply, .. } => reply.is_closed(),
        }
    }

    /// Does the work, and returns what hands its result to the request.
    fn perform(self, hasher: &mut Hasher) -> Box<dyn FnOnce()> {
        match self {
            Self::Judge { password, email, display_name, reply } => {
                let checked = password_policy::check_guessability(&password, &email, display_name.as_deref());
                answer(reply, checked.map(|()| password))
            }
            Self::Hash { password, reply } => answer(reply, hasher.hash(password.expose())),
            Self::Verify { password, stored, reply } => {
                answer(reply, hasher.verify(password.expose(), &stored))
            }
            Self::HashCode { code, salt, reply } => answer(reply, hasher.hash_with(code.expose(), &salt)),
            Self::FindCode { code, set, reply } => answer(reply, hasher.find(code.expose(), &set)),
        }
    }
}

/// A request that has gone by then gets nothing.
fn answer<T: 'static>(reply: oneshot::Sender<T>, result: T) -> Box<dyn FnOnce()> {
    Box::new(move || drop(reply.send(result)))
}

#[cfg(test)]
mod tests;
