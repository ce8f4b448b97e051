//! An answer of the server, and what tests ask of it.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// `Null` where the body is empty, a string where it is not JSON.
    pub body: Value,
}

/// Sends a request that must be answered.
pub async fn send(request: RequestBuilder) -> Reply {
    try_send(request).await.expect("an answer")
}

/// Sends a request whose answer may be lost.
pub async fn try_send(request: RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let body = match text.as_str() {
        "" => Value::Null,
        json => serde_json::from_str(json).unwrap_or_else(|_| Value::String(text.clone())),
    };
    Ok(Reply { status, headers, body })
}

impl Reply {
    /// The problem's stable code, or an empty string.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    #[track_caller]
    pub fn access(&self) -> String {
        self.text("/access_token")
    }

    #[track_caller]
    pub fn refresh_token(&self) -> String {
        self.text("/refresh_token")
    }

    #[track_caller]
    pub fn session_id(&self) -> String {
        self.text("/session/id")
    }

    /// The string at a JSON pointer of the body.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no {pointer} in {self:?}")).to_owned()
    }

    /// Asserts that the answer has this status, and shows the whole answer if it has not.
    pub fn assert_status(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
    }

    /// The answer is this problem, in the form of RFC 9457 that the contract promises.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert_eq!(self.text("/type"), format!("https://kindred.dev/problems/{code}"));
        let correlation_id = self.text("/correlation_id");
        assert!(!correlation_id.is_empty(), "{self:?}");
        assert_eq!(self.header("x-correlation-id"), Some(correlation_id.as_str()), "{self:?}");
    }
}
