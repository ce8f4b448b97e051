//! The rule step by step; [`schedules`] holds it against every order of events.

mod schedules;

use super::*;

const LONGEST_WRITE: Duration = Duration::from_secs(10);

fn entry(seq: i64) -> LoggedRevocation {
    other_entry(seq, u128::try_from(seq).unwrap())
}

fn other_entry(seq: i64, family: u128) -> LoggedRevocation {
    LoggedRevocation {
        seq,
        family_id: Uuid::from_u128(family),
        cutoff: None,
        revoked_at: Timestamp::from_unix_seconds(1_000),
        reason: RevokeReason::Logout,
    }
}

/// A log, its reader, and the seconds that have passed.
struct Reader {
    log: Vec<LoggedRevocation>,
    position: LogPosition,
    started: Instant,
    seconds: u64,
    page: usize,
}

impl Reader {
    fn of(log: impl IntoIterator<Item = i64>) -> Self {
        let position = LogPosition::behind(None, LONGEST_WRITE);
        Self {
            log: log.into_iter().map(entry).collect(),
            position,
            started: Instant::now(),
            seconds: 0,
            page: 1_000,
        }
    }

    fn write(&mut self, seq: i64) {
        self.log.push(entry(seq));
        self.log.sort_by_key(|entry| entry.seq);
    }

    fn page(&self, after: i64) -> LogPage {
        let Wanted { above, ranges } = self.position.wanted();
        let is_wanted = |entry: &&LoggedRevocation| {
            let seq = entry.seq;
            seq > after && (seq > above || ranges.iter().any(|range| range.contains(&seq)))
        };
        let wanted: Vec<LoggedRevocation> = self.log.iter().filter(is_wanted).copied().collect();
        let is_last = wanted.len() <= self.page;
        LogPage { after, entries: wanted.into_iter().take(self.page).collect(), is_last }
    }

    /// Reads until nothing is left, and returns the numbers that were new.
    fn read(&mut self) -> Result<Vec<i64>, SetBack> {
        let now = self.started + Duration::from_secs(self.seconds);
        let mut news = Vec::new();
        let mut after = Some(i64::MIN);
        while let Some(begin) = after {
            let page = self.page(begin);
            news.extend(self.position.take(&page, now, now)?.iter().map(|entry| entry.seq));
            after = page.next();
        }
        Ok(news)
    }

    fn wait(&mut self, seconds: u64) {
        self.seconds += seconds;
    }
}

#[test]
fn what_was_read_is_not_read_again_but_for_its_witnesses() {
    let mut reader = Reader::of([1, 2, 3]);
    assert_eq!(reader.read(), Ok(vec![1, 2, 3]));
    assert_eq!(reader.position.wanted(), Wanted { above: 3, ranges: vec![1..=3] });
    assert!(reader.position.gaps.is_empty(), "no number is missing");
    assert_eq!(reader.read(), Ok(Vec::new()));
    reader.write(4);
    assert_eq!(reader.read(), Ok(vec![4]));
    assert_eq!(reader.position.wanted(), Wanted { above: 4, ranges: vec![4..=4] });
}

#[test]
fn a_number_that_comes_late_is_found_while_a_write_may_bring_it() {
    let mut reader = Reader::of([1, 5]);
    assert_eq!(reader.read(), Ok(vec![1, 5]));
    reader.write(3);
    assert_eq!(reader.read(), Ok(vec![3]));
    reader.wait(10);
    reader.write(2);
    assert_eq!(reader.read(), Ok(vec![2]), "the last moment");
    reader.wait(1);
    reader.write(4);
    assert_eq!(reader.read(), Ok(vec![4]), "the first reading after it is still made");
    assert!(reader.position.gaps.is_empty());
}

#[test]
fn a_gap_is_given_up_by_the_reader_s_clock() {
    let mut reader = Reader::of([1, 3]);
    assert_eq!(reader.read(), Ok(vec![1, 3]));
    reader.wait(11);
    assert_eq!(reader.read(), Ok(Vec::new()));
    assert!(reader.position.gaps.is_empty(), "no write brings it now");
}

#[test]
fn a_log_that_lost_its_end_was_set_back() {
    let mut reader = Reader::of([1, 2, 3]);
    assert_eq!(reader.read(), Ok(vec![1, 2, 3]));
    reader.log.pop();
    assert_eq!(reader.read(), Err(SetBack));
}

#[test]
fn a_number_that_was_given_to_another_entry_shows_that_the_log_was_set_back() {
    let mut reader = Reader::of([1, 2, 3]);
    assert_eq!(reader.read(), Ok(vec![1, 2, 3]));
    reader.log[2] = other_entry(3, 99);
    reader.write(4);
    assert_eq!(reader.read(), Err(SetBack));
}

