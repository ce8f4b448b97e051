//! Where a test ends the process in the middle of a change of the signing keys, to see that the next start finds the
//! keys as they were before or as they are after it. It is compiled into debug builds only, which are what tests run.

use std::env;
use std::sync::LazyLock;

/// With `FAILPOINTS=keys.change=STEP` in the environment the process ends at this step.
static STEP: LazyLock<Option<String>> = LazyLock::new(|| {
    let points = env::var("FAILPOINTS").unwrap_or_default();
    points.split(';').find_map(|point| point.strip_prefix("keys.change=").map(str::to_owned))
});

/// A step has been taken.
pub(super) fn reach(step: &str) {
    if STEP.as_deref() == Some(step) {
        // No destructor runs, so that the database learns of nothing.
        std::process::abort();
    }
}
