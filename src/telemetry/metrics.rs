//! All metrics of the server, in one struct with its own registry. Their names are a contract, because dashboards and
//! alerts use them.

mod abuse;
mod enrollment;
mod from_zero;
mod health;
mod maker;
mod outgoing;
mod pool;
mod reference;
mod revocation;
mod tls;
mod trace;
mod words;

use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Encoder, Gauge, GaugeVec, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Registry, TextEncoder,
};

use super::job_watch::JobWatch;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;

pub(crate) use abuse::AbuseMetrics;
pub(crate) use enrollment::{EnrollmentMetrics, EnrollmentOutcome, VerificationStep};
pub(crate) use health::HealthMetrics;
pub(crate) use outgoing::OutgoingMetrics;
pub(crate) use pool::PoolMetrics;
pub use reference::reference;
pub(crate) use revocation::RevocationMetrics;
pub(crate) use tls::TlsMetrics;
pub(crate) use trace::TraceMetrics;
pub(crate) use words::{
    ActorState, BreachCheckOutcome, CallOutcome, CaptchaOutcome, CsrfOutcome, DatabaseFault, DeliveryOutcome,
    FactorOutcome, FederationCallbackOutcome, HandshakeOutcome, JwksOutcome, LoginAttemptOutcome,
    LoginFailureReason, LoginMethod, PoolState, RefreshRequestOutcome, UnusableKey,
};

use self::maker::{Declared, FAST, Maker};

/// The revision of the sources, where the build was told it.
pub const REVISION: Option<&str> = option_env!("KINDRED_REVISION");

/// The metrics of this process. Clones share their values.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    /// All metrics but those of the process, in the order of their registration.
    declared: Arc<[Declared]>,
    pub(crate) logins: IntCounterVec,
    pub(crate) federation: IntCounterVec,
    pub(crate) login_failures: IntCounterVec,
    pub(crate) login_duration: Histogram,
    pub(crate) login_anomalies: IntCounterVec,
    pub(crate) users: IntGaugeVec,
    pub(crate) second_factors: IntCounterVec,
    pub(crate) enrolled_users: IntGaugeVec,
    pub(crate) users_with_second_factor: IntGaugeVec,
    pub(crate) mfa_enforced: IntGauge,
    pub(crate) refreshes: IntCounterVec,
    pub(crate) refresh_replays: IntCounterVec,
    pub(crate) refresh_retry_age: Histogram,
    pub(crate) refresh_duration: HistogramVec,
    pub(crate) verify_duration: Histogram,
    pub(crate) csrf: IntCounterVec,
    pub(crate) csrf_duration: Histogram,
    /// `auth_canary_share`
    pub(crate) canary_share: Gauge,
    pub(crate) http_requests: IntCounterVec,
    pub(crate) http_duration: HistogramVec,
    pub(crate) family_actors: IntGaugeVec,
    pub(crate) family_activations: IntCounter,
    pub(crate) family_passivations: IntCounter,
    pub(crate) family_panics: IntCounter,
    pub(crate) family_conflicts: IntCounter,
    pub(crate) family_mailbox_wait: Histogram,
    pub(crate) journal_batch_size: Histogram,
    pub(crate) journal_commit_duration: Histogram,
    pub(crate) journal_queue_depth: IntGauge,
    pub(crate) sessions_active: IntGaugeVec,
    pub(crate) sessions_ended: IntCounterVec,
    pub(crate) revocation_propagation: Histogram,
    pub(crate) hash_queue_depth: IntGauge,
    pub(crate) hash_wait: Histogram,
    pub(crate) hash_duration: Histogram,
    pub(crate) hash_rejected: IntCounter,
    pub(crate) signing_keys: IntGaugeVec,
    pub(crate) signing_key_age: Gauge,
    pub(crate) jwks_requests: IntCounterVec,
    pub(crate) unknown_kid: IntCounter,
    pub(crate) kek_up: IntGauge,
    pub(crate) job_last_success: GaugeVec,
    pub(crate) job_duration: HistogramVec,
    pub(crate) job_rows: IntCounterVec,
    /// `auth_security_events_total`: committed security events, by `kind`.
    pub security_events: IntCounterVec,
    pub(crate) strangers: IntCounterVec,
    pub(crate) outbox_pending: IntGaugeVec,
    pub(crate) outbox_oldest: GaugeVec,
    pub(crate) deliveries: IntCounterVec,
    /// `auth_rate_limited_total`: requests that a limit refused, by its `rule`.
    pub rate_limited: IntCounterVec,
    /// `auth_redis_up`, shown only where Redis is configured.
    pub(crate) redis_up: IntGaugeVec,
    pub(crate) quota_used: IntGaugeVec,
    pub(crate) quota_limit: IntGaugeVec,
    pub(crate) quota_refused: IntCounterVec,
    pub(crate) db_pool: PoolMetrics,
    /// `auth_db_errors_total`: failed units of work, by `kind` of the error.
    pub db_errors: IntCounterVec,
    pub(crate) db_up: IntGauge,
    pub(crate) db_timeline: IntGauge,
    pub(crate) clock_offset: Gauge,
    pub(crate) revocation: RevocationMetrics,
    pub(crate) outgoing: OutgoingMetrics,
    pub(crate) abuse: AbuseMetrics,
    pub(crate) tls: TlsMetrics,
    pub(crate) trace: TraceMetrics,
    pub(crate) health: HealthMetrics,
    pub(crate) enrollment: EnrollmentMetrics,
    /// When the background jobs last succeeded.
    pub(crate) job_watch: JobWatch,
}

