//! Which history of a cluster a server of PostgreSQL writes on. A standby that is promoted begins a new timeline, under the
//! next number. Where the former primary lives on, both take writes, and connections of one node may lead to either: what
//! one of them writes another one does not find. The later timeline is the one that goes on, so the latest that was seen
//! is kept to, and a former primary is refused from then on.

use std::cmp::Ordering;

use parking_lot::Mutex;
use prometheus::IntGauge;
use sqlx::{PgConnection, Row};

use crate::store::database::doubt::Doubt;

/// The name of a segment of the log begins with the timeline, in so many hexadecimal digits.
const DIGITS: usize = 8;
const HEXADECIMAL: u32 = 16;

/// The history that a server writes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeline {
    /// Common to a primary and all its standbys.
    cluster: String,
    number: u32,
}

/// Nothing is earlier or later in the history of another cluster.
impl PartialOrd for Timeline {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.cluster == other.cluster).then(|| self.number.cmp(&other.number))
    }
}

impl Timeline {
    /// `None` where the server is a standby, or a service that does not tell. By the simple protocol, which leaves no
    /// prepared statement behind.
    ///
    /// # Errors
    /// The connection's.
    pub async fn of(connection: &mut PgConnection) -> Result<Option<Self>, sqlx::Error> {
        let question = sqlx::raw_sql(
            "SELECT system_identifier::text, \
             CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_lsn()) END \
             FROM pg_control_system()",
        );
        let row = match question.fetch_one(connection).await {
            Ok(row) => row,
            Err(sqlx::Error::Database(error)) => {
                tracing::debug!(%error, "the database does not tell its timeline");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let segment: Option<String> = row.try_get(1)?;
        let digits = segment.as_deref().and_then(|name| name.get(..DIGITS));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, HEXADECIMAL).ok());
        let cluster = row.try_get(0)?;
        Ok(number.map(|number| Self { cluster, number }))
    }
}

/// What is known of the database's history, for all connections of a store.
pub(super) struct Timelines {
    known: Mutex<Known>,
    doubt: Doubt,
    /// `auth_db_timeline`
    number: IntGauge,
}

#[derive(Default)]
struct Known {
    latest: Option<Timeline>,
    /// It was said that a former primary lives.
    is_split_told: bool,
}

impl Timelines {
    pub fn new(doubt: &Doubt, number: &IntGauge) -> Self {
        Self { known: Mutex::default(), doubt: doubt.clone(), number: number.clone() }
    }

    /// Takes note of the timeline of a server that has answered. If it is later than what was known, connections that are
    /// open are given up. False if it is earlier: the server is a former primary.
    pub fn admit(&self, found: &Timeline) -> bool {
        let mut known = self.known.lock();
        let latest = known.latest.as_ref();
        match latest.map(|latest| (latest.number, found.partial_cmp(latest))) {
            None => {
                self.number.set(i64::from(found.number));
                known.latest = Some(found.clone());
                true
            }
            Some((former, Some(Ordering::Greater))) => {
                tracing::warn!(
                    timeline = found.number,
                    former,
                    "a standby was promoted, and the database goes on with its timeline; connections to the former \
                     primary are given up"
                );
                self.number.set(i64::from(found.number));
                *known = Known { latest: Some(found.clone()), is_split_told: false };
                self.doubt.raise_again();
                self.doubt.tell_trouble();
                true
            }
            Some((timeline, Some(Ordering::Less))) => {
                if !known.is_split_told {
                    tracing::error!(
                        timeline,
                        former = found.number,
                        "a former primary of the database is still a primary; it is not used, and must be stopped"
                    );
                    known.is_split_told = true;
                }
                false
            }
            Some((_, Some(Ordering::Equal) | None)) => true,
        }
    }

    /// Refuses a connection to a former primary.
    ///
    /// # Errors
    /// [`sqlx::Error::Configuration`] then, or the connection's.
    pub async fn check(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        match Timeline::of(connection).await? {
            Some(found) if !self.admit(&found) => Err(sqlx::Error::Configuration(
                format!(
                    "the server is a former primary: it is on timeline {}, and the database has gone on",
                    found.number
                )
                .into(),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn timeline(cluster: &str, number: u32) -> Timeline {
        Timeline { cluster: cluster.to_owned(), number }
    }

    /// Having seen the first server.
    fn following(first: &Timeline) -> (Timelines, Doubt, IntGauge) {
        let doubt = Doubt::default();
        let number = IntGauge::new("timeline", "A test's.").unwrap();
        let timelines = Timelines::new(&doubt, &number);
        assert!(timelines.admit(first));
        (timelines, doubt, number)
    }

    #[test]
    fn a_later_timeline_is_followed_and_an_earlier_one_is_refused() {
        let (timelines, doubt, number) = following(&timeline("a", 9));
        let opened = Instant::now();
        assert!(timelines.admit(&timeline("a", 9)));
        assert!(!doubt.covers(opened), "nothing has changed");

        assert!(timelines.admit(&timeline("a", 16)));
        assert!(doubt.covers(opened), "it may lead to the former primary");
        assert_eq!(number.get(), 16);

        for _ in 0..2 {
            assert!(!timelines.admit(&timeline("a", 9)), "the former primary");
        }
        assert!(timelines.admit(&timeline("a", 16)));
        assert_eq!(number.get(), 16);
    }

    #[test]
    fn the_timeline_of_another_cluster_says_nothing() {
        let (timelines, doubt, number) = following(&timeline("a", 2));
        let opened = Instant::now();
        for other in [1, 3] {
            assert!(timelines.admit(&timeline("b", other)));
        }
        assert!(!doubt.covers(opened));
        assert_eq!(number.get(), 2);
        assert!(!timelines.admit(&timeline("a", 1)));
    }
}
