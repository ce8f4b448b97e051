//! The meters of all rules, for customers and for sites.

use std::sync::Arc;

use super::meter::{Left, Meter};
use super::shared::Answer;
use super::{Exceeded, Networks};
use crate::clock::Clock;
use crate::config;
use crate::model::throttle::{Limit, Network, Rule};

/// One count: what is counted, for whom, and how much is allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub rule: Rule,
    pub network: Network,
    pub limit: Limit,
}

/// The meters of one rule.
struct RuleMeters {
    rule: Rule,
    customers: Meter<Network>,
    sites: Meter<Network>,
}

/// See the module's description.
pub(super) struct Meters(Vec<RuleMeters>);

impl Meters {
    pub fn new(config: &config::Throttle, clock: &Arc<dyn Clock>) -> Self {
        let meter = |limit| Meter::new(limit, config.max_counted, Arc::clone(clock));
        let rules = Rule::ALL.into_iter().map(|rule| {
            let limit = limit_of(config, rule);
            RuleMeters { rule, customers: meter(limit), sites: meter(limit.times(config.site_factor)) }
        });
        Self(rules.collect())
    }

    /// Forgets what no longer counts.
    pub fn sweep(&self) {
        for meters in &self.0 {
            meters.customers.sweep();
            meters.sites.sweep();
        }
    }

    #[cfg(test)]
    pub fn counted(&self) -> usize {
        self.0.iter().map(|meters| meters.customers.counted() + meters.sites.counted()).sum()
    }

    pub fn buckets(&self, rules: &[Rule], networks: Networks) -> Vec<Bucket> {
        let networks = [Some(networks.customer), networks.site];
        let pairs =
            rules.iter().flat_map(|rule| networks.into_iter().flatten().map(|network| (*rule, network)));
        let bucket = |(rule, network)| Bucket { rule, network, limit: self.meter(rule, network).limit() };
        pairs.map(bucket).collect()
    }

    fn meter(&self, rule: Rule, network: Network) -> &Meter<Network> {
        let meters = &self.0[rule as usize];
        debug_assert_eq!(meters.rule, rule, "Rule::ALL is in order");
        match network {
            Network::Customer(_) => &meters.customers,
            Network::Site(_) => &meters.sites,
        }
    }

    /// Counts in all of the buckets, or in none.
    pub fn take(&self, buckets: &[Bucket]) -> Result<(), Exceeded> {
        for (position, bucket) in buckets.iter().enumerate() {
            if let Err(wait) = self.meter(bucket.rule, bucket.network).take(&bucket.network) {
                self.give_back(&buckets[..position]);
                return Err(Exceeded { rule: bucket.rule, wait });
            }
        }
        Ok(())
    }

    pub fn give_back(&self, buckets: &[Bucket]) {
        for bucket in buckets {
            self.meter(bucket.rule, bucket.network).give_back(&bucket.network);
        }
    }

    /// Takes over what the shared counters say.
    pub fn learn(&self, buckets: &[Bucket], answers: &[Answer]) {
        for (bucket, answer) in buckets.iter().zip(answers) {
            self.meter(bucket.rule, bucket.network).learn(bucket.network, answer.level);
        }
    }

    /// The limit of a rule for a customer, and the smaller of what is left for the customer and for the site.
    pub fn left(&self, rule: Rule, networks: Networks) -> (Limit, Left) {
        let customer = self.meter(rule, networks.customer);
        let own = customer.left(&networks.customer);
        let site = networks.site.map(|site| self.meter(rule, site).left(&site));
        let left = site.filter(|site| site.remaining < own.remaining).unwrap_or(own);
        (customer.limit(), left)
    }
}

fn limit_of(config: &config::Throttle, rule: Rule) -> Limit {
    match rule {
        Rule::Login => config.login,
        Rule::LoginHard => config.login_hard,
        Rule::Register | Rule::Forgot | Rule::Resend | Rule::Sms => config.requests,
    }
}
