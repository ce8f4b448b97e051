//! Every schedule of three writers and a reader, with and without a failover that loses what was committed last.
//!
//! A writer draws its number at one tick, and commits at the same one or up to [`LONGEST`] later. The reader polls once in
//! each tick, after the writers. At the end the reader must know every entry that is in the log, and it must have noticed
//! a loss exactly if it knew an entry that is lost.
//!
//! Rules that lack something are searched as well, because a search that finds no fault of theirs would prove nothing.

use super::super::*;

/// The longest write, in ticks.
const LONGEST: u64 = 3;
/// Writers begin at one of the ticks before this one.
const BEGINNINGS: u64 = 7;
/// When every write is over.
const END: u64 = 12;
const WRITERS: usize = 3;

/// When a writer draws its number, and how long it then takes to commit.
#[derive(Clone, Copy, Debug)]
struct Write {
    begins: u64,
    takes: u64,
}

/// What was committed since `first` is lost, and so is what is under way.
#[derive(Clone, Copy, Debug)]
struct Failover {
    at: u64,
    first: u64,
}

#[derive(Clone, Copy, Debug)]
struct Schedule {
    writes: [Write; WRITERS],
    failover: Option<Failover>,
    /// Later writers have lower numbers, as where each connection is given a block of them.
    in_blocks: bool,
}

/// How the reader goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Product,
    /// Gaps are given up at the next poll.
    WithoutPatience,
    /// An entry is the same if its number is.
    WithoutIdentity,
    /// What is above the last number that was seen, and nothing else.
    WithoutGaps,
}

/// What is wrong at the end of a schedule, by writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Faults {
    /// In the log, and not known to the reader.
    missed: [bool; WRITERS],
    /// Known to the reader and lost, and the reader has not noticed.
    forgotten: [bool; WRITERS],
    /// The reader has noticed a loss of nothing that it knew.
    false_alarm: bool,
}

/// An entry of the log: its number, and who wrote it.
type Entry = (i64, usize);

struct World {
    schedule: Schedule,
    started: Instant,
    next: i64,
    numbers: [i64; WRITERS],
    log: Vec<Entry>,
    dead: [bool; WRITERS],
    reader: Reader,
}

struct Reader {
    rule: Rule,
    position: LogPosition,
    known: [bool; WRITERS],
    has_noticed: bool,
}

/// The faults that a reader with this rule is left with.
fn run(rule: Rule, schedule: Schedule) -> Faults {
    let reader = Reader { rule, position: rule.beginning(), known: [false; WRITERS], has_noticed: false };
    let (started, log) = (Instant::now(), Vec::new());
    let (numbers, dead) = ([0; WRITERS], [false; WRITERS]);
    let mut world = World { schedule, started, next: 1, numbers, log, dead, reader };
    for now in 0..END {
        world.fail_over(now);
        world.write(now);
        world.reader.read(&world.log, world.started + Duration::from_secs(now));
    }
    world.faults()
}

impl Rule {
    fn beginning(self) -> LogPosition {
        let ticks = if self == Self::WithoutPatience { 0 } else { LONGEST };
        LogPosition::behind(None, Duration::from_secs(ticks))
    }

    fn identity(self, writer: usize) -> Uuid {
        if self == Self::WithoutIdentity { Uuid::nil() } else { Uuid::from_u128(writer as u128) }
    }
}

impl World {
    fn fail_over(&mut self, now: u64) {
        let Some(failover) = self.schedule.failover.filter(|failover| failover.at == now) else { return };
        for (dead, write) in self.dead.iter_mut().zip(&self.schedule.writes) {
            *dead = write.begins < now && write.begins + write.takes >= failover.first;
        }
        let dead = self.dead;
        self.log.retain(|(_, writer)| !dead[*writer]);
        self.next = self.log.last().map_or(0, |(number, _)| *number) + 1;
    }

    fn write(&mut self, now: u64) {
        for writer in 0..WRITERS {
            let write = self.schedule.writes[writer];
            if write.begins == now {
                self.numbers[writer] = self.draw(writer);
            }
            if write.begins + write.takes == now && !self.dead[writer] {
                self.log.push((self.numbers[writer], writer));
            }
        }
        self.log.sort_unstable();
    }

    fn draw(&mut self, writer: usize) -> i64 {
        if self.schedule.in_blocks {
            return i64::try_from(WRITERS - writer).unwrap() * 100;
        }
        self.next += 1;
        self.next - 1
    }

    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        for writer in 0..WRITERS {
            let is_there = self.log.iter().any(|(_, other)| *other == writer);
            let is_known = self.reader.known[writer];
            faults.missed[writer] = is_there && !is_known;
            faults.forgotten[writer] = is_known && !is_there && !self.reader.has_noticed;
        }
        let lost = (0..WRITERS).any(|writer| self.dead[writer] && self.reader.known[writer]);
        faults.false_alarm = self.reader.has_noticed && !lost;
        faults
    }
}

