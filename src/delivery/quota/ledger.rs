//! The counts of a day, in memory: what the database is known to hold, and what it does not know yet.

use std::collections::HashMap;
use std::fmt;

use uuid::Uuid;

use crate::config::Quotas as Limits;
use crate::model::notice::Channel;
use crate::store::quota::QuotaUsage;

/// A budget: of a channel in all, or for one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    pub channel: Channel,
    pub user: Option<Uuid>,
}

impl Scope {
    pub const fn all(channel: Channel) -> Self {
        Self { channel, user: None }
    }

    pub const fn limit(self, limits: &Limits) -> u64 {
        match (self.channel, self.user) {
            (Channel::Mail, None) => limits.mail_global,
            (Channel::Mail, Some(_)) => limits.mail_per_user,
            (Channel::Sms, None) => limits.sms_global,
            (Channel::Sms, Some(_)) => limits.sms_per_user,
        }
    }
}

/// As it is stored.
impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.user {
            Some(user) => write!(formatter, "{}/{user}", self.channel.as_str()),
            None => formatter.write_str(self.channel.as_str()),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    stored: i64,
    unwritten: i64,
}

/// See the module's description. It holds one day: a user's entry exists only once something was to be sent
/// to them on it, which the budget for all bounds.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    day: i64,
    counts: HashMap<Scope, Count>,
    /// Of days that have ended.
    left_over: Vec<QuotaUsage>,
}

impl Ledger {
    pub const fn day(&self) -> i64 {
        self.day
    }

    /// Begins a new day, if this is one; tells whether it was. A clock that goes back changes nothing.
    pub fn turn(&mut self, day: i64) -> bool {
        if day <= self.day {
            return false;
        }
        let ended = std::mem::take(&mut self.counts);
        let unwritten = ended.into_iter().filter(|(_, count)| count.unwritten != 0);
        let ended_day = std::mem::replace(&mut self.day, day);
        self.left_over.extend(unwritten.map(|(scope, count)| QuotaUsage {
            scope: scope.to_string(),
            user_id: scope.user,
            day: ended_day,
            used: count.unwritten,
        }));
        true
    }

    pub fn knows(&self, scope: Scope) -> bool {
        self.counts.contains_key(&scope)
    }

    /// Takes over what the database holds, unless the day is over.
    pub fn learn(&mut self, scope: Scope, day: i64, stored: i64) {
        if day == self.day {
            self.counts.entry(scope).or_default().stored = stored;
        }
    }

    pub fn used(&self, scope: Scope) -> u64 {
        let count = self.counts.get(&scope).copied().unwrap_or_default();
        u64::try_from(count.stored + count.unwritten).unwrap_or(0)
    }

    /// Counts one message, if none of the budgets in `checked` is used up; else it gives back that one.
    pub fn spend(&mut self, scopes: &[Scope], checked: &[Scope], limits: &Limits) -> Result<(), Scope> {
        if let Some(full) = checked.iter().find(|scope| self.used(**scope) >= scope.limit(limits)) {
            return Err(*full);
        }
        for scope in scopes {
            self.counts.entry(*scope).or_default().unwritten += 1;
        }
        Ok(())
    }

    /// Takes one message back that was counted on this day.
    pub fn give_back(&mut self, scopes: &[Scope], day: i64) {
        for scope in scopes.iter().filter(|_| day == self.day) {
            self.counts.entry(*scope).or_default().unwritten -= 1;
        }
    }

    /// What is to be written, sorted: nodes that write at the same time then wait for each other in one
    /// order. With it go the budgets for all, so that their totals come back.
    pub fn unwritten(&self) -> Vec<QuotaUsage> {
        let today = self.counts.iter().filter(|(_, count)| count.unwritten != 0);
        let mut usage: Vec<_> = today.map(|(scope, count)| self.usage(*scope, count.unwritten)).collect();
        usage.extend(self.left_over.iter().cloned());
        if !usage.is_empty() {
            for scope in Channel::ALL.map(Scope::all) {
                let is_missing =
                    !usage.iter().any(|one| one.day == self.day && one.scope == scope.to_string());
                usage.extend(is_missing.then(|| self.usage(scope, 0)));
            }
        }
        usage.sort_by(|a, b| (a.day, &a.scope).cmp(&(b.day, &b.scope)));
        usage
    }

    /// The increments are in the database, whose totals these are.
    pub fn written(&mut self, increments: &[QuotaUsage], totals: &[QuotaUsage]) {
        self.left_over.retain(|left| !increments.contains(left));
        let by_name = |usage: &[QuotaUsage]| -> HashMap<String, i64> {
            let today = usage.iter().filter(|one| one.day == self.day);
            today.map(|one| (one.scope.clone(), one.used)).collect()
        };
        let (added, totals) = (by_name(increments), by_name(totals));
        for (scope, count) in &mut self.counts {
            let name = scope.to_string();
            count.unwritten -= added.get(&name).copied().unwrap_or(0);
            count.stored = totals.get(&name).copied().unwrap_or(count.stored);
        }
    }

    fn usage(&self, scope: Scope, used: i64) -> QuotaUsage {
        QuotaUsage { scope: scope.to_string(), user_id: scope.user, day: self.day, used }
    }
}

#[cfg(test)]
mod tests;
