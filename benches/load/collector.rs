//! A collector of traces that takes everything and looks at nothing, so that the server's export is a real one.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, spawn_local};

use crate::Result;
use crate::http::{content_length, find};

/// Ends when it is dropped.
pub struct Collector {
    pub url: String,
    task: JoinHandle<()>,
}

impl Collector {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // The server closes its connections as it likes.
                spawn_local(async move { drop(take_all(stream).await) });
            }
        });
        Ok(Self { url, task })
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take_all(mut stream: TcpStream) -> Result<()> {
    let mut buffer = Vec::with_capacity(64 * 1024);
    loop {
        let head = loop {
            if let Some(end) = find(&buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let length = content_length(&buffer[..head]).ok_or("a batch without Content-Length")?;
        while buffer.len() < head + length {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        buffer.drain(..head + length);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?;
    }
}
