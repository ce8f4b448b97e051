//! Attempts of which only the failures count.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::{ChallengeGate, Counter, Exceeded, Networks, Throttle, Throttled, Verdict};
use crate::model::throttle::{Network, Rule};
use crate::secret::Secret;

/// How long an attempt waits for those that are being evaluated.
const PATIENCE: Duration = Duration::from_secs(5);
/// The wait after which an attempt may be repeated that had no more patience.
const SHORTLY: Duration = Duration::from_secs(1);
/// The limits of an attempt, the strictest first.
const RULES: &[Rule] = &[Rule::LoginHard, Rule::Login];
/// Those of an attempt with an answer to a challenge.
const RULES_OF_CHALLENGED: &[Rule] = &[Rule::LoginHard];

/// An attempt that may be evaluated. It is counted as a failure, unless it is withdrawn.
#[derive(Debug, Default)]
#[must_use]
pub struct Attempt(Option<Counted>);

#[derive(Debug)]
struct Counted {
    throttle: Arc<Throttle>,
    counter: Counter,
    rules: &'static [Rule],
    networks: Networks,
    _evaluation: Evaluation,
}

impl Attempt {
    /// The attempt is given back: it was right, or it was not evaluated.
    pub async fn withdraw(self) {
        if let Some(counted) = self.0 {
            let Counted { counter, rules, networks, .. } = counted;
            counted.throttle.give_back(counter, rules, networks).await;
        }
    }
}

impl Throttle {
    /// Counts an attempt from this address as a failure, before it is evaluated. `answer` is that to a challenge, which is
    /// looked at only where the burst of failures is used up.
    ///
    /// # Errors
    /// [`Throttled`]; then nothing was counted.
    pub async fn attempt(
        self: &Arc<Self>,
        address: Option<IpAddr>,
        answer: Option<&Secret<String>>,
    ) -> Result<Attempt, Throttled> {
        let Some(networks) = self.networks(address) else { return Ok(Attempt::default()) };
        let result = match (self.enter(networks, RULES).await, &self.parts.gate) {
            (Err(exceeded), Some(gate)) if exceeded.rule == Rule::Login => {
                match verify(gate.as_ref(), answer, exceeded).await {
                    Ok(()) => self.enter(networks, RULES_OF_CHALLENGED).await.map_err(Throttled::from),
                    Err(refusal) => Err(refusal),
                }
            }
            (result, _) => result.map_err(Throttled::from),
        };
        result.inspect_err(|refusal| self.note_refused(refusal.rule()))
    }

    async fn enter(
        self: &Arc<Self>,
        networks: Networks,
        rules: &'static [Rule],
    ) -> Result<Attempt, Exceeded> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut turn = std::pin::pin!(self.in_flight.bell(networks.customer).notified());
            // From here on, no ring is missed.
            turn.as_mut().enable();
            let exceeded = match self.take(rules, networks).await {
                Ok(counter) => {
                    let evaluation = InFlight::enter(&self.in_flight, networks.customer);
                    let throttle = Arc::clone(self);
                    let counted = Counted { throttle, counter, rules, networks, _evaluation: evaluation };
                    return Ok(Attempt(Some(counted)));
                }
                Err(exceeded) => exceeded,
            };
            if !self.in_flight.has_any(networks.customer) {
                return Err(exceeded);
            }
            if timeout_at(deadline, turn).await.is_err() {
                return Err(Exceeded { wait: SHORTLY, ..exceeded });
            }
        }
    }
}

async fn verify(
    gate: &dyn ChallengeGate,
    answer: Option<&Secret<String>>,
    exceeded: Exceeded,
) -> Result<(), Throttled> {
    match gate.verify(answer).await {
        Verdict::Passed => Ok(()),
        Verdict::Missing => Err(Throttled::ChallengeRequired(exceeded)),
        Verdict::Wrong => Err(Throttled::ChallengeInvalid(exceeded)),
        Verdict::Unavailable => Err(exceeded.into()),
    }
}

/// Networks share a bell.
const BELLS: usize = 64;

/// The attempts of this node that are being evaluated, by network.
#[derive(Debug)]
pub(super) struct InFlight {
    counts: Mutex<HashMap<Network, usize>>,
    /// Rung whenever an attempt ends.
    bells: [Notify; BELLS],
}

impl Default for InFlight {
    fn default() -> Self {
        Self { counts: Mutex::default(), bells: std::array::from_fn(|_| Notify::new()) }
    }
}

impl InFlight {
    fn enter(in_flight: &Arc<Self>, network: Network) -> Evaluation {
        *in_flight.counts.lock().entry(network).or_default() += 1;
        Evaluation { in_flight: Arc::clone(in_flight), network }
    }

    fn has_any(&self, network: Network) -> bool {
        self.counts.lock().contains_key(&network)
    }

    fn bell(&self, network: Network) -> &Notify {
        let last = match network {
            Network::Customer(IpAddr::V4(address)) => address.octets()[3],
            Network::Customer(IpAddr::V6(address)) | Network::Site(address) => address.octets()[7],
        };
        &self.bells[usize::from(last) % BELLS]
    }
}

/// One attempt that is being evaluated, until it is dropped.
#[derive(Debug)]
struct Evaluation {
    in_flight: Arc<InFlight>,
    network: Network,
}

impl Drop for Evaluation {
    fn drop(&mut self) {
        let mut counts = self.in_flight.counts.lock();
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
        drop(counts);
        self.in_flight.bell(self.network).notify_waiters();
    }
}
