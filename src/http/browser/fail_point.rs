//! A bad build, for the tests of roll-outs: with `FAILPOINTS=cookies.current=FAULT` in the environment, something fails for
//! the cohort of the current generation of cookies, and for no one else. It is compiled into debug builds only.

use std::env;
use std::sync::LazyLock;
use std::time::Duration;

use crate::http::problem::{Code, Problem};
use crate::model::cookie_generation::Cohort;

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Right CSRF tokens are refused.
    Csrf,
    /// A rotated refresh token is not written to its cookie, so that the browser sends the spent one again.
    Reuse,
    /// Refreshes fail.
    Refresh,
    /// Refreshes are slow.
    Delay,
}

/// More than a refresh takes on a busy machine.
const DELAY: Duration = Duration::from_secs(2);

static FAULT: LazyLock<Option<Fault>> = LazyLock::new(|| {
    let points = env::var("FAILPOINTS").ok()?;
    let fault = points.split(';').find_map(|point| point.strip_prefix("cookies.current="))?;
    let known = [
        ("csrf", Fault::Csrf),
        ("reuse", Fault::Reuse),
        ("refresh", Fault::Refresh),
        ("delay", Fault::Delay),
    ];
    known.into_iter().find_map(|(name, known)| (name == fault).then_some(known))
});

/// Whether this fails for the cohort.
pub fn breaks(fault: Fault, cohort: Cohort) -> bool {
    cohort == Cohort::Current && *FAULT == Some(fault)
}

/// A refresh of the cohort begins.
///
/// # Errors
/// 503 if refreshes fail for it.
pub async fn reach_refresh(cohort: Cohort) -> Result<(), Problem> {
    if breaks(Fault::Refresh, cohort) {
        return Err(Problem::new(Code::Unavailable));
    }
    if breaks(Fault::Delay, cohort) {
        tokio::time::sleep(DELAY).await;
    }
    Ok(())
}
