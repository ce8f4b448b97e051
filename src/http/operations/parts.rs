//! The checks of the health report. None of them asks the database: they tell what the process knows.

use std::future::Future;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use tokio::time::timeout;

use crate::http::health::{FAILING, OK};
use crate::http::state::AppState;
use crate::model::health_part::HealthPart;
use crate::model::notice::Channel;
use crate::store::Probe;
use crate::telemetry::job_watch::JobWatch;
use crate::telemetry::metrics::{ActorState, Metrics};
use crate::tls::CertificateState;

/// The part fails, and the service does its work without it.
const DEGRADED: &str = "degraded";
/// How long the threads of the actors may take for a turn each.
const TURNS: Duration = Duration::from_secs(2);
/// A message that has waited longer shows that the outbox is stuck, as for the alert `OutboxStuck`.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// A part of the service.
#[derive(Serialize)]
pub(super) struct Component {
    #[serde(serialize_with = "by_name")]
    pub name: HealthPart,
    pub status: &'static str,
    pub latency_ms: f64,
    /// The state of the part, or what is wrong with it.
    detail: String,
}

fn by_name<S: Serializer>(part: &HealthPart, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(part.as_str())
}

/// All parts, in the order of the report.
pub(super) async fn components(state: &AppState) -> Vec<Component> {
    let mut components = vec![
        database(state),
        checked(HealthPart::SigningKeys, || signing_keys(state)),
        session_system(state).await,
        checked(HealthPart::Csrf, || csrf(state)),
        checked(HealthPart::CorsOrigins, || Ok(cors_origins(state))),
        degrading(checked(HealthPart::Outbox, || outbox(&state.metrics))),
        degrading(checked(HealthPart::Jobs, || jobs(&state.metrics.job_watch, Instant::now()))),
    ];
    if let Some(tls) = &state.tls {
        components.push(checked(HealthPart::Certificate, || certificate(tls.certificate_state())));
    }
    components.extend(redis(state));
    components
}

/// Tells the last probe.
fn database(state: &AppState) -> Component {
    let kind = if state.store.is_sqlite() { "SQLite" } else { "PostgreSQL" };
    let probe = state.store.last_probe();
    let age = probe.as_ref().map_or(0, |probe| probe.age().as_secs());
    let is_good = probe.as_ref().is_some_and(Probe::is_good);
    let (status, outcome) = if is_good { (OK, "was written") } else { (FAILING, "could not be written") };
    Component {
        name: HealthPart::Database,
        status,
        latency_ms: probe.map_or(0.0, |probe| milliseconds(probe.took)),
        detail: format!("{kind} {outcome} {age} s ago"),
    }
}

fn signing_keys(state: &AppState) -> Result<String, String> {
    let signer = &state.sessions.verifier.signer;
    signer
        .check()
        .map_err(|_| "the active key does not sign, or its signature does not verify".to_owned())?;
    Ok(format!("{} keys published, one active", signer.published().states.len()))
}

async fn session_system(state: &AppState) -> Component {
    measured(HealthPart::SessionSystem, async {
        let Ok(turns) = timeout(TURNS, state.sessions.registry.take_turns()).await else {
            return Err(format!("the threads of the actors have taken no turns for {} s", TURNS.as_secs()));
        };
        turns.map_err(|error| error.to_string())?;
        let actors = state.metrics.family_actors.with_label_values(&[ActorState::Live.as_str()]).get();
        if !state.store.knows_the_time() {
            Err("the database's time is not known".to_owned())
        } else if state.sessions.index.is_fresh() {
            Ok(format!("{actors} sessions in memory, {} recent revocations", state.sessions.index.len()))
        } else {
            Err("revocations of other nodes cannot be read".to_owned())
        }
    })
    .await
}

/// The key follows from the root keys.
fn csrf(state: &AppState) -> Result<String, String> {
    const SUBJECT: &str = "health";
    let tokens = &state.browsers.csrf;
    let token = tokens.issue(SUBJECT, b"");
    if !tokens.accepts(token.as_bytes(), SUBJECT, b"") {
        return Err("a token that was just issued is not accepted".to_owned());
    }
    Ok(format!("tokens under {} root keys are accepted", state.sessions.root_keys.all().count()))
}

fn cors_origins(state: &AppState) -> String {
    let allowed = state.browsers.origins.allowed().join(", ");
    if allowed.is_empty() { "none besides our own".to_owned() } else { allowed }
}

