//! How the revocation log is read so that no entry is missed: a pure rule, without a clock or a database.
//!
//! The numbers of the log are given before the commit, so a lower one can appear after a higher one. A reader
//! therefore remembers each number that it has not seen below the highest one it has, and asks for it until no write can
//! still bring it. It measures that time by its own monotonic clock: what a writer's clock says plays no part.
//!
//! A failover or a restored backup can take entries away and give their numbers to others. The entries that were read
//! last are asked for again with each reading, and if one of them is missing or is another one, the log was set back.
//! Those that were committed last are lost first, so no loss of what was read escapes this, except where more than
//! [`WITNESSES`] entries were read at once.

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::revocation::{Cutoff, RevokeReason};
use crate::clock::Timestamp;

/// Entries that are asked for again with each reading.
const WITNESSES: usize = 64;
/// After this time one witness is enough, and old entries of the log may be deleted.
const WITNESSED: Duration = Duration::from_secs(60 * 60);
/// Ranges of numbers that are asked for. Beyond it neighbours are asked for as one, with what was read between them.
const MOST_GAPS: usize = 256;

/// A family that has ended, or all of before, as the log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedRevocation {
    pub seq: i64,
    /// Nil if there is a cutoff.
    pub family_id: Uuid,
    /// All families that it covers are revoked.
    pub cutoff: Option<Cutoff>,
    pub revoked_at: Timestamp,
    pub reason: RevokeReason,
}

/// What one statement read, in the order of the numbers.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Only numbers above this one were looked for: the others were in pages before.
    pub after: i64,
    pub entries: Vec<LoggedRevocation>,
    /// Nothing that was asked for is left behind it.
    pub is_last: bool,
}

/// What the next statement is to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// All numbers above this one.
    pub above: i64,
    /// And these.
    pub ranges: Vec<RangeInclusive<i64>>,
}

impl Wanted {
    /// The lowest of the numbers.
    pub fn first(&self) -> i64 {
        let above = self.above.saturating_add(1);
        self.ranges.first().map_or(above, |range| above.min(*range.start()))
    }
}

/// Entries that were there are gone: the log has to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetBack;

/// How far the log was read.
#[derive(Clone, Debug)]
pub struct LogPosition {
    /// The highest number that was read.
    above: i64,
    last: Option<LoggedRevocation>,
    /// In the order of their numbers.
    gaps: Vec<Gap>,
    /// What the last reading that brought anything has brought.
    witnesses: Vec<LoggedRevocation>,
    witnessed: Option<Instant>,
    longest_write: Duration,
}

/// Numbers that were not there when a higher one was.
#[derive(Clone, Copy, Debug)]
struct Gap {
    from: i64,
    to: i64,
    /// All of them were given out before this.
    missed: Instant,
}

impl LogPage {
    /// Where the next page begins, if there is one.
    pub fn next(&self) -> Option<i64> {
        if self.is_last { None } else { self.entries.last().map(|entry| entry.seq) }
    }
}

impl LogPosition {
    /// Behind this entry, below which nothing counts; without one, before the first.
    pub fn behind(entry: Option<LoggedRevocation>, longest_write: Duration) -> Self {
        Self {
            above: entry.map_or(0, |entry| entry.seq),
            last: entry,
            gaps: Vec::new(),
            witnesses: entry.into_iter().collect(),
            witnessed: None,
            longest_write,
        }
    }

    /// What to read next.
    pub fn wanted(&self) -> Wanted {
        let gaps = self.gaps.iter().map(|gap| gap.from..=gap.to);
        let witnesses = self.witnesses.iter().map(|entry| entry.seq..=entry.seq);
        let mut ranges: Vec<RangeInclusive<i64>> = gaps.chain(witnesses).collect();
        ranges.sort_unstable_by_key(|range| *range.start());
        ranges.dedup_by(|next, range| {
            let adjoins = *next.start() <= range.end().saturating_add(1);
            if adjoins {
                *range = *range.start()..=*range.end().max(next.end());
            }
            adjoins
        });
        Wanted { above: self.above, ranges }
    }

