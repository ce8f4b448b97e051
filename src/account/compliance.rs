//! What is kept, for how long, and whether it goes when its time is over: for who answers for it.

use std::time::Duration;

use super::Privacy;
use super::retention::MARGIN;
use crate::clock::Timestamp;
use crate::config::Span;
use crate::model::device_token::LIFETIME;
use crate::store::StoreError;
use crate::store::database::job_run::JobRun;
use crate::store::privacy::data_inventory::{ConsentCount, DataCategory};

/// The report.
#[derive(Debug)]
pub struct ComplianceReport {
    pub generated_at: Timestamp,
    pub categories: Vec<Category>,
    pub erasure: ErasureState,
    pub jobs: Vec<JobRun>,
    pub terms: TermsState,
}

/// A kind of personal data.
#[derive(Debug)]
pub struct Category {
    pub category: &'static str,
    /// What of people is in it.
    pub data: &'static [&'static str],
    /// When a row of it goes: a span, such as `90d`, or absent where it stays as long as the account.
    pub retention: Option<String>,
    /// From when the span counts, or until when it stays.
    pub kept_until: &'static str,
    pub rows: u64,
    pub oldest: Option<Timestamp>,
}

/// Wishes to be erased.
#[derive(Debug)]
pub struct ErasureState {
    /// The time to think it over.
    pub grace: String,
    pub pending: u64,
    /// Whose time has come already; not 0 for long only where the job does not run.
    pub due: u64,
    pub next_at: Option<Timestamp>,
}

/// Which terms were accepted.
#[derive(Debug)]
pub struct TermsState {
    /// The version that is asked for today.
    pub required_version: Option<String>,
    pub accepted: Vec<ConsentCount>,
}

impl Privacy {
    /// # Errors
    /// [`StoreError`].
    pub async fn compliance(&self) -> Result<ComplianceReport, StoreError> {
        let now = self.clock.now();
        let mut categories = Vec::with_capacity(DataCategory::ALL.len() + 1);
        for kept in DataCategory::ALL {
            categories.push(self.category(kept).await?);
        }
        let erasures = self.store.pending_erasures(now).await?;
        Ok(ComplianceReport {
            generated_at: now,
            categories,
            erasure: ErasureState {
                grace: span(self.rules.erasure_grace),
                pending: erasures.count,
                due: erasures.due,
                next_at: erasures.next_at,
            },
            jobs: self.store.job_runs().await?,
            terms: TermsState {
                required_version: self.terms_version.clone(),
                accepted: self.store.consent_counts().await?,
            },
        })
    }

    async fn category(&self, kept: DataCategory) -> Result<Category, StoreError> {
        let amount = self.store.amount(kept).await?;
        let (category, data, kept_until) = description(kept);
        Ok(Category {
            category,
            data,
            retention: self.span_of(kept).map(span),
            kept_until,
            rows: amount.rows,
            oldest: amount.oldest,
        })
    }

    const fn span_of(&self, kept: DataCategory) -> Option<Duration> {
        match kept {
            DataCategory::Accounts
            | DataCategory::Consents
            | DataCategory::Avatars
            | DataCategory::TotpAuthenticators
            | DataCategory::PhoneNumbers => None,
            DataCategory::Sessions => Some(self.retention.ended_sessions),
            DataCategory::SecurityEvents => Some(self.retention.security_events),
            DataCategory::Messages => Some(self.retention.outbox),
            DataCategory::OneTimeTokens | DataCategory::LoginChallenges | DataCategory::Invitations => {
                Some(self.retention.one_time_tokens)
            }
            DataCategory::TrustedDevices => Some(MARGIN),
            // They hold nothing after their expiry.
            DataCategory::PendingRegistrations => Some(Duration::ZERO),
            DataCategory::DeviceAttempts => Some(LIFETIME.saturating_add(MARGIN)),
        }
    }
}

fn span(duration: Duration) -> String {
    Span(duration).to_string()
}

type Description = (&'static str, &'static [&'static str], &'static str);

const fn description(kept: DataCategory) -> Description {
    const ACCOUNT: &str = "the account is erased";
    match kept {
        DataCategory::Accounts => (
            "accounts",
            &["e-mail address", "display name", "language", "roles", "status", "password hash"],
            ACCOUNT,
        ),
        DataCategory::Sessions => (
            "sessions",
            &["device name", "browser", "operating system", "network (masked)", "times"],
            "after the end, and never before the absolute expiry",
        ),
        DataCategory::SecurityEvents => {
            ("security_events", &["address", "user agent", "what was done, and when"], "after the event")
        }
        DataCategory::Messages => (
            "messages",
            &["recipient and text (sealed, until sent)", "template", "times"],
            "after it was sent or given up",
        ),
        DataCategory::OneTimeTokens => {
            ("one_time_tokens", &["e-mail address", "purpose", "times"], "after the expiry")
        }
        DataCategory::LoginChallenges => {
            ("login_challenges", &["device name", "what was proven", "times"], "after the expiry")
        }
        DataCategory::TotpAuthenticators => {
            ("totp_authenticators", &["secret (sealed)", "times"], "it is removed, or the account is erased")
        }
        DataCategory::TrustedDevices => (
            "trusted_devices",
            &["device name", "browser", "operating system", "network (masked)", "times"],
            "after the expiry, unless it is removed before",
        ),
        DataCategory::DeviceAttempts => {
            ("device_attempts", &["number of wrong passwords", "time"], "after the last wrong password")
        }
        DataCategory::Invitations => {
            ("invitations", &["e-mail address", "roles", "times"], "after the expiry")
        }
        DataCategory::PendingRegistrations => (
            "pending_registrations",
            &["e-mail address", "display name", "language", "network", "password hash", "terms", "times"],
            "after the expiry, unless it is completed or dropped before",
        ),
        DataCategory::Consents => {
            ("consents", &["document and version", "time", "network (masked)"], ACCOUNT)
        }
        DataCategory::Avatars => ("avatars", &["picture"], "it is removed, or the account is erased"),
        DataCategory::PhoneNumbers => {
            ("phone_numbers", &["phone number (sealed)", "times"], "it is removed, or the account is erased")
        }
    }
}