const AGES: &[f64] = &[0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 3600.0];
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

impl Metrics {
    /// # Errors
    /// Two metrics have the same name, which the first test would reveal.
    pub fn new() -> Result<Self, prometheus::Error> {
        let make = Maker::default();
        make.registry.register(Box::new(ProcessCollector::for_self()))?;
        build_info(&make)?;
        let metrics = Self {
            logins: make.counters("auth_login_total", "Logins.", &["method", "outcome", "generation"])?,
            federation: make.counters(
                "auth_federation_total",
                "Answers of identity providers.",
                &["kind", "outcome"],
            )?,
            login_failures: make.counters("auth_login_fail_total", "Failed logins.", &["reason"])?,
            login_duration: make.histogram(
                "auth_login_duration_seconds",
                "Login, hashing included.",
                FAST,
            )?,
            login_anomalies: make.counters("auth_login_anomalies_total", "Unusual logins.", &["reason"])?,
            users: make.gauges("auth_users", "Accounts.", &["status"])?,
            second_factors: make.counters(
                "auth_mfa_total",
                "Verifications of second factors.",
                &["factor", "outcome"],
            )?,
            enrolled_users: make.gauges("auth_mfa_enrolled_users", "Accounts with a factor.", &["factor"])?,
            users_with_second_factor: make.gauges(
                "auth_users_with_second_factor",
                "Active accounts with a second factor.",
                &[],
            )?,
            mfa_enforced: make.gauge("auth_mfa_enforced", "Whether logins ask for second factors.")?,
            refreshes: make.counters(
                "auth_refresh_total",
                "Refresh requests.",
                &["outcome", "generation"],
            )?,
            refresh_replays: make.counters(
                "auth_refresh_replay_total",
                "Spent tokens reused.",
                &["class"],
            )?,
            refresh_retry_age: make.histogram(
                "auth_refresh_retry_age_seconds",
                "Time from the rotation to a retry or replay.",
                AGES,
            )?,
            refresh_duration: make.histograms(
                "auth_refresh_duration_seconds",
                "Refresh requests.",
                &["generation"],
            )?,
            verify_duration: make.histogram("auth_verify_token_duration_seconds", "Token checks.", FAST)?,
            csrf: make.counters("auth_csrf_total", "Checks of CSRF tokens.", &["outcome", "generation"])?,
            csrf_duration: make.histogram(
                "auth_csrf_validation_duration_seconds",
                "Checks of CSRF tokens.",
                FAST,
            )?,
            canary_share: make.float_gauge(
                "auth_canary_share",
                "Share of the users that gets the configured generation of cookies.",
            )?,
            http_requests: make.counters(
                "auth_http_requests_total",
                "Requests.",
                &["method", "route", "status"],
            )?,
            http_duration: make.histograms(
                "auth_http_request_duration_seconds",
                "Requests.",
                &["method", "route", "status"],
            )?,
            family_actors: make.gauges("auth_family_actors", "Session actors.", &["state"])?,
            family_activations: make.counter("auth_family_activations_total", "Actors started.")?,
            family_passivations: make.counter("auth_family_passivations_total", "Idle actors stopped.")?,
            family_panics: make
                .counter("auth_family_panics_total", "Actors that died and were started again.")?,
            family_conflicts: make
                .counter("auth_family_conflicts_total", "Rotations lost to another node.")?,
            family_mailbox_wait: make.histogram(
                "auth_family_mailbox_wait_seconds",
                "Wait for an actor.",
                FAST,
            )?,
            journal_batch_size: make.histogram("auth_journal_batch_size", "Writes in one commit.", SIZES)?,
            journal_commit_duration: make.histogram(
                "auth_journal_commit_duration_seconds",
                "Commits.",
                FAST,
            )?,
            journal_queue_depth: make.gauge("auth_journal_queue_depth", "Writes waiting for a commit.")?,
            sessions_active: make.gauges("auth_sessions_active", "Live session families.", &[])?,
            sessions_ended: make.counters(
                "auth_sessions_ended_total",
                "Session families revoked or expired.",
                &["reason"],
            )?,
            revocation_propagation: make.histogram(
                "auth_revocation_propagation_seconds",
                "From the revocation to its enforcement on this node.",
                FAST,
            )?,
            hash_queue_depth: make
                .gauge("auth_password_hash_queue_depth", "Passwords waiting to be hashed.")?,
            hash_wait: make.histogram(
                "auth_password_hash_wait_seconds",
                "Wait for a hashing thread.",
                FAST,
            )?,
            hash_duration: make.histogram(
                "auth_password_hash_duration_seconds",
                "One Argon2id hash.",
                FAST,
            )?,
            hash_rejected: make
                .counter("auth_password_hash_rejected_total", "Refused: the queue was full.")?,
            signing_keys: make.gauges("auth_signing_keys", "Signing keys.", &["state"])?,
            signing_key_age: make
                .float_gauge("auth_signing_key_age_seconds", "Age of the active signing key.")?,
            jwks_requests: make.counters("auth_jwks_requests_total", "JWKS requests.", &["outcome"])?,
            unknown_kid: make.counter("auth_token_unknown_kid_total", "Tokens under an unknown key.")?,
            kek_up: make
                .gauge("auth_kek_up", "Whether the key service has unwrapped a data key when asked last.")?,
            job_last_success: make.float_gauges(
                "auth_job_last_success_timestamp_seconds",
                "Background jobs.",
                &["job"],
            )?,
            job_duration: make.histograms("auth_job_duration_seconds", "Background jobs.", &["job"])?,
            job_rows: make.counters("auth_job_rows_total", "Rows a job handled.", &["job"])?,
            security_events: make.counters("auth_security_events_total", "Security events.", &["kind"])?,
            strangers: make.counters(
                "auth_stranger_requests_total",
                "Requests that prove nothing about an account.",
                &["kind"],
            )?,
            outbox_pending: make.gauges(
                "auth_outbox_pending",
                "Messages that wait to be sent.",
                &["channel"],
            )?,
            outbox_oldest: make.float_gauges(
                "auth_outbox_oldest_seconds",
                "Age of the oldest waiting message.",
                &["channel"],
            )?,
            deliveries: make.counters(
                "auth_deliveries_total",
                "Attempts to send messages.",
                &["channel", "outcome"],
            )?,
            rate_limited: make.counters("auth_rate_limited_total", "Refused: too many.", &["rule"])?,
            redis_up: make.gauges("auth_redis_up", "Whether limits by network are shared.", &[])?,
            quota_used: make.gauges("auth_quota_used", "Messages sent today (UTC).", &["channel"])?,
            quota_limit: make.gauges(
                "auth_quota_limit",
                "Messages that may be sent in a day.",
                &["channel"],
            )?,
            quota_refused: make.counters(
                "auth_quota_refused_total",
                "Messages over their quota.",
                &["channel"],
            )?,
            db_pool: PoolMetrics::new(&make)?,
            db_errors: make.counters("auth_db_errors_total", "Database errors.", &["kind"])?,
            db_up: make.gauge("auth_db_up", "Whether the last probe could write the database.")?,
            db_timeline: make.gauge("auth_db_timeline", "The timeline of PostgreSQL; 0 if unknown.")?,
            clock_offset: make.float_gauge(
                "auth_clock_offset_seconds",
                "How far the database's clock is ahead of this machine's.",
            )?,
            revocation: RevocationMetrics::new(&make)?,
            outgoing: OutgoingMetrics::new(&make)?,
            abuse: AbuseMetrics::new(&make)?,
            tls: TlsMetrics::new(&make)?,
            trace: TraceMetrics::new(&make)?,
            health: HealthMetrics::new(&make)?,
            enrollment: EnrollmentMetrics::new(&make)?,
            job_watch: JobWatch::default(),
            registry: make.registry,
            declared: make.declared.into_inner().into(),
        };
        metrics.show_from_the_start();
        Ok(metrics)
    }

