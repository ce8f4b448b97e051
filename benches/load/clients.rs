//! What the load consists of: chained refreshes and fixed requests.

use std::time::Duration;

use tokio::time::timeout;

use crate::Result;
use crate::http::{Connection, Endpoint, post_json};

/// Long enough for a log-in that waits behind others for a hashing thread.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Of all accounts. The policy refuses passwords that contain the user's own name.
pub const PASSWORD: &str = "violet-harbour 41 trellis";

/// One closed-loop client: it has at most one request in flight.
pub trait Client: Sized + 'static {
    /// Connects again: between rounds the server may have closed an idle connection.
    async fn connect(&mut self) -> Result<()>;
    /// One request and the check of its answer.
    async fn call(&mut self) -> Result<()>;
}

/// Sends the same request again and again.
pub struct Fixed {
    endpoint: Endpoint,
    connection: Connection,
    request: Vec<u8>,
    status: u16,
}

impl Fixed {
    pub async fn open(endpoint: &Endpoint, request: Vec<u8>, status: u16) -> Result<Self> {
        let connection = Connection::open(endpoint).await?;
        Ok(Self { endpoint: endpoint.clone(), connection, request, status })
    }
}

impl Client for Fixed {
    async fn connect(&mut self) -> Result<()> {
        self.connection = Connection::open(&self.endpoint).await?;
        Ok(())
    }

    async fn call(&mut self) -> Result<()> {
        self.connection.exchange(&self.request).await?.expect(self.status)
    }
}

/// A session family whose refresh token is always the one that the last answer gave.
pub struct Session {
    endpoint: Endpoint,
    connection: Connection,
    refresh_token: Vec<u8>,
    request: Vec<u8>,
}

impl Session {
    pub async fn open(endpoint: &Endpoint, refresh_token: Vec<u8>) -> Result<Self> {
        let connection = Connection::open(endpoint).await?;
        Ok(Self { endpoint: endpoint.clone(), connection, refresh_token, request: Vec::with_capacity(512) })
    }

    /// Goes on as another family over the same connection.
    pub fn become_family(&mut self, refresh_token: Vec<u8>) {
        self.refresh_token = refresh_token;
    }
}

impl Client for Session {
    async fn connect(&mut self) -> Result<()> {
        self.connection = Connection::open(&self.endpoint).await?;
        Ok(())
    }

    async fn call(&mut self) -> Result<()> {
        write_refresh(&mut self.request, &self.refresh_token);
        let response = self.connection.exchange(&self.request).await?;
        response.expect(200)?;
        let successor = response.member(REFRESH_TOKEN)?;
        if successor == self.refresh_token {
            return Err("a refresh returned the token it was given".into());
        }
        self.refresh_token.clear();
        self.refresh_token.extend_from_slice(successor);
        Ok(())
    }
}

const REFRESH_TOKEN: &[u8] = b"\"refresh_token\":\"";
const ACCESS_TOKEN: &[u8] = b"\"access_token\":\"";

/// Writes the refresh of `token` into `request`, whose memory is reused.
fn write_refresh(request: &mut Vec<u8>, token: &[u8]) {
    const HEAD: &[u8] = b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost\r\n\
                          Content-Type: application/json\r\nContent-Length: ";
    const BODY: &[u8] = b"{\"refresh_token\":\"";
    let length = (BODY.len() + token.len() + 2).to_string();
    request.clear();
    for part in [HEAD, length.as_bytes(), b"\r\n\r\n", BODY, token, b"\"}"] {
        request.extend_from_slice(part);
    }
}

/// A registered account of the run.
pub struct Account {
    credentials: String,
}

/// What a log-in gives.
pub struct Tokens {
    pub access: Vec<u8>,
    pub refresh: Vec<u8>,
}

impl Account {
    pub async fn register(connection: &mut Connection, name: &str) -> Result<Self> {
        let credentials = format!(r#"{{"email":"{name}@load.example","password":"{PASSWORD}"}}"#);
        let request = post_json("/api/v1/auth/register", &credentials);
        timeout(PATIENCE, connection.exchange(&request)).await??.expect(201)?;
        Ok(Self { credentials })
    }

    /// The body of a login whose tokens come in cookies.
    pub fn cookie_login(&self) -> String {
        format!("{},\"transport\":\"cookie\"}}", self.credentials.trim_end_matches('}'))
    }

    pub fn login_request(&self) -> Vec<u8> {
        post_json("/api/v1/auth/login", &self.credentials)
    }

    pub async fn log_in(&self, connection: &mut Connection) -> Result<Tokens> {
        let request = self.login_request();
        let response = timeout(PATIENCE, connection.exchange(&request)).await??;
        response.expect(200)?;
        let member = |name| response.member(name).map(<[u8]>::to_vec);
        Ok(Tokens { access: member(ACCESS_TOKEN)?, refresh: member(REFRESH_TOKEN)? })
    }
}

/// Logs `count` sessions in, eight per account: below the ten that the server allows a user.
pub async fn sessions(endpoint: &Endpoint, count: usize) -> Result<Vec<Session>> {
    const PER_ACCOUNT: usize = 8;
    let mut connection = Connection::open(endpoint).await?;
    let mut sessions = Vec::with_capacity(count);
    while sessions.len() < count {
        let account = Account::register(&mut connection, &format!("session-{}", sessions.len())).await?;
        for _ in 0..PER_ACCOUNT.min(count - sessions.len()) {
            let tokens = account.log_in(&mut connection).await?;
            sessions.push(Session::open(endpoint, tokens.refresh).await?);
        }
    }
    Ok(sessions)
}

/// `count` clients, each logging its own user in with the right password.
pub async fn logins(endpoint: &Endpoint, count: usize) -> Result<Vec<Fixed>> {
    let mut connection = Connection::open(endpoint).await?;
    let mut logins = Vec::with_capacity(count);
    for number in 0..count {
        let account = Account::register(&mut connection, &format!("login-{number}")).await?;
        logins.push(Fixed::open(endpoint, account.login_request(), 200).await?);
    }
    Ok(logins)
}
