//! Which requests are sampled.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{ParentBasedSampler, Sampler, SamplingResult, ShouldSample};
use parking_lot::Mutex;

/// How many requests in a second are sampled because their callers say so. Anyone can send the flag `sampled`, and must
/// not be able to make the server record each request.
const WISHES_PER_SECOND: f64 = 100.0;

/// A share of the requests, and those whose callers have sampled them, as far as there is room. Nothing at all if the
/// share is 0.
pub(super) fn sampler(ratio: f64) -> ParentBasedSampler {
    let chance = Sampler::TraceIdRatioBased(ratio);
    let room = if ratio > 0.0 { WISHES_PER_SECOND } else { 0.0 };
    let wishes = Wishes { room: Arc::new(Room::new(room)), otherwise: chance.clone() };
    ParentBasedSampler::new(chance).with_remote_parent_sampled(wishes)
}

/// Grants what callers ask for while there is room, and leaves the rest to chance.
#[derive(Clone, Debug)]
struct Wishes {
    room: Arc<Room>,
    otherwise: Sampler,
}

impl ShouldSample for Wishes {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let sampler = if self.room.take(Instant::now()) { &Sampler::AlwaysOn } else { &self.otherwise };
        sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

/// A token bucket that holds what one second brings.
#[derive(Debug)]
pub(super) struct Room {
    per_second: f64,
    state: Mutex<(f64, Instant)>,
}

impl Room {
    pub fn new(per_second: f64) -> Self {
        Self { per_second, state: Mutex::new((per_second, Instant::now())) }
    }

    pub fn take(&self, now: Instant) -> bool {
        let mut state = self.state.lock();
        let (left, since) = *state;
        let gained = now.saturating_duration_since(since).as_secs_f64() * self.per_second;
        let left = (left + gained).min(self.per_second);
        let is_taken = left >= 1.0;
        *state = (if is_taken { left - 1.0 } else { left }, now.max(since));
        is_taken
    }
}
