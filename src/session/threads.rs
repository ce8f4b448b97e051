//! The threads that actors run on. Each has an actix system of its own, with nothing but actors: their turns take
//! microseconds, and neither HTTP nor queries delay them.

use std::io;
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_rt::{ArbiterHandle, System};

/// The running threads of actors. They end by [`ActorThreads::stop`] only.
#[derive(Debug)]
pub struct ActorThreads(Vec<ActorThread>);

#[derive(Debug)]
struct ActorThread {
    system: System,
    thread: JoinHandle<()>,
}

impl ActorThreads {
    /// # Errors
    /// If the system refuses a thread or its event loop.
    pub fn start(count: usize) -> io::Result<Self> {
        (0..count).map(ActorThread::start).collect::<io::Result<_>>().map(Self)
    }

    /// One handle for each thread, to start actors on it.
    pub fn handles(&self) -> Vec<ArbiterHandle> {
        self.0.iter().map(|thread| thread.system.arbiter().clone()).collect()
    }

    /// Stops all actors and waits for their threads.
    pub fn stop(self) {
        for thread in &self.0 {
            thread.system.stop();
        }
        for thread in self.0 {
            if thread.thread.join().is_err() {
                tracing::error!("a thread of actors panicked");
            }
        }
    }
}

impl ActorThread {
    fn start(number: usize) -> io::Result<Self> {
        let (started, system) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name(format!("sessions-{number}")).spawn(move || {
            let runner = System::new();
            if started.send(System::current()).is_ok()
                && let Err(error) = runner.run()
            {
                tracing::error!(%error, "a thread of actors stopped");
            }
        })?;
        let system =
            system.recv().map_err(|_| io::Error::other("the thread stopped before its event loop began"))?;
        Ok(Self { system, thread })
    }
}
