//! Traces on their way out: the exporter with the guarded client.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use super::World;
use super::core::Core;
use super::start_error::StartError;
use crate::config::Config;
use crate::entropy::uuid_v7;
use crate::outgoing::{GuardedClient, Policy, Purpose};
use crate::telemetry::trace::{Collector, Delivery, ExportTask, Service, Tracing};

/// For a whole batch.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Collectors answer with a few bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// The statuses after which a batch may be sent again (OTLP, "Failures" of OTLP/HTTP).
const POSTPONED: [u16; 4] = [429, 502, 503, 504];

/// What begins traces, and what exports them where there is a collector.
pub(super) fn start(
    config: &Config,
    core: &Core,
    world: &World,
) -> Result<(Tracing, Option<ExportTask>), StartError> {
    let Some(traces) = &config.telemetry.traces else { return Ok((Tracing::default(), None)) };
    let policy =
        Policy { purpose: Purpose::Traces, allow_private: true, timeout: TIMEOUT, max_answer: MAX_ANSWER };
    let client = core.outgoing.client(policy).map_err(StartError::Traces)?;
    let service = Service {
        instance: uuid_v7(world.entropy.as_ref(), core.store.clock().now()).to_string(),
        environment: config.profile.to_string(),
    };
    let collector = Arc::new(OtlpCollector { client, url: traces.url() });
    let (tracing, task) =
        Tracing::start(traces.sample_ratio, &service, collector, core.metrics.trace.clone());
    Ok((tracing, Some(task)))
}

struct OtlpCollector {
    client: GuardedClient,
    url: Url,
}

#[async_trait]
impl Collector for OtlpCollector {
    async fn send(&self, batch: Vec<u8>) -> Delivery {
        let call = self.client.post(self.url.clone());
        let call = call.header("Content-Type", "application/x-protobuf").body(batch);
        match call.send().await {
            Ok(answer) if answer.is_success() => Delivery::Accepted,
            Ok(answer) if !POSTPONED.contains(&answer.status) => Delivery::Refused,
            // After an error the collector may have the batch already, and then has its spans twice, which is harmless:
            // they have the same ids.
            _ => Delivery::Postponed,
        }
    }
}
