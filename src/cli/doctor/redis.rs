//! Redis, in which nodes share limits by network.

use super::examination::Examination;
use super::finding::{Check, Finding};
use crate::throttle::SharedCounters;

const CHECK: Check = Check::Redis;

pub(super) async fn check(examination: &Examination<'_>) -> Finding {
    let config = examination.config;
    let Some(url) = &config.redis.url else {
        return CHECK.skipped("redis.url is not set; each node counts by itself");
    };
    let Some(metrics) = &examination.metrics else {
        return CHECK.skipped("needs the metrics");
    };
    let up = metrics.redis_up.with_label_values::<&str>(&[]);
    let counters = match SharedCounters::new(url, config.redis.timeout, up) {
        Ok(counters) => counters,
        Err(error) => return CHECK.failed(error.to_string(), "Correct `redis.url`."),
    };
    match counters.try_out().await {
        Ok(took) => CHECK.ok(format!("answered in {:.1} ms", took.as_secs_f64() * 1e3)),
        Err(reason) => CHECK.warning(
            format!("Redis cannot be used: {reason}"),
            "Check that Redis runs, `redis.url` with its password, and `redis.timeout`. Until then each node counts by \
             itself.",
        ),
    }
}
