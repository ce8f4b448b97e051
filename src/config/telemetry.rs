//! `telemetry.*`: logs and traces.

use url::{Host, Url};

use std::time::Duration;

use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Telemetry {
    pub log_format: LogFormat,
    /// A level (`info`) or a filter (`info,kindred::session=debug`).
    pub log_level: String,
    /// A request that takes longer gets a warning.
    pub slow_request: Duration,
    /// Absent where nothing is traced.
    pub traces: Option<Traces>,
}

/// Where traces go, and of how many requests.
#[derive(Clone, Debug)]
pub struct Traces {
    /// The base URL of the collector; OTLP appends the path of the signal.
    pub endpoint: Url,
    /// From 0 to 1.
    pub sample_ratio: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

super::text_enum!(LogFormat { Pretty => "pretty", Json => "json" });

impl Telemetry {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let format = if profile.is_development() { LogFormat::Pretty } else { LogFormat::Json };
        reader.section("Logs");
        let telemetry = Self {
            log_format: reader
                .choice(setting("telemetry.log_format", "The format of the log on standard error."), format),
            log_level: reader.value(
                setting("telemetry.log_level", "What is logged.")
                    .note("a level, or a list such as `info,kindred::session=debug`"),
                "info".to_owned(),
            ),
            traces: Traces::read(reader, profile),
            slow_request: reader.value(
                setting(
                    "telemetry.slow_request",
                    "A request that takes longer than this gets a line `slow request` at `warn`.",
                )
                .between(Duration::from_millis(1), Duration::from_secs(600)),
                Duration::from_secs(2),
            ),
        };
        let valid = telemetry.log_level.parse::<tracing_subscriber::filter::Targets>().is_ok();
        reader.check("telemetry.log_level", valid, "must be a level or a list of target=level");
        telemetry
    }
}

impl Traces {
    fn read(reader: &mut Reader, profile: Environment) -> Option<Self> {
        let endpoint: Option<Url> = reader.optional(
            setting(
                "telemetry.otlp_endpoint",
                "The collector that traces are sent to, by OTLP over HTTP in protobuf: to `v1/traces` below this URL. \
                Without one, nothing is traced. `outgoing.proxy` is not used.",
            )
            .note("an http or https URL, such as `http://127.0.0.1:4318`"),
        );
        let sample_ratio = reader.value(
            setting(
                "telemetry.trace_sample_ratio",
                "The share of the requests that are traced. Requests whose callers have sampled them (`traceparent`) \
                are traced besides, up to 100 in a second. With 0 nothing is traced, whatever callers say.",
            )
            .between(0.0, 1.0),
            0.01,
        );
        let endpoint = endpoint?;
        let is_fine = ["http", "https"].contains(&endpoint.scheme())
            && endpoint.has_host()
            && endpoint.username().is_empty()
            && endpoint.password().is_none();
        reader.check("telemetry.otlp_endpoint", is_fine, "must be an http or https URL without credentials");
        if profile.is_production() && endpoint.scheme() == "http" && !is_loopback(&endpoint) {
            reader.warn(
                "telemetry.otlp_endpoint is not https: the ids of users and sessions cross the network in the clear",
            );
        }
        Some(Self { endpoint, sample_ratio })
    }

    /// Where OTLP wants the spans.
    pub fn url(&self) -> Url {
        let mut url = self.endpoint.clone();
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::load;

    const ENDPOINT: &str = "KINDRED_TELEMETRY__OTLP_ENDPOINT";
    const RATIO: &str = "KINDRED_TELEMETRY__TRACE_SAMPLE_RATIO";

    #[test]
    fn nothing_is_traced_without_a_collector() {
        assert!(load(&[]).unwrap().telemetry.traces.is_none());
        assert!(load(&[(RATIO, "1")]).unwrap().telemetry.traces.is_none());
        let traces = load(&[(ENDPOINT, "http://127.0.0.1:4318")]).unwrap().telemetry.traces.unwrap();
        assert_eq!((traces.url().as_str(), traces.sample_ratio), ("http://127.0.0.1:4318/v1/traces", 0.01));
    }

    #[test]
    fn the_path_of_the_signal_is_appended() {
        let url =
            |endpoint| load(&[(ENDPOINT, endpoint)]).unwrap().telemetry.traces.unwrap().url().to_string();
        assert_eq!(url("https://otlp.example.com/otlp/"), "https://otlp.example.com/otlp/v1/traces");
        assert_eq!(url("https://otlp.example.com"), "https://otlp.example.com/v1/traces");
    }

    #[test]
    fn mistakes_are_refused() {
        for wrong in ["127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://user:secret@127.0.0.1:4318"] {
            assert!(load(&[(ENDPOINT, wrong)]).is_err(), "{wrong}");
        }
        for wrong in ["-0.1", "1.1", "NaN", "a tenth"] {
            assert!(load(&[(RATIO, wrong)]).is_err(), "{wrong}");
        }
    }
}
