//! The counts of a day in memory: those known to be in the database, and those not written yet.

use std::collections::HashMap;
use std::fmt;

use uuid::Uuid;

use crate::config::Quotas as Limits;
use crate::model::notice::Channel;
use crate::store::notification::quota::QuotaUsage;

/// Mails that the known devices of one account may request in an hour.
const PER_HOUR_FOR_DEVICES: u64 = 5;
/// Warnings of one kind to one user in an hour.
const WARNINGS_PER_HOUR: u64 = 1;

/// A pseudonym of an address in the counts of messages, so that the counts do not reveal the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Recipient([u8; 16]);

impl Recipient {
    /// Half of the pseudonym is enough to find equal addresses.
    pub fn of(pseudonym: [u8; 32]) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&pseudonym[..16]);
        Self(half)
    }
}

/// A quota. Those of an hour contain the hour of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// All messages of a channel.
    All(Channel),
    User(Channel, Uuid),
    /// Mails to one recipient, requested by people who have proven nothing.
    Requested(Recipient),
    /// Mails that the known devices of an account requested.
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

/// The stored form.
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

/// The counts of one day. A user or recipient has an entry only after a message
/// to them was considered on that day.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    day: i64,
    counts: HashMap<Scope, Count>,
    /// Counts of earlier days that are not written yet.
    left_over: Vec<QuotaUsage>,
}

impl Ledger {
    pub const fn day(&self) -> i64 {
        self.day
    }

    /// Starts the day if it is a new one; returns whether it was. A clock that was set back changes nothing.
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

    /// Sets the count in the database, unless the day is over.
    pub fn learn(&mut self, scope: Scope, day: i64, stored: i64) {
        if day == self.day {
            self.counts.entry(scope).or_default().stored = stored;
        }
    }

    pub fn used(&self, scope: Scope) -> u64 {
        let count = self.counts.get(&scope).copied().unwrap_or_default();
        u64::try_from(count.stored + count.unwritten).unwrap_or(0)
    }

    /// The first of these quotas that is used up. The part `kept` of each is reserved for others.
    pub fn full(&self, scopes: &[(Scope, u64)], limits: &Limits) -> Option<Scope> {
        let is_full =
            |(scope, kept): &&(Scope, u64)| self.used(*scope) >= scope.limit(limits).saturating_sub(*kept);
        scopes.iter().find(is_full).map(|(scope, _)| *scope)
    }

    /// Counts one message.
    ///
    /// # Errors
    /// The quota that is used up; nothing was counted.
    pub fn spend(&mut self, scopes: &[(Scope, u64)], limits: &Limits) -> Result<(), Scope> {
        if let Some(full) = self.full(scopes, limits) {
            return Err(full);
        }
        for (scope, _) in scopes {
            self.counts.entry(*scope).or_default().unwritten += 1;
        }
        Ok(())
    }

    /// Reverts the count of one message, if it was counted on the present day.
    pub fn give_back(&mut self, scopes: &[Scope], day: i64) {
        for scope in scopes.iter().filter(|_| day == self.day) {
            self.counts.entry(*scope).or_default().unwritten -= 1;
        }
    }

    /// The increments to write, sorted, so that nodes that write concurrently lock rows in the same order. The quotas
    /// of all messages are included, so that their totals are returned.
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

    /// Takes note that the increments are in the database, which has returned these totals.
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