    /// Takes in what [`LogPosition::wanted`] has found, asked for and answered at these moments, and returns what is new.
    ///
    /// # Errors
    /// [`SetBack`]; then this position has no meaning.
    pub fn take(
        &mut self,
        page: &LogPage,
        asked: Instant,
        answered: Instant,
    ) -> Result<Vec<LoggedRevocation>, SetBack> {
        self.check_witnesses(page)?;
        let is_new = |entry: &&LoggedRevocation| entry.seq > self.above || self.misses(entry.seq);
        let news: Vec<LoggedRevocation> = page.entries.iter().filter(is_new).copied().collect();
        for entry in &news {
            if entry.seq > self.above {
                self.advance(entry, answered);
            } else {
                self.fill(entry.seq);
            }
        }
        if page.is_last {
            self.gaps.retain(|gap| asked.saturating_duration_since(gap.missed) <= self.longest_write);
        }
        self.merge_gaps();
        self.keep_witnesses(&news, answered);
        Ok(news)
    }

    fn check_witnesses(&self, page: &LogPage) -> Result<(), SetBack> {
        let reached = page.entries.last().map_or(i64::MIN, |entry| entry.seq);
        let is_gone = |witness: &LoggedRevocation| {
            let looked_for = witness.seq > page.after && (page.is_last || witness.seq <= reached);
            looked_for && !page.entries.contains(witness)
        };
        if self.witnesses.iter().any(is_gone) { Err(SetBack) } else { Ok(()) }
    }

    fn misses(&self, seq: i64) -> bool {
        self.gap_of(seq).is_some()
    }

    /// The place of the gap that the number lies in.
    fn gap_of(&self, seq: i64) -> Option<usize> {
        let at = self.gaps.partition_point(|gap| gap.to < seq);
        self.gaps.get(at).filter(|gap| gap.from <= seq).map(|_| at)
    }

    fn advance(&mut self, entry: &LoggedRevocation, answered: Instant) {
        if entry.seq - 1 > self.above {
            self.gaps.push(Gap { from: self.above + 1, to: entry.seq - 1, missed: answered });
        }
        self.above = entry.seq;
        self.last = Some(*entry);
    }

    /// The number is there now; those on both sides of it may still come.
    fn fill(&mut self, seq: i64) {
        let Some(at) = self.gap_of(seq) else { return };
        let gap = self.gaps[at];
        let rest = [Gap { to: seq - 1, ..gap }, Gap { from: seq + 1, ..gap }];
        drop(self.gaps.splice(at..=at, rest.into_iter().filter(|gap| gap.from <= gap.to)));
    }

    /// What lies between two gaps was read and is read again, which does no harm.
    fn merge_gaps(&mut self) {
        while self.gaps.len() > MOST_GAPS {
            let between = |at: &usize| self.gaps[*at].from - self.gaps[*at - 1].to;
            let Some(at) = (1..self.gaps.len()).min_by_key(between) else { return };
            let later = self.gaps.remove(at);
            let gap = &mut self.gaps[at - 1];
            gap.to = later.to;
            gap.missed = gap.missed.max(later.missed);
        }
    }

    fn keep_witnesses(&mut self, news: &[LoggedRevocation], answered: Instant) {
        if !news.is_empty() {
            self.witnesses = news.iter().rev().take(WITNESSES).copied().collect();
            self.witnessed = Some(answered);
        }
        let is_over = |since: Instant| answered.saturating_duration_since(since) > WITNESSED;
        if self.witnessed.is_some_and(is_over) {
            // The log keeps the last one of its old entries, and deletes the others.
            self.witnesses = self.last.into_iter().collect();
            self.witnessed = None;
        }
    }
}