impl Reader {
    fn read(&mut self, log: &[Entry], now: Instant) {
        if self.poll(log, now).is_err() {
            self.has_noticed = true;
            self.position = self.rule.beginning();
            assert_eq!(self.poll(log, now), Ok(()), "a new reader knows nothing that could be lost");
        }
    }

    fn poll(&mut self, log: &[Entry], now: Instant) -> Result<(), SetBack> {
        let Wanted { above, ranges } = self.position.wanted();
        let is_wanted = |seq: i64| seq > above || ranges.iter().any(|range| range.contains(&seq));
        let entries = log.iter().filter(|(seq, _)| is_wanted(*seq));
        let entries = entries.map(|(seq, writer)| self.entry(*seq, *writer)).collect();
        let news = self.position.take(&LogPage { after: i64::MIN, entries, is_last: true }, now, now)?;
        if self.rule == Rule::WithoutGaps {
            self.position.gaps.clear();
        }
        for (seq, writer) in log {
            self.known[*writer] |= news.iter().any(|entry| entry.seq == *seq);
        }
        Ok(())
    }

    fn entry(&self, seq: i64, writer: usize) -> LoggedRevocation {
        let family_id = self.rule.identity(writer);
        // What the writer's clock says plays no part.
        let revoked_at = Timestamp::default();
        LoggedRevocation { seq, family_id, cutoff: None, revoked_at, reason: RevokeReason::Logout }
    }
}

/// Every way in which the writers can follow each other.
fn plans() -> Vec<[Write; WRITERS]> {
    let writes: Vec<Write> =
        (0..BEGINNINGS).flat_map(|begins| (0..=LONGEST).map(move |takes| Write { begins, takes })).collect();
    let mut plans = Vec::new();
    for &first in &writes {
        for &second in writes.iter().filter(|second| second.begins >= first.begins) {
            let thirds = writes.iter().filter(|third| third.begins >= second.begins);
            plans.extend(thirds.map(|&third| [first, second, third]));
        }
    }
    plans
}

fn without_failover() -> impl Iterator<Item = Schedule> {
    plans().into_iter().map(|writes| Schedule { writes, failover: None, in_blocks: false })
}

fn with_failover() -> impl Iterator<Item = Schedule> {
    let failovers =
        [(4, 2), (4, 0), (6, 4), (6, 1), (8, 6), (8, 3)].map(|(at, first)| Failover { at, first });
    failovers.into_iter().flat_map(|failover| {
        without_failover().map(move |schedule| Schedule { failover: Some(failover), ..schedule })
    })
}

fn in_blocks() -> impl Iterator<Item = Schedule> {
    without_failover().map(|schedule| Schedule { in_blocks: true, ..schedule })
}

/// The first schedule that ends with a fault of this kind.
fn find(
    rule: Rule,
    mut schedules: impl Iterator<Item = Schedule>,
    is_fault: impl Fn(&Faults) -> bool,
) -> Option<Schedule> {
    schedules.find(|schedule| is_fault(&run(rule, *schedule)))
}

fn assert_without_fault(schedules: impl Iterator<Item = Schedule>) {
    let mut searched = 0;
    for schedule in schedules {
        assert_eq!(run(Rule::Product, schedule), Faults::default(), "{schedule:?}");
        searched += 1;
    }
    assert!(searched > 5_000, "the search was not exhaustive: {searched}");
}

fn misses(faults: &Faults) -> bool {
    faults.missed.contains(&true)
}

#[test]
fn no_order_of_commits_makes_the_reader_miss_an_entry() {
    assert_without_fault(without_failover());
}

#[test]
fn a_failover_that_loses_entries_is_noticed_and_makes_the_reader_miss_none() {
    assert_without_fault(with_failover());
}

/// Databases that give each connection a block of numbers cannot hold the log: a number may be older than any write.
#[test]
fn numbers_in_blocks_are_beyond_the_rule() {
    assert!(find(Rule::Product, in_blocks(), misses).is_some());
}

#[test]
fn a_reader_that_forgets_gaps_misses_entries() {
    assert!(find(Rule::WithoutGaps, without_failover(), misses).is_some());
}

#[test]
fn a_reader_without_patience_misses_entries() {
    assert!(find(Rule::WithoutPatience, without_failover(), misses).is_some());
}

#[test]
fn a_reader_that_looks_at_numbers_only_misses_what_has_taken_the_place_of_a_lost_entry() {
    assert!(find(Rule::WithoutIdentity, with_failover(), misses).is_some());
    let forgets = |faults: &Faults| faults.forgotten.contains(&true);
    assert!(find(Rule::WithoutIdentity, with_failover(), forgets).is_some());
}
