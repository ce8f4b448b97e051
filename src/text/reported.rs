//! Mistakes in texts that the log has already told.

use std::collections::BTreeSet;

use parking_lot::Mutex;

/// The ids of the messages whose mistakes the log has already told: a mistake is met again at each request, and must not
/// flood the log.
#[derive(Default)]
pub(super) struct Reported(Mutex<BTreeSet<String>>);

impl Reported {
    /// Whether the message is reported for the first time.
    pub(super) fn is_first(&self, id: &str) -> bool {
        self.0.lock().insert(id.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Reported;

    #[test]
    fn each_message_is_reported_once() {
        let reported = Reported::default();
        assert!(reported.is_first("title"));
        assert!(reported.is_first("title.hint"));
        assert!(!reported.is_first("title"));
    }
}
