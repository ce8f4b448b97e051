//! How metrics are created.

use std::cell::RefCell;

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

/// Buckets for what usually takes milliseconds, in seconds, with the bounds of the objectives (120, 150 and 200 ms, 1 s)
/// among them.
pub(super) const FAST: &[f64] = &[
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.12, 0.15, 0.2, 0.5, 1.0, 2.5,
    5.0,
];

/// A metric as it was registered.
#[derive(Clone, Debug)]
pub struct Declared {
    pub name: String,
    pub kind: Kind,
    pub labels: Vec<String>,
    pub help: String,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Creates and registers metrics, so that each is named once.
#[derive(Default)]
pub(super) struct Maker {
    pub registry: Registry,
    pub declared: RefCell<Vec<Declared>>,
}

impl Maker {
    fn register<C: Collector + Clone + 'static>(&self, kind: Kind, metric: C) -> prometheus::Result<C> {
        self.registry.register(Box::new(metric.clone()))?;
        let declared = metric.desc().into_iter().map(|desc| Declared {
            name: desc.fq_name.clone(),
            kind,
            labels: desc.variable_labels.clone(),
            help: desc.help.clone(),
        });
        self.declared.borrow_mut().extend(declared);
        Ok(metric)
    }

    pub fn counter(&self, name: &str, help: &str) -> prometheus::Result<IntCounter> {
        self.register(Kind::Counter, IntCounter::new(name, help)?)
    }

    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
        self.register(Kind::Counter, IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    pub fn gauge(&self, name: &str, help: &str) -> prometheus::Result<IntGauge> {
        self.register(Kind::Gauge, IntGauge::new(name, help)?)
    }

    pub fn float_gauge(&self, name: &str, help: &str) -> prometheus::Result<Gauge> {
        self.register(Kind::Gauge, Gauge::new(name, help)?)
    }

    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.register(Kind::Gauge, IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    pub fn float_gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<GaugeVec> {
        self.register(Kind::Gauge, GaugeVec::new(Opts::new(name, help), labels)?)
    }

    pub fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> prometheus::Result<Histogram> {
        self.register(
            Kind::Histogram,
            Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?,
        )
    }

    pub fn histograms(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<HistogramVec> {
        self.histograms_of(name, help, labels, FAST)
    }

    pub fn histograms_of(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> prometheus::Result<HistogramVec> {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.register(Kind::Histogram, HistogramVec::new(options, labels)?)
    }
}
