//! Metrics of what keeps abuse away.

use prometheus::IntCounterVec;

use super::Maker;
use super::words::{BreachCheckOutcome, CaptchaOutcome};
use crate::config::CaptchaProvider;

#[derive(Clone)]
pub struct AbuseMetrics {
    pub breached_checks: IntCounterVec,
    pub captchas: IntCounterVec,
}

impl AbuseMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        let metrics = Self {
            breached_checks: make.counters(
                "auth_breached_password_checks_total",
                "New passwords that were looked up among breached ones.",
                &["outcome"],
            )?,
            captchas: make.counters(
                "auth_captcha_total",
                "Answers to CAPTCHAs that were demanded.",
                &["provider", "outcome"],
            )?,
        };
        for outcome in BreachCheckOutcome::ALL {
            metrics.breached_checks.with_label_values(&[outcome.as_str()]);
        }
        for provider in CaptchaProvider::ALL.map(|provider| provider.to_string()) {
            for outcome in CaptchaOutcome::ALL {
                metrics.captchas.with_label_values(&[provider.as_str(), outcome.as_str()]);
            }
        }
        Ok(metrics)
    }
}
