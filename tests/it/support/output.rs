//! What a child process writes, line by line, to both of its streams.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// One thread reads each of the two streams, so that a chatty child never blocks on a full pipe.
pub struct Output {
    text: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Output {
    /// Takes both streams of a child that was started with pipes.
    pub fn collect(child: &mut Child) -> Output {
        let text = Arc::default();
        let stderr = child.stderr.take().map(|stream| read_lines(stream, Arc::clone(&text)));
        let stdout = child.stdout.take().map(|stream| read_lines(stream, Arc::clone(&text)));
        Output { text, readers: stderr.into_iter().chain(stdout).collect() }
    }

    /// Waits for the last lines of a child that has ended.
    pub fn finish(&mut self) {
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }

    /// All lines so far.
    pub fn text(&self) -> String {
        self.text.lock().expect("no reader panics").clone()
    }
}

fn read_lines(stream: impl Read + Send + 'static, text: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            text.lock().expect("no reader panics").extend([&*line, "\n"]);
        }
    })
}
