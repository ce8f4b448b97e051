//! The clock of this machine, against the database's, and against what the database remembers.

use std::time::Duration;

use super::examination::Examination;
use super::finding::{Check, Finding};
use crate::clock::Timestamp;
use crate::crypto::signer::Signer;

const CHECK: Check = Check::Clock;
/// What clocks that are kept by NTP do not reach.
const NOTABLE: Duration = Duration::from_secs(1);
/// Certificates, codes of authenticator apps and other services' tokens are misjudged with such an offset.
const WRONG: Duration = Duration::from_secs(30);
const ADVICE: &str = "Synchronize the clock of this machine (NTP: chrony or systemd-timesyncd).";

pub(super) fn check(examination: &Examination<'_>, signer: Option<&Signer>) -> Finding {
    let Some(store) = &examination.store else {
        return CHECK.skipped("needs the database");
    };
    let own = examination.world.clock.now();
    if let Some(since) = signer.and_then(Signer::active_since).filter(|since| *since > own) {
        let behind = since.since(own).as_secs();
        return CHECK.failed(
            format!("the clock is behind by {behind} s at least: the active key is younger"),
            ADVICE,
        );
    }
    if store.is_sqlite() {
        return CHECK
            .ok("the clock is not behind what the database remembers; SQLite has no clock of its own");
    }
    compared(own, store.clock().now())
}

fn compared(own: Timestamp, databases: Timestamp) -> Finding {
    let (offset, direction) =
        if own > databases { (own.since(databases), "ahead of") } else { (databases.since(own), "behind") };
    let message = format!("the clock is {:.3} s {direction} the database's", offset.as_secs_f64());
    if offset > WRONG {
        CHECK.failed(message, ADVICE)
    } else if offset > NOTABLE {
        CHECK.warning(message, ADVICE)
    } else {
        CHECK.ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Status;

    #[test]
    fn an_offset_is_judged_in_both_directions() {
        let at = Timestamp::from_unix_seconds;
        for (own, databases, expected) in [
            (1_000, 1_000, Status::Ok),
            (1_001, 1_000, Status::Ok),
            (1_002, 1_000, Status::Warning),
            (1_000, 1_030, Status::Warning),
            (1_000, 1_031, Status::Failed),
            (2_000, 1_000, Status::Failed),
        ] {
            assert_eq!(compared(at(own), at(databases)).status, expected, "{own} {databases}");
        }
    }
}
