//! One request and its answer.

use std::mem;

use reqwest::{Method, RequestBuilder};
use url::Url;

use super::GuardedClient;
use super::answer::Answer;
use super::error::{CallError, explain};
use crate::secret::Secret;

/// A request that is being put together.
#[must_use = "nothing is sent before `send`"]
pub struct Call<'a> {
    client: &'a GuardedClient,
    url: Url,
    request: RequestBuilder,
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a GuardedClient, method: Method, url: Url) -> Self {
        let request = client.http.request(method, url.clone());
        Self { client, url, request }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Sends user and password in `Authorization` (RFC 7617).
    pub fn basic_auth(mut self, user: &str, password: &Secret<String>) -> Self {
        self.request = self.request.basic_auth(user, Some(password.expose()));
        self
    }

    /// The body as it is. Its type is told by a header.
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// The body as `application/x-www-form-urlencoded`.
    pub fn form(mut self, members: &[(&str, &str)]) -> Self {
        self.request = self.request.form(members);
        self
    }

    /// Makes the call, once. Redirects are answers.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn send(self) -> Result<Answer, CallError> {
        self.client.send(&self.url, self.request).await
    }
}

/// Sends a request that was checked, and reads the body part by part, so that no more than `max_answer` bytes are held.
pub(super) async fn exchange(request: RequestBuilder, max_answer: usize) -> Result<Answer, CallError> {
    let mut response = request.send().await.map_err(|error| explain(&error, None))?;
    let status = response.status().as_u16();
    let (headers, mut body) = (mem::take(response.headers_mut()), Vec::new());
    while let Some(part) = response.chunk().await.map_err(|error| explain(&error, Some(status)))? {
        if body.len() + part.len() > max_answer {
            return Err(CallError::TooLarge { status });
        }
        body.extend_from_slice(&part);
    }
    Ok(Answer { status, headers, body })
}
