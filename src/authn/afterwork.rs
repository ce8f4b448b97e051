//! Work that goes on after the answer.
//!
//! Whoever asks for a mail to an address must not learn from the time of the answer whether the address has an
//! account (ASVS 5.0 §6.3.8). So the answer does not wait for anything that depends on the address.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much may go on at once; beyond that, requests are refused, whatever address they name.
const SLOTS: u32 = 256;

/// See the module's description.
#[derive(Clone, Debug)]
pub struct Afterwork(Arc<Semaphore>);

/// The right to go on.
#[derive(Debug)]
pub struct Slot(OwnedSemaphorePermit);

impl Afterwork {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(SLOTS as usize)))
    }

    /// `None` if too much is going on already.
    pub fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.0).try_acquire_owned().ok().map(Slot)
    }

    /// Waits until all that was begun is done. Nothing can begin any more.
    pub async fn settle(&self) {
        let all = self.0.acquire_many(SLOTS).await;
        self.0.close();
        drop(all);
    }
}

impl Slot {
    /// Runs the work on the runtime of the caller.
    pub fn spend(self, work: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(async move {
            work.await;
            drop(self.0);
        });
    }
}

impl Default for Afterwork {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn slots_are_bounded_and_come_back() {
        let afterwork = Afterwork::new();
        let mut slots: Vec<Slot> = (0..SLOTS).map(|_| afterwork.slot().unwrap()).collect();
        assert!(afterwork.slot().is_none());
        let (release, released) = oneshot::channel::<()>();
        slots.pop().unwrap().spend(async move {
            let _ = released.await;
        });
        drop(slots);
        let mut settled = Box::pin(afterwork.settle());
        assert!(futures_util::poll!(settled.as_mut()).is_pending(), "something is still going on");
        release.send(()).unwrap();
        settled.await;
        assert!(afterwork.slot().is_none(), "nothing begins after the end");
    }
}
