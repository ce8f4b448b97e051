//! One connection to the relay.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{ACCESS_TOKEN, Behaviour, PASSWORD, Security, Shared, USERNAME};

pub async fn serve(socket: TcpStream, shared: &Shared) -> io::Result<()> {
    let behaviour = *shared.behaviour.lock();
    match behaviour {
        Behaviour::Down => return Ok(()),
        Behaviour::Silent => return std::future::pending().await,
        Behaviour::Garbage => {
            let mut socket = socket;
            return socket.write_all(b"\x00\xffHTTP/1.1 200 OK\r\n\r\n<html>\r\n").await;
        }
        _ => {}
    }
    let Some(_place) = Place::among(behaviour, shared) else {
        *shared.refused.lock() += 1;
        return say(&mut BufStream::new(socket), "421 4.3.2 too many connections").await;
    };
    let acceptor = acceptor(behaviour, shared);
    match shared.security {
        Security::Tls => talk(acceptor.accept(socket).await?, shared, true).await,
        Security::Starttls => {
            if let Some(socket) = in_plain(socket, behaviour, shared).await? {
                talk(acceptor.accept(socket).await?, shared, false).await?;
            }
            Ok(())
        }
    }
}

/// One of the connections that are open.
struct Place<'a>(&'a Shared);

impl<'a> Place<'a> {
    fn among(behaviour: Behaviour, shared: &'a Shared) -> Option<Self> {
        let mut open = shared.open.lock();
        if matches!(behaviour, Behaviour::AtMost(most) if *open >= most) {
            return None;
        }
        *open += 1;
        Some(Place(shared))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.open.lock() -= 1;
    }
}

fn acceptor(behaviour: Behaviour, shared: &Shared) -> &TlsAcceptor {
    match behaviour {
        Behaviour::WrongCertificate => &shared.unknown,
        Behaviour::WrongHost => &shared.elsewhere,
        _ => &shared.known,
    }
}

/// Until STARTTLS; gives back the socket on which TLS begins. Without it, it takes whatever is sent.
async fn in_plain(socket: TcpStream, behaviour: Behaviour, shared: &Shared) -> io::Result<Option<TcpStream>> {
    let mut stream = BufStream::new(socket);
    say(&mut stream, "220 relay").await?;
    while let Some(line) = hear(&mut stream).await? {
        shared.in_plain.lock().push(line.clone());
        match verb(&line).as_str() {
            "EHLO" if behaviour == Behaviour::StarttlsStripped => {
                say(&mut stream, "250-relay\r\n250 AUTH PLAIN LOGIN").await?;
            }
            "EHLO" => say(&mut stream, "250-relay\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS").await?,
            "STARTTLS" if behaviour == Behaviour::StarttlsRefused => {
                say(&mut stream, "454 4.7.0 not now").await?;
            }
            "STARTTLS" => {
                say(&mut stream, "220 go ahead").await?;
                return Ok(Some(stream.into_inner()));
            }
            "QUIT" => break,
            "DATA" => say(&mut stream, "354 go ahead").await?,
            _ => say(&mut stream, "250 taken").await?,
        }
    }
    Ok(None)
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(stream: S, shared: &Shared, greets: bool) -> io::Result<()> {
    let mut stream = BufStream::new(stream);
    let mut is_known = false;
    if greets {
        say(&mut stream, "220 relay").await?;
    }
    while let Some(line) = hear(&mut stream).await? {
        let behaviour = *shared.behaviour.lock();
        if matches!(verb(&line).as_str(), "MAIL" | "RCPT") {
            shared.envelopes.lock().push(line.clone());
        }
        let answer = match verb(&line).as_str() {
            "EHLO" if behaviour == Behaviour::AsciiOnly => {
                "250-relay\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned()
            }
            "EHLO" => "250-relay\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN XOAUTH2".to_owned(),
            // As Google does it: the reason as a challenge, which the client answers with an empty line.
            "AUTH" if line.starts_with("AUTH XOAUTH2 ") && line != token_login() => {
                "334 eyJzdGF0dXMiOiI0MDEifQ==".to_owned()
            }
            "AUTH" => {
                is_known = behaviour != Behaviour::LoginRefused && (line == login() || line == token_login());
                if is_known { "235 welcome" } else { "535 5.7.8 who are you" }.to_owned()
            }
            _ if !is_known => "530 5.7.0 log in first".to_owned(),
            "RCPT" => match behaviour {
                Behaviour::Recipient(code) => format!("{code} {line}"),
                _ => "250 taken".to_owned(),
            },
            "DATA" => {
                say(&mut stream, "354 go ahead").await?;
                let mail = data(&mut stream).await?;
                shared.mails.lock().push(mail);
                "250 taken".to_owned()
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => "250 fine".to_owned(),
        };
        say(&mut stream, &answer).await?;
    }
    Ok(())
}

fn login() -> String {
    format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{USERNAME}\0{PASSWORD}")))
}

fn token_login() -> String {
    format!(
        "AUTH XOAUTH2 {}",
        STANDARD.encode(format!("user={USERNAME}\x01auth=Bearer {ACCESS_TOKEN}\x01\x01"))
    )
}

fn verb(line: &str) -> String {
    line.split([' ', ':']).next().unwrap_or_default().to_uppercase()
}

async fn data<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> io::Result<String> {
    let mut mail = String::new();
    loop {
        let line = hear(stream).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if line == "." {
            return Ok(mail);
        }
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
        mail.push_str("\r\n");
    }
}

async fn hear<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.write_all(b"\r\n").await?;
    stream.flush().await
}
