//! The series that exist before their first event, so that `rate()` sees it.

use super::Metrics;
use super::words::{
    ActorState, CsrfOutcome, DatabaseFault, DeliveryOutcome, FactorOutcome, FederationCallbackOutcome,
    JwksOutcome, LoginAttemptOutcome, LoginFailureReason, LoginMethod, PoolState, RefreshRequestOutcome,
    UnusableKey,
};
use crate::model::account::Status;
use crate::model::anomaly::AnomalyReason;
use crate::model::cookie_generation::Cohort;
use crate::model::factor::Factor;
use crate::model::federation::ProviderKind;
use crate::model::key_state::KeyState;
use crate::model::notice::Channel;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::model::session_family::ReuseClass;
use crate::model::sms_limit::SmsRule;
use crate::model::stranger::StrangerKind;
use crate::model::throttle::{OtherRule, Rule};

impl Metrics {
    /// Creates the series with known labels at zero, so that `rate()` sees their first event.
    pub(super) fn show_from_the_start(&self) {
        for cohort in Cohort::ALL {
            self.show_cohort(cohort.as_str());
        }
        for class in ReuseClass::ALL {
            self.refresh_replays.with_label_values(&[class.as_str()]);
        }
        for reason in RevokeReason::ALL {
            self.sessions_ended.with_label_values(&[reason.as_str()]);
        }
        for kind in EventKind::all() {
            self.security_events.with_label_values(&[kind.as_str()]);
        }
        for kind in StrangerKind::ALL {
            self.strangers.with_label_values(&[kind.as_str()]);
        }
        for channel in Channel::ALL.map(Channel::as_str) {
            for outcome in DeliveryOutcome::ALL {
                self.deliveries.with_label_values(&[channel, outcome.as_str()]);
            }
            self.outbox_pending.with_label_values(&[channel]);
            self.outbox_oldest.with_label_values(&[channel]);
            self.quota_used.with_label_values(&[channel]);
            self.quota_limit.with_label_values(&[channel]);
            self.quota_refused.with_label_values(&[channel]);
        }
        for rule in SmsRule::ALL {
            self.rate_limited.with_label_values(&[rule.as_str()]);
        }
        let rules = Rule::ALL.map(Rule::as_str).into_iter().chain(OtherRule::ALL.map(OtherRule::as_str));
        for rule in rules {
            self.rate_limited.with_label_values(&[rule]);
        }
        for status in Status::ALL {
            self.users.with_label_values(&[status.as_str()]);
        }
        for factor in Factor::ALL.map(Factor::as_str) {
            for outcome in FactorOutcome::ALL {
                self.second_factors.with_label_values(&[factor, outcome.as_str()]);
            }
            self.enrolled_users.with_label_values(&[factor]);
        }
        for state in KeyState::ALL {
            self.signing_keys.with_label_values(&[state.as_str()]);
        }
        for reason in UnusableKey::ALL {
            self.signing_keys.with_label_values(&[reason.as_str()]);
        }
        for outcome in JwksOutcome::ALL {
            self.jwks_requests.with_label_values(&[outcome.as_str()]);
        }
        for fault in DatabaseFault::ALL {
            self.db_errors.with_label_values(&[fault.as_str()]);
        }
        for state in PoolState::ALL {
            self.db_pool.connections.with_label_values(&[state.as_str()]);
        }
        for kind in ProviderKind::ALL {
            for outcome in FederationCallbackOutcome::ALL {
                self.federation.with_label_values(&[kind.as_str(), outcome.as_str()]);
            }
        }
        for reason in LoginFailureReason::ALL {
            self.login_failures.with_label_values(&[reason.as_str()]);
        }
        for reason in AnomalyReason::ALL {
            self.login_anomalies.with_label_values(&[reason.as_str()]);
        }
        for state in ActorState::ALL {
            self.family_actors.with_label_values(&[state.as_str()]);
        }
    }

    /// What is counted for each generation of cookies.
    fn show_cohort(&self, generation: &str) {
        for outcome in RefreshRequestOutcome::ALL {
            self.refreshes.with_label_values(&[outcome.as_str(), generation]);
        }
        self.refresh_duration.with_label_values(&[generation]);
        for outcome in CsrfOutcome::ALL {
            self.csrf.with_label_values(&[outcome.as_str(), generation]);
        }
        for method in LoginMethod::ALL {
            for outcome in LoginAttemptOutcome::ALL {
                self.logins.with_label_values(&[method.as_str(), outcome.as_str(), generation]);
            }
        }
    }
}