/// As it was last measured in the background.
fn outbox(metrics: &Metrics) -> Result<String, String> {
    let waiting = |channel: Channel| {
        let messages = metrics.outbox_pending.with_label_values(&[channel.as_str()]).get();
        let seconds = metrics.outbox_oldest.with_label_values(&[channel.as_str()]).get();
        (seconds, format!("{}: {messages} waiting, the oldest for {seconds:.0} s", channel.as_str()))
    };
    let waiting = Channel::ALL.map(waiting);
    let is_stuck = waiting.iter().any(|(seconds, _)| *seconds > LONGEST_WAIT.as_secs_f64());
    let detail = waiting.map(|(_, detail)| detail).join("; ");
    if is_stuck { Err(detail) } else { Ok(detail) }
}

fn jobs(watch: &JobWatch, now: Instant) -> Result<String, String> {
    let overdue = watch.overdue(now);
    if overdue.is_empty() {
        return Ok(format!("{} jobs, none is overdue", watch.len()));
    }
    Err(format!("overdue: {}", overdue.join(", ")))
}

fn certificate(state: CertificateState) -> Result<String, String> {
    match state {
        CertificateState::Valid { until } => Ok(format!("valid until {}", until.rfc3339())),
        CertificateState::Expired { since } => Err(format!("expired at {}", since.rfc3339())),
        CertificateState::Missing => Err("no certificate has been obtained yet".to_owned()),
    }
}

/// Without Redis the node goes on with counts of its own, so it is degraded and does not fail.
fn redis(state: &AppState) -> Option<Component> {
    let shared = state.throttle.shared()?;
    let (status, detail) = if shared.is_up() {
        (OK, "limits by network are counted for all nodes together")
    } else {
        (DEGRADED, "no answer; limits by network are counted by each node")
    };
    let (name, latency_ms) = (HealthPart::Redis, milliseconds(shared.took()));
    Some(Component { name, status, latency_ms, detail: detail.to_owned() })
}

/// Logins and refreshes go on without the part.
fn degrading(component: Component) -> Component {
    let status = if component.status == FAILING { DEGRADED } else { component.status };
    Component { status, ..component }
}

fn checked(name: HealthPart, check: impl FnOnce() -> Result<String, String>) -> Component {
    let begun = Instant::now();
    component(name, begun, check())
}

async fn measured(name: HealthPart, check: impl Future<Output = Result<String, String>>) -> Component {
    let begun = Instant::now();
    let result = check.await;
    component(name, begun, result)
}

fn component(name: HealthPart, begun: Instant, result: Result<String, String>) -> Component {
    let (status, detail) = match result {
        Ok(detail) => (OK, detail),
        Err(detail) => (FAILING, detail),
    };
    Component { name, status, latency_ms: milliseconds(begun.elapsed()), detail }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn an_outbox_whose_oldest_message_has_waited_for_ten_minutes_is_degraded() {
        let metrics = Metrics::new().unwrap();
        let part = || degrading(checked(HealthPart::Outbox, || outbox(&metrics)));
        assert_eq!(part().status, OK, "nothing waits");
        metrics.outbox_pending.with_label_values(&[Channel::Mail.as_str()]).set(3);
        let oldest = metrics.outbox_oldest.with_label_values(&[Channel::Mail.as_str()]);
        oldest.set(600.0);
        assert_eq!(part().status, OK);
        oldest.set(601.0);
        let stuck = part();
        assert_eq!(stuck.status, DEGRADED);
        assert!(stuck.detail.contains("mail: 3 waiting, the oldest for 601 s"), "{}", stuck.detail);
    }

    #[test]
    fn a_job_that_keeps_failing_degrades_the_report_and_is_named() {
        let (watch, start) = (JobWatch::default(), Instant::now());
        watch.begin("purge_outbox", HOUR, start);
        watch.begin("erasures", 2 * HOUR, start);
        let part = |now: Instant| degrading(checked(HealthPart::Jobs, || jobs(&watch, now)));
        let well = part(start + 3 * HOUR);
        assert_eq!((well.status, well.detail.as_str()), (OK, "2 jobs, none is overdue"));
        let late = part(start + 4 * HOUR);
        assert_eq!((late.status, late.detail.as_str()), (DEGRADED, "overdue: purge_outbox"));
        watch.succeeded("purge_outbox", start + 4 * HOUR);
        assert_eq!(part(start + 5 * HOUR).status, OK);
    }

    #[test]
    fn a_certificate_that_has_expired_fails() {
        let part = |state: CertificateState| checked(HealthPart::Certificate, || certificate(state)).status;
        let moment = crate::clock::Timestamp::from_micros(1_700_000_000_000_000);
        assert_eq!(part(CertificateState::Valid { until: moment }), OK);
        assert_eq!(part(CertificateState::Expired { since: moment }), FAILING);
        assert_eq!(part(CertificateState::Missing), FAILING);
    }
}
