//! Where a test makes an actor panic, to see that its process, its session and all others live on. It is compiled into
//! debug builds only, which are what tests run; a release build has nothing of it on the way of a refresh.

use parking_lot::Mutex;
use uuid::Uuid;

/// Families whose actor panics at its next message.
static ARMED: Mutex<Vec<Uuid>> = Mutex::new(Vec::new());

/// The family's actor panics at its next message.
pub fn panic_at_next_message(family: Uuid) {
    ARMED.lock().push(family);
}

/// The family's actor begins to work on a message.
#[expect(clippy::panic, reason = "the fail point itself")]
pub(super) fn reach(family: Uuid) {
    let mut armed = ARMED.lock();
    let Some(place) = armed.iter().position(|id| *id == family) else { return };
    armed.swap_remove(place);
    drop(armed);
    panic!("a test's fail point");
}
