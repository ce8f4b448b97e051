//! Where a test makes an actor panic, to see that its process, its session and all others live on. It is compiled into
//! debug builds only, which are what tests run; a release build has nothing of it on the way of a refresh.

use std::env;
use std::sync::LazyLock;

use parking_lot::Mutex;
use uuid::Uuid;

/// Families whose actor panics at its next message.
static ARMED: Mutex<Vec<Uuid>> = Mutex::new(Vec::new());

/// With `FAILPOINTS=session.message=panic` in the environment every actor panics at each message.
static PANICS: LazyLock<bool> = LazyLock::new(|| {
    let points = env::var("FAILPOINTS").unwrap_or_default();
    points.split(';').any(|point| point == "session.message=panic")
});

/// The family's actor panics at its next message.
pub fn panic_at_next_message(family: Uuid) {
    ARMED.lock().push(family);
}

/// The family's actor begins to work on a message.
#[expect(clippy::panic, reason = "the fail point itself")]
pub(super) fn reach(family: Uuid) {
    if !*PANICS && !disarm(family) {
        return;
    }
    panic!("a test's fail point");
}

/// Whether the family was armed; it no longer is.
fn disarm(family: Uuid) -> bool {
    let mut armed = ARMED.lock();
    let place = armed.iter().position(|id| *id == family);
    place.map(|place| armed.swap_remove(place)).is_some()
}
