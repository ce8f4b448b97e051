//! Work that continues after the answer.
//!
//! A client that asks for a mail to an address must not learn from the time of the answer whether the address has an
//! account (ASVS 5.0 §6.3.8). The answer therefore waits only for the client's turn, and for nothing that depends on the
//! address.

use std::future::Future;

use crate::admission::{Overloaded, Place, Pool, Size};

/// How many tasks run at once. One client has at most a quarter of them, so that a flood from one address leaves room.
const SIZE: Size = Size { places: 64, waiting: 1_024, share: 16 };

/// The tasks that continue after an answer, bounded in number. Clones share the bound.
#[derive(Clone, Debug)]
pub struct BackgroundTasks(Pool);

/// The right to run one task.
#[derive(Debug)]
pub struct Slot(Place);

impl BackgroundTasks {
    pub fn new() -> Self {
        Self(Pool::new(SIZE))
    }

    /// A slot, when it is the client's turn.
    ///
    /// # Errors
    /// `Overloaded` if too many tasks are waiting.
    pub async fn slot(&self) -> Result<Slot, Overloaded> {
        self.0.enter().await.map(Slot)
    }

    /// Waits until all tasks have ended. No task can begin from then on.
    pub async fn settle(&self) {
        self.0.close().await;
    }
}

impl Slot {
    /// Runs the work on the runtime of the caller, whether its client waits or not.
    pub fn spend(self, work: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(async move {
            work.await;
            drop(self.0);
        });
    }
}

impl Default for BackgroundTasks {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use tokio::sync::oneshot;

    use super::*;
    use crate::admission::{Request, Sharer};

    #[tokio::test]
    async fn a_flood_from_one_address_leaves_slots_for_others() {
        let background_tasks = BackgroundTasks::new();
        let (flood, _waiting) = Request::new(Sharer::client(IpAddr::from([192, 0, 2, 1])));
        let mut slots = Vec::new();
        for _ in 0..SIZE.share {
            slots.push(flood.clone().scope(background_tasks.slot()).await.unwrap());
        }
        let mut next = Box::pin(flood.scope(background_tasks.slot()));
        assert!(futures_util::poll!(next.as_mut()).is_pending());
        let (honest, _waiting) = Request::new(Sharer::client(IpAddr::from([192, 0, 2, 2])));
        assert!(honest.scope(background_tasks.slot()).await.is_ok());
        drop(slots);
        assert!(next.await.is_ok());
    }

    #[tokio::test]
    async fn what_was_begun_is_waited_for() {
        let background_tasks = BackgroundTasks::new();
        let (release, released) = oneshot::channel::<()>();
        background_tasks.slot().await.unwrap().spend(async move {
            let _ = released.await;
        });
        let mut settled = Box::pin(background_tasks.settle());
        assert!(futures_util::poll!(settled.as_mut()).is_pending(), "something is still going on");
        release.send(()).unwrap();
        settled.await;
        assert!(background_tasks.slot().await.is_err(), "nothing begins after the end");
    }
}
