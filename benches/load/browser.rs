//! Sessions in cookies, as a browser has them: with its cookies, its page's origin and a CSRF token in each request.

use tokio::time::timeout;

use crate::Result;
use crate::clients::{Account, Client, PATIENCE};
use crate::http::{Connection, Endpoint, Response, bare, find};

const CSRF_TOKEN: &[u8] = b"\"csrf_token\":\"";
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

/// A browser with a session, which it refreshes again and again.
pub struct Browser {
    endpoint: Endpoint,
    connection: Connection,
    cookies: Vec<(String, String)>,
    csrf_token: String,
}

impl Browser {
    /// Logs the account in.
    pub async fn log_in(endpoint: &Endpoint, account: &Account) -> Result<Self> {
        let connection = Connection::open(endpoint).await?;
        let (cookies, csrf_token) = (Vec::new(), String::new());
        let mut browser = Self { endpoint: endpoint.clone(), connection, cookies, csrf_token };
        let first = bare("GET", "/api/v1/auth/csrf", &format!("User-Agent: {USER_AGENT}\r\n"));
        browser.exchange(&first).await?;
        let login = browser.post("/api/v1/auth/login", &account.cookie_login());
        browser.exchange(&login).await?;
        Ok(browser)
    }

    /// A request as a page of the server's own origin sends it.
    fn post(&self, path: &str, body: &str) -> Vec<u8> {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (cookies, origin, length) = (pairs.join("; "), self.endpoint.origin(), body.len());
        let (host, token) = (&self.endpoint.address, &self.csrf_token);
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\nOrigin: {origin}\r\n\
             Sec-Fetch-Site: same-origin\r\nX-CSRF-Token: {token}\r\nCookie: {cookies}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    /// Sends a request, and keeps the cookies and the token of its answer.
    async fn exchange(&mut self, request: &[u8]) -> Result<()> {
        let response = timeout(PATIENCE, self.connection.exchange(request)).await??;
        response.expect(200)?;
        keep(&mut self.cookies, &response)?;
        if let Ok(token) = response.member(CSRF_TOKEN) {
            self.csrf_token = String::from_utf8(token.to_vec())?;
        }
        Ok(())
    }
}

fn keep(cookies: &mut Vec<(String, String)>, response: &Response<'_>) -> Result<()> {
    const NAME: &[u8] = b"set-cookie: ";
    for line in response.head.split(|byte| *byte == b'\n') {
        if !line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
            continue;
        }
        let pair = &line[NAME.len()..find(line, b";").unwrap_or(line.len())];
        let (name, value) =
            std::str::from_utf8(pair)?.trim().split_once('=').ok_or("a cookie without a value")?;
        match cookies.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => value.clone_into(old),
            None => cookies.push((name.to_owned(), value.to_owned())),
        }
    }
    Ok(())
}

impl Client for Browser {
    async fn connect(&mut self) -> Result<()> {
        self.connection = Connection::open(&self.endpoint).await?;
        Ok(())
    }

    async fn call(&mut self) -> Result<()> {
        let before = self.refresh_cookie()?.to_owned();
        let request = self.post("/api/v1/auth/refresh", "{}");
        self.exchange(&request).await?;
        if self.refresh_cookie()? == before {
            return Err("a refresh left the cookie as it was".into());
        }
        Ok(())
    }
}

impl Browser {
    fn refresh_cookie(&self) -> Result<&str> {
        let found = self.cookies.iter().find(|(name, _)| name.contains("kindred_rt_"));
        Ok(found.map(|(_, value)| value.as_str()).ok_or("no refresh cookie")?)
    }
}

/// Logs `count` browsers in, each with an account of its own.
pub async fn browsers(endpoint: &Endpoint, count: usize) -> Result<Vec<Browser>> {
    let mut connection = Connection::open(endpoint).await?;
    let mut browsers = Vec::with_capacity(count);
    for number in 0..count {
        let account = Account::register(&mut connection, &format!("browser-{number}")).await?;
        browsers.push(Browser::log_in(endpoint, &account).await?);
    }
    Ok(browsers)
}
