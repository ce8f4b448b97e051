//! The counts of a day, in memory: what the database is known to hold, and what it does not know yet.

use std::collections::HashMap;
use std::fmt;

use uuid::Uuid;

use crate::config::Quotas as Limits;
use crate::model::notice::Channel;
use crate::store::notification::quota::QuotaUsage;

/// Mails in an hour that the known devices of one account may ask for.
const PER_HOUR_FOR_DEVICES: u64 = 5;
/// Warnings of one kind in an hour to one user.
const WARNINGS_PER_HOUR: u64 = 1;

/// Stands for an address where messages to it are counted, so that the counts do not tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Recipient([u8; 16]);

impl Recipient {
    /// Half of it is enough: equal ones are found, and nothing is proven by it.
    pub fn of(pseudonym: [u8; 32]) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&pseudonym[..16]);
        Self(half)
    }
}

/// A quota. Those that are for an hour name the hour of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// Of a channel in all.
    All(Channel),
    User(Channel, Uuid),
    /// Mails to one recipient that people who prove nothing asked for.
    Requested(Recipient),
    /// Mails that the known devices of an account asked for.
    Devices(Uuid, u8),
    /// Warnings of one kind.
    Warning(Uuid, &'static str, u8),
}

impl Scope {
    pub const fn limit(self, limits: &Limits) -> u64 {
        match self {
            Self::All(Channel::Mail) => limits.mail_global,
            Self::User(Channel::Mail, _) => limits.mail_per_user,
            Self::All(Channel::Sms) => limits.sms_global,
            Self::User(Channel::Sms, _) => limits.sms_per_user,
            Self::Requested(_) => limits.mail_requested,
            Self::Devices(..) => PER_HOUR_FOR_DEVICES,
            Self::Warning(..) => WARNINGS_PER_HOUR,
        }
    }

    const fn user(self) -> Option<Uuid> {
        match self {
            Self::All(_) | Self::Requested(_) => None,
            Self::User(_, user) | Self::Devices(user, _) | Self::Warning(user, ..) => Some(user),
        }
    }
}

/// As it is stored.
impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(channel) => formatter.write_str(channel.as_str()),
            Self::User(channel, user) => write!(formatter, "{}/{user}", channel.as_str()),
            Self::Requested(recipient) => write!(formatter, "mail-requested/{}", hex::encode(recipient.0)),
            Self::Devices(user, hour) => write!(formatter, "mail-devices/{user}/{hour}"),
            Self::Warning(user, kind, hour) => write!(formatter, "mail-warning/{user}/{kind}/{hour}"),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    stored: i64,
    unwritten: i64,
}

/// See the module's description. It holds one day: the entry of a user or a recipient exists only once something
/// was to be sent to them on it.
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
            user_id: scope.user(),
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

    /// The first of these quotas that is used up. Of each, `kept` is left to others.
    pub fn full(&self, scopes: &[(Scope, u64)], limits: &Limits) -> Option<Scope> {
        let is_full =
            |(scope, kept): &&(Scope, u64)| self.used(*scope) >= scope.limit(limits).saturating_sub(*kept);
        scopes.iter().find(is_full).map(|(scope, _)| *scope)
    }

    /// Counts one message, if none of the quotas is used up; else it gives back that one.
    pub fn spend(&mut self, scopes: &[(Scope, u64)], limits: &Limits) -> Result<(), Scope> {
        if let Some(full) = self.full(scopes, limits) {
            return Err(full);
        }
        for (scope, _) in scopes {
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
    /// order. With it go the quotas for all, so that their totals come back.
    pub fn unwritten(&self) -> Vec<QuotaUsage> {
        let today = self.counts.iter().filter(|(_, count)| count.unwritten != 0);
        let mut usage: Vec<_> = today.map(|(scope, count)| self.usage(*scope, count.unwritten)).collect();
        usage.extend(self.left_over.iter().cloned());
        if !usage.is_empty() {
            for scope in Channel::ALL.map(Scope::All) {
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
        QuotaUsage { scope: scope.to_string(), user_id: scope.user(), day: self.day, used }
    }
}

#[cfg(test)]
mod tests;