    /// The Prometheus text format, version 0.0.4.
    ///
    /// # Errors
    /// The encoder refuses a name, which the registration excludes.
    pub fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::with_capacity(32 * 1024);
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }

    /// Counts security events after their transaction was committed.
    pub fn count_events<'a>(&self, kinds: impl IntoIterator<Item = &'a EventKind>) {
        for kind in kinds {
            self.security_events.with_label_values(&[kind.as_str()]).inc();
            if *kind == EventKind::EmailVerified {
                self.enrollment.verification(VerificationStep::Completed);
            }
        }
    }

    /// Counts families that a committed change has revoked.
    pub fn count_ended(&self, reason: RevokeReason, families: usize) {
        self.sessions_ended.with_label_values(&[reason.as_str()]).inc_by(families as u64);
    }

    /// Watches a background job, which is to succeed once in each period, and shows its series from the start. The time
    /// of its last success has no value before the first.
    pub fn expect_job(&self, job: &'static str, period: Duration) {
        self.job_watch.begin(job, period, Instant::now());
        self.job_duration.with_label_values(&[job]);
        self.job_rows.with_label_values(&[job]);
    }

    /// Records the end of a background job; `now` is in seconds since the Unix epoch.
    pub fn job_succeeded(&self, job: &'static str, took: Duration, now: i64) {
        observe(&self.job_duration.with_label_values(&[job]), took);
        self.job_last_success.with_label_values(&[job]).set(now as f64);
        self.job_watch.succeeded(job, Instant::now());
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Metrics")
    }
}

/// Observes a duration in seconds.
pub fn observe(histogram: &Histogram, duration: Duration) {
    histogram.observe(duration.as_secs_f64());
}

/// Tells the running version, as labels.
fn build_info(make: &Maker) -> prometheus::Result<()> {
    let info = make.gauges("auth_build_info", "The running version.", &["version", "revision"])?;
    let revision = REVISION.unwrap_or("unknown");
    info.with_label_values(&[env!("CARGO_PKG_VERSION"), revision]).set(1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_renders_under_unique_names() {
        let text = String::from_utf8(Metrics::new().unwrap().render().unwrap()).unwrap();
        assert!(text.contains("auth_refresh_total{generation=\"none\",outcome=\"rotated\"} 0"));
        assert!(text.contains("auth_build_info{"));
        assert!(text.contains("process_resident_memory_bytes"));
    }
}
