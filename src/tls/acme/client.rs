//! The HTTP client for the authority: https with verified certificates only, no redirects, no proxy from the environment.

use std::error::Error as _;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use super::order::OrderError;
use crate::file_error::FileError;

const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct AuthorityClient(Client);

impl AuthorityClient {
    /// # Errors
    /// The file with the authorities to trust cannot be used.
    #[expect(
        clippy::disallowed_methods,
        reason = "the certificate authority is the operator's choice, inside or outside"
    )]
    pub fn new(ca_file: Option<&Path>) -> Result<Self, OrderError> {
        let mut builder =
            Client::builder().redirect(Policy::none()).no_proxy().https_only(true).timeout(TIMEOUT);
        if let Some(path) = ca_file {
            let pem = fs::read(path).map_err(|source| OrderError::File(FileError::new(path, source)))?;
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(&pem)?);
        }
        Ok(Self(builder.build()?))
    }
}

impl HttpClient for AuthorityClient {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap));
            let response = client.execute(request.map_err(told)?).await.map_err(told)?;
            Ok(BytesResponse::from(Response::<reqwest::Body>::from(response)))
        })
    }
}

/// With its causes, such as a certificate that is not trusted.
fn told(error: reqwest::Error) -> Error {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    Error::Other(text.into())
}
