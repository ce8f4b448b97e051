//! The connections of the public listener. Each needs open files, of which a process has a limited number, whereas an idle
//! connection costs its client nothing. When there are many, the one that has been idle for the longest time is therefore
//! closed, so that a new one need not be refused. Connections that are still in the TLS handshake are bounded on their own,
//! so that they can neither displace those in use nor wait for each other.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use parking_lot::Mutex;

use crate::config;

/// Open files for everything except the public listener and the database connections: the runtime, logs, the operations
/// listener, avatars that are uploaded or served, connections to mail relays.
const RESERVED: u64 = 192;
/// The open files of a connection: its socket, and a second handle by which it can be closed from outside.
const FILES_EACH: u64 = 2;
/// The minimum for a worker to be of use, whatever the limit of open files is.
const LEAST_PER_WORKER: usize = 8;

/// How many connections are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// A worker with this many accepts no more, and clients wait in the kernel's queue.
    pub per_worker: usize,
    /// With more than this in total, the one that has been idle for the longest time is closed. It is less than the sum
    /// of all workers, because closing takes a moment.
    pub comfortable: usize,
}

impl Capacity {
    /// The capacity that `server.max_connections` and the limit of open files allow.
    pub fn of(config: &config::Server, database_connections: u32, open_files: u64) -> Self {
        let free = open_files.saturating_sub(RESERVED + u64::from(database_connections));
        let affordable = usize::try_from(free / FILES_EACH).unwrap_or(usize::MAX) / config.workers;
        let per_worker = config.max_connections.min(affordable.max(LEAST_PER_WORKER));
        let all = per_worker.saturating_mul(config.workers);
        Self { per_worker, comfortable: (all - all / 8).max(1) }
    }
}

/// All open connections, and which of them are idle.
pub struct Connections {
    comfortable: usize,
    max_handshakes: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: HashMap<u64, Entry>,
    /// The idle ones, in the order in which they became idle.
    idle: BTreeMap<u64, u64>,
    /// Those in the handshake, in the order in which they began it.
    handshakes: BTreeMap<u64, u64>,
    /// How many were told to close and are not closed yet.
    closing: usize,
    /// The next number of a connection or of a position in the order.
    next: u64,
}

struct Entry {
    socket: TcpStream,
    phase: Phase,
}

enum Phase {
    /// With its position in the order.
    Handshake(u64),
    /// With its position in the order.
    Idle(u64),
    Busy,
    Closing,
}

/// The entry of a connection, kept with it as long as it is open.
pub struct Place {
    id: u64,
    connections: Arc<Connections>,
}

/// The connection is busy with a request.
pub struct Answering {
    id: u64,
    connections: Arc<Connections>,
}

impl Connections {
    pub fn new(capacity: Capacity, max_handshakes: usize) -> Arc<Self> {
        Arc::new(Self { comfortable: capacity.comfortable, max_handshakes, state: Mutex::default() })
    }

    /// Notes a connection that is ready for requests.
    ///
    /// # Errors
    /// There is no open file for its second handle.
    pub fn enter(self: &Arc<Self>, stream: &impl AsFd) -> io::Result<Place> {
        let handle = second_handle(stream)?;
        let id = self.state.lock().enter(handle, self.comfortable);
        Ok(Place { id, connections: Arc::clone(self) })
    }

    /// Notes a connection that begins a handshake, and makes room for it.
    ///
    /// # Errors
    /// There is no open file for its second handle.
    pub fn enter_handshake(self: &Arc<Self>, stream: &impl AsFd) -> io::Result<Place> {
        let handle = second_handle(stream)?;
        let mut state = self.state.lock();
        let id = state.enter(handle, self.comfortable);
        state.shake_hands(id, self.max_handshakes);
        Ok(Place { id, connections: Arc::clone(self) })
    }
}

fn second_handle(stream: &impl AsFd) -> io::Result<TcpStream> {
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

impl Place {
    /// The connection is ready for requests.
    pub fn finish_handshake(&self) {
        self.connections.state.lock().finish_handshake(self.id);
    }
}

impl State {
    fn enter(&mut self, socket: TcpStream, comfortable: usize) -> u64 {
        let id = self.number();
        self.open.insert(id, Entry { socket, phase: Phase::Busy });
        // A client that has sent nothing yet is as idle as one that has received its response.
        self.rest(id);
        if self.open.len() - self.closing > comfortable {
            self.close_longest_idle();
        }
        id
    }

    fn shake_hands(&mut self, id: u64, max: usize) {
        self.work(id);
        let order = self.number();
        if let Some(entry) = self.open.get_mut(&id)
            && matches!(entry.phase, Phase::Busy)
        {
            entry.phase = Phase::Handshake(order);
            self.handshakes.insert(order, id);
        }
        if self.handshakes.len() > max
            && let Some((_, longest)) = self.handshakes.pop_first()
        {
            self.close(longest);
            tracing::debug!("closed the longest TLS handshake for a new one");
        }
    }

    fn finish_handshake(&mut self, id: u64) {
        if let Some(entry) = self.open.get_mut(&id)
            && let Phase::Handshake(order) = entry.phase
        {
            self.handshakes.remove(&order);
            entry.phase = Phase::Busy;
            self.rest(id);
        }
    }

    fn close_longest_idle(&mut self) {
        let Some((_, id)) = self.idle.pop_first() else { return };
        self.close(id);
        tracing::debug!("closed the longest idle connection for a new one");
    }

    fn close(&mut self, id: u64) {
        let Some(entry) = self.open.get_mut(&id) else { return };
        entry.phase = Phase::Closing;
        self.closing += 1;
        // The worker then reads the end of the connection and drops it. An error means that the client closed it first.
        let _ = entry.socket.shutdown(Shutdown::Both);
    }

    fn work(&mut self, id: u64) {
        if let Some(entry) = self.open.get_mut(&id)
            && let Phase::Idle(order) = entry.phase
        {
            self.idle.remove(&order);
            entry.phase = Phase::Busy;
        }
    }

    fn rest(&mut self, id: u64) {
        let order = self.number();
        if let Some(entry) = self.open.get_mut(&id)
            && matches!(entry.phase, Phase::Busy)
        {
            entry.phase = Phase::Idle(order);
            self.idle.insert(order, id);
        }
    }

    fn leave(&mut self, id: u64) {
        match self.open.remove(&id).map(|entry| entry.phase) {
            Some(Phase::Handshake(order)) => drop(self.handshakes.remove(&order)),
            Some(Phase::Idle(order)) => drop(self.idle.remove(&order)),
            Some(Phase::Closing) => self.closing -= 1,
            Some(Phase::Busy) | None => {}
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.state.lock().leave(self.id);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.connections.state.lock().rest(self.id);
    }
}

/// Marks the connection of a request as busy, which it is until the last byte of the response: as long as the value lives.
pub fn occupy(request: &ServiceRequest) -> Option<Answering> {
    let place = request.conn_data::<Arc<Place>>()?;
    place.connections.state.lock().work(place.id);
    Some(Answering { id: place.id, connections: Arc::clone(&place.connections) })
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connections").field("comfortable", &self.comfortable).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
