//! A limited number of places, given in turn to those who wait.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::{Sharer, hung_up, sharer};

/// Too many requests wait already, the pool is closed, or the client has hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much is waiting")]
pub struct Overloaded;

/// The size of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// The number of concurrent holders.
    pub places: usize,
    /// The number of requests that may wait for a place.
    pub waiting: usize,
    /// The number of places that one sharer may hold, even if more are free. For work whose duration the client
    /// controls, so that there are always places for others.
    pub share: usize,
}

/// The places and the queues for them. Clones share the places.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    size: Size,
    state: Mutex<State>,
    /// Notified when a place is returned.
    returned: Notify,
}

#[derive(Debug, Default)]
struct State {
    held: HashMap<Sharer, usize>,
    taken: usize,
    queues: HashMap<Sharer, VecDeque<Waiter>>,
    /// The waiting sharers, in the order of their turns.
    turns: VecDeque<Sharer>,
    waiting: usize,
    last_id: u64,
    closed: bool,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    reply: oneshot::Sender<Place>,
}

/// A place in the pool, which is returned when this is dropped.
#[derive(Debug)]
pub struct Place {
    shared: Option<Arc<Shared>>,
    sharer: Sharer,
}

/// A position in the queue, which is given up when this is dropped.
struct Queued<'a> {
    shared: &'a Arc<Shared>,
    sharer: Sharer,
    id: u64,
    place: oneshot::Receiver<Place>,
}

impl Pool {
    pub fn new(size: Size) -> Self {
        Self(Arc::new(Shared { size, state: Mutex::default(), returned: Notify::new() }))
    }

    /// Waits for a place until it is the turn of this request.
    ///
    /// # Errors
    /// [`Overloaded`].
    pub async fn enter(&self) -> Result<Place, Overloaded> {
        self.enter_as(sharer()).await
    }

    /// Like [`Pool::enter`], for the given sharer.
    ///
    /// # Errors
    /// [`Overloaded`].
    pub async fn enter_as(&self, sharer: Sharer) -> Result<Place, Overloaded> {
        let mut queued = match self.ask(sharer)? {
            Asked::Admitted(place) => return Ok(place),
            Asked::Queued(queued) => queued,
        };
        tokio::select! {
            // The sender was dropped: the sharer had too many requests in the full queue, or the pool was closed.
            place = &mut queued.place => place.map_err(|_| Overloaded),
            () = hung_up() => Err(Overloaded),
        }
    }

    fn ask(&self, sharer: Sharer) -> Result<Asked<'_>, Overloaded> {
        let (shared, mut state) = (&self.0, self.0.state.lock());
        if state.closed {
            return Err(Overloaded);
        }
        // Requests that already wait come first.
        let first = state.queues.get(&sharer).is_none_or(VecDeque::is_empty);
        if first && state.taken < shared.size.places && state.held(sharer) < shared.size.share {
            state.take(sharer);
            return Ok(Asked::Admitted(Place { shared: Some(Arc::clone(shared)), sharer }));
        }
        if state.waiting >= shared.size.waiting {
            state.displace(sharer)?;
        }
        let (reply, place) = oneshot::channel();
        let id = state.push(sharer, reply);
        Ok(Asked::Queued(Queued { shared, sharer, id, place }))
    }

    /// The number of waiting requests.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.0.state.lock().waiting
    }

    /// Closes the pool and waits until all places are returned.
    pub async fn close(&self) {
        let refused = {
            let mut state = self.0.state.lock();
            state.closed = true;
            state.waiting = 0;
            state.turns.clear();
            std::mem::take(&mut state.queues)
        };
        drop(refused);
        loop {
            let returned = self.0.returned.notified();
            if self.0.state.lock().taken == 0 {
                return;
            }
            returned.await;
        }
    }
}

enum Asked<'a> {
    Admitted(Place),
    Queued(Queued<'a>),
}

impl State {
    fn held(&self, sharer: Sharer) -> usize {
        self.held.get(&sharer).copied().unwrap_or_default()
    }

    fn take(&mut self, sharer: Sharer) {
        self.taken += 1;
        *self.held.entry(sharer).or_default() += 1;
    }

    fn give_back(&mut self, sharer: Sharer) {
        self.taken -= 1;
        if let Some(held) = self.held.get_mut(&sharer) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&sharer);
            }
        }
    }

    fn push(&mut self, sharer: Sharer, reply: oneshot::Sender<Place>) -> u64 {
        self.last_id += 1;
        self.waiting += 1;
        let queue = self.queues.entry(sharer).or_default();
        queue.push_back(Waiter { id: self.last_id, reply });
        if queue.len() == 1 {
            self.turns.push_back(sharer);
        }
        self.last_id
    }

    /// Makes room in a full queue for a sharer with fewer waiting requests than another: the last request of the
    /// sharer with the most is refused.
    fn displace(&mut self, sharer: Sharer) -> Result<(), Overloaded> {
        let own = self.queues.get(&sharer).map_or(0, VecDeque::len);
        let longest = self.queues.iter().max_by_key(|(_, queue)| queue.len());
        let longest = longest.filter(|(_, queue)| queue.len() > own + 1).map(|(sharer, _)| *sharer);
        let queue = longest.and_then(|longest| self.queues.get_mut(&longest)).ok_or(Overloaded)?;
        if queue.pop_back().is_some() {
            self.waiting -= 1;
        }
        Ok(())
    }

    fn withdraw(&mut self, sharer: Sharer, id: u64) {
        let Some(queue) = self.queues.get_mut(&sharer) else { return };
        let before = queue.len();
        queue.retain(|waiter| waiter.id != id);
        self.waiting -= before - queue.len();
        if queue.is_empty() {
            self.forget(sharer);
        }
    }

    fn forget(&mut self, sharer: Sharer) {
        self.queues.remove(&sharer);
        self.turns.retain(|waiting| *waiting != sharer);
    }

    /// The next waiter in turn whose sharer holds less than its share.
    fn next(&mut self, share: usize) -> Option<(Sharer, Waiter)> {
        let position = self.turns.iter().position(|sharer| self.held(*sharer) < share)?;
        let sharer = self.turns.remove(position)?;
        let queue = self.queues.get_mut(&sharer)?;
        let waiter = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&sharer);
        } else {
            self.turns.push_back(sharer);
        }
        let waiter = waiter?;
        self.waiting -= 1;
        Some((sharer, waiter))
    }
}

impl Shared {
    fn give_back(self: &Arc<Self>, sharer: Sharer) {
        let mut state = self.state.lock();
        state.give_back(sharer);
        while state.taken < self.size.places {
            let Some((next, waiter)) = state.next(self.size.share) else { break };
            state.take(next);
            let place = Place { shared: Some(Arc::clone(self)), sharer: next };
            // If this waiter has just left, the place goes to the next one.
            if let Err(mut place) = waiter.reply.send(place) {
                place.shared = None;
                state.give_back(next);
            }
        }
        drop(state);
        self.returned.notify_waiters();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.give_back(self.sharer);
        }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.shared.state.lock().withdraw(self.sharer, self.id);
    }
}