#[test]
fn an_entry_that_came_last_and_is_lost_is_noticed_although_its_number_is_not_the_last() {
    let mut reader = Reader::of([1, 3]);
    assert_eq!(reader.read(), Ok(vec![1, 3]));
    reader.write(2);
    assert_eq!(reader.read(), Ok(vec![2]));
    reader.log.retain(|entry| entry.seq != 2);
    assert_eq!(reader.read(), Err(SetBack));
}

#[test]
fn an_old_log_may_be_shortened_down_to_its_last_entry() {
    let mut reader = Reader::of([1, 2, 3]);
    assert_eq!(reader.read(), Ok(vec![1, 2, 3]));
    reader.wait(2 * 60 * 60);
    assert_eq!(reader.read(), Ok(Vec::new()));
    reader.log.retain(|entry| entry.seq == 3);
    assert_eq!(reader.read(), Ok(Vec::new()));
    reader.write(4);
    assert_eq!(reader.read(), Ok(vec![4]));
    reader.log.clear();
    assert_eq!(reader.read(), Err(SetBack));
}

#[test]
fn after_more_than_an_hour_the_last_entry_is_the_only_witness() {
    let mut reader = Reader::of([1, 2, 3]);
    assert_eq!(reader.read(), Ok(vec![1, 2, 3]));
    reader.wait(3_600);
    assert_eq!(reader.read(), Ok(Vec::new()));
    assert_eq!(reader.position.wanted().ranges, [1..=3]);
    reader.wait(1);
    assert_eq!(reader.read(), Ok(Vec::new()));
    assert_eq!(reader.position.wanted().ranges, [3..=3]);
}

#[test]
fn the_first_wanted_number_is_the_lowest_of_all() {
    let first = |above, ranges: &[RangeInclusive<i64>]| Wanted { above, ranges: ranges.to_vec() }.first();
    assert_eq!(first(9, &[]), 10);
    assert_eq!(first(9, &[3..=4, 6..=6]), 3);
    assert_eq!(first(9, &[12..=12]), 10);
    assert_eq!(first(i64::MAX, &[]), i64::MAX);
}

#[test]
fn a_reader_that_begins_behind_an_entry_asks_for_nothing_below_it() {
    let mut reader = Reader::of([7, 9]);
    reader.position = LogPosition::behind(Some(entry(7)), LONGEST_WRITE);
    assert_eq!(reader.read(), Ok(vec![9]));
    reader.write(8);
    reader.write(6);
    assert_eq!(reader.read(), Ok(vec![8]));
}

#[test]
fn small_pages_change_nothing() {
    for page in 1..4 {
        let mut reader = Reader::of([1, 2, 4, 7, 8]);
        reader.page = page;
        assert_eq!(reader.read(), Ok(vec![1, 2, 4, 7, 8]));
        reader.write(3);
        reader.write(9);
        assert_eq!(reader.read(), Ok(vec![3, 9]));
        reader.log.pop();
        assert_eq!(reader.read(), Err(SetBack));
    }
}

#[test]
fn more_gaps_than_are_asked_for_one_by_one_lose_nothing() {
    let most = i64::try_from(MOST_GAPS).unwrap();
    let mut reader = Reader::of((0..3 * most).map(|at| 2 * at + 1));
    let read = reader.read().unwrap();
    assert_eq!(read.len(), 3 * MOST_GAPS);
    assert_eq!(reader.position.gaps.len(), MOST_GAPS);
    for at in 1..3 * most {
        reader.write(2 * at);
    }
    let late = reader.read().unwrap();
    assert!((1..3 * most).all(|at| late.contains(&(2 * at))), "each of the late ones");
}

#[test]
fn the_gaps_that_are_closest_to_each_other_are_asked_for_as_one() {
    let most = i64::try_from(MOST_GAPS).unwrap();
    // A gap at every ten, the second of which has two numbers, and one more that is close to the last.
    let last = 10 * most;
    let is_there = |seq: &i64| (seq % 10 != 0 || *seq > last) && ![21, last + 2].contains(seq);
    let mut reader = Reader::of((1..last + 200).filter(is_there));
    reader.read().unwrap();
    assert_eq!(reader.position.gaps.len(), MOST_GAPS);
    let ranges = reader.position.wanted().ranges;
    assert_eq!(ranges[..3], [10..=10, 20..=21, 30..=30]);
    assert!(ranges.contains(&(last..=last + 2)), "{:?}", ranges.last());
}
