//! Metrics of the goals of the product: people enroll second factors and verify their addresses.

use std::time::Duration;

use prometheus::{HistogramVec, IntCounterVec};

use super::{Maker, observe};
use crate::model::factor::Factor;

/// From some seconds to the day after.
const TIMES: &[f64] = &[5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 86_400.0];
/// The factors that people enroll by themselves; backup codes come along.
const ENROLLED: [Factor; 3] = [Factor::Totp, Factor::Webauthn, Factor::Sms];

/// The state that an enrollment reached.
#[derive(Clone, Copy, Debug)]
pub enum EnrollmentOutcome {
    Begun,
    Confirmed,
    /// A wrong code, or a credential that is refused. It can be tried again.
    Failed,
    /// It was replaced by another one, removed, or not confirmed in time.
    Abandoned,
}

impl EnrollmentOutcome {
    const ALL: [Self; 4] = [Self::Begun, Self::Confirmed, Self::Failed, Self::Abandoned];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// A step of the verification of an address.
#[derive(Clone, Copy, Debug)]
pub enum VerificationStep {
    /// A mail with a link left.
    Sent,
    /// A link was used.
    Completed,
}

impl VerificationStep {
    const ALL: [Self; 2] = [Self::Sent, Self::Completed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Completed => "completed",
        }
    }
}

#[derive(Clone)]
pub struct EnrollmentMetrics {
    enrollments: IntCounterVec,
    duration: HistogramVec,
    verifications: IntCounterVec,
}

impl EnrollmentMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        let metrics = Self {
            enrollments: make.counters(
                "auth_mfa_enrollment_total",
                "Enrollments of second factors.",
                &["factor", "outcome"],
            )?,
            duration: make.histograms_of(
                "auth_mfa_enrollment_duration_seconds",
                "From the beginning of an enrollment to its confirmation.",
                &["factor"],
                TIMES,
            )?,
            verifications: make.counters(
                "auth_email_verification_total",
                "Verifications of addresses by mail.",
                &["outcome"],
            )?,
        };
        for factor in ENROLLED.map(Factor::as_str) {
            for outcome in EnrollmentOutcome::ALL {
                metrics.enrollments.with_label_values(&[factor, outcome.as_str()]);
            }
        }
        for factor in [Factor::Totp, Factor::Webauthn].map(Factor::as_str) {
            metrics.duration.with_label_values(&[factor]);
        }
        for step in VerificationStep::ALL {
            metrics.verifications.with_label_values(&[step.as_str()]);
        }
        Ok(metrics)
    }

    pub fn count(&self, factor: Factor, outcome: EnrollmentOutcome) {
        self.add(factor, outcome, 1);
    }

    /// So many enrollments were given up.
    pub fn abandoned(&self, factor: Factor, enrollments: u64) {
        self.add(factor, EnrollmentOutcome::Abandoned, enrollments);
    }

    fn add(&self, factor: Factor, outcome: EnrollmentOutcome, enrollments: u64) {
        self.enrollments.with_label_values(&[factor.as_str(), outcome.as_str()]).inc_by(enrollments);
    }

    /// The enrollment was confirmed, so long after it was begun.
    pub fn confirmed(&self, factor: Factor, after: Duration) {
        self.count(factor, EnrollmentOutcome::Confirmed);
        observe(&self.duration.with_label_values(&[factor.as_str()]), after);
    }

    pub fn verification(&self, step: VerificationStep) {
        self.verifications.with_label_values(&[step.as_str()]).inc();
    }
}
