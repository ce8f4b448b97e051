//! The authority as the library for ACME sees it, by the guarded client: https with verified certificates only.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use url::Url;

use super::error::OrderError;
use crate::config;
use crate::file_error::FileError;
use crate::outgoing::{Answer, Call, GuardedClient, Outgoing, Policy, Purpose};

const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes. A chain of certificates has some thousands.
const MAX_ANSWER: usize = 256 * 1024;

pub(super) struct AuthorityClient(Arc<GuardedClient>);

impl AuthorityClient {
    /// # Errors
    /// The file with the authorities to trust cannot be used.
    pub async fn new(config: &config::Acme, outgoing: &Outgoing) -> Result<Self, OrderError> {
        let policy = Policy {
            purpose: Purpose::Certificates,
            allow_private: config.allow_private,
            timeout: TIMEOUT,
            max_answer: MAX_ANSWER,
        };
        let client = match &config.ca_file {
            None => outgoing.client(policy)?,
            Some(path) => {
                let pem = tokio::fs::read(path).await;
                let pem = pem.map_err(|source| OrderError::File(FileError::new(path, source)))?;
                outgoing.client_trusting(policy, &pem)?
            }
        };
        Ok(Self(Arc::new(client)))
    }
}

impl HttpClient for AuthorityClient {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = Arc::clone(&self.0);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let mut call = begin(&client, &parts.method, &parts.uri.to_string())?;
            for (name, value) in &parts.headers {
                let value = value.to_str().map_err(|error| Error::Other(Box::new(error)))?;
                call = call.header(name.as_str(), value);
            }
            let body = body.collect().await.map_err(|never| Error::Other(Box::new(never)))?.to_bytes();
            if !body.is_empty() {
                call = call.body(body.into());
            }
            respond(call.send().await.map_err(|error| Error::Other(Box::new(error)))?)
        })
    }
}

/// The authority names most URLs itself; all of them must be https, wherever it is.
fn begin<'a>(client: &'a GuardedClient, method: &Method, url: &str) -> Result<Call<'a>, Error> {
    let url = Url::parse(url).map_err(|error| Error::Other(Box::new(error)))?;
    if url.scheme() != "https" {
        return Err(Error::Unsupported("https in all of its URLs"));
    }
    match *method {
        Method::GET => Ok(client.get(url)),
        Method::HEAD => Ok(client.head(url)),
        Method::POST => Ok(client.post(url)),
        _ => Err(Error::Unsupported("the methods of RFC 8555")),
    }
}

fn respond(answer: Answer) -> Result<BytesResponse, Error> {
    let mut response = Response::new(BodyWrapper::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(http::Error::from)?;
    *response.headers_mut() = answer.headers;
    Ok(response.into())
}
