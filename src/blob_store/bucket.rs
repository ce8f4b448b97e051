//! A bucket of a service with the protocol of S3.

use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{ClientOptions, HttpClient, HttpConnector};
use object_store::{BackoffConfig, RetryConfig};

use crate::config::S3;

/// The time limit of one request. Objects are small.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a request is retried while a client waits for the answer.
const RETRIED_FOR: Duration = Duration::from_secs(10);

pub(super) fn open(config: &S3) -> object_store::Result<AmazonS3> {
    let mut builder = AmazonS3Builder::new()
        .with_region(&config.region)
        .with_bucket_name(config.bucket.clone().unwrap_or_default())
        .with_access_key_id(config.access_key_id.clone().unwrap_or_default())
        .with_http_connector(Straight)
        // Many compatible services have no bulk deletion, and objects are deleted one at a time anyway.
        .with_disable_bulk_delete(true)
        .with_retry(RetryConfig {
            backoff: BackoffConfig { init_backoff: Duration::from_millis(50), ..BackoffConfig::default() },
            max_retries: 2,
            retry_timeout: RETRIED_FOR,
        });
    if let Some(secret) = &config.secret_access_key {
        builder = builder.with_secret_access_key(secret.expose().clone());
    }
    if let Some(endpoint) = &config.endpoint {
        builder = builder
            .with_endpoint(endpoint.as_str().trim_end_matches('/'))
            .with_allow_http(endpoint.scheme() == "http");
    }
    builder.build()
}

/// Makes HTTP clients that follow no redirects, which could lead into the internal network (ASVS 5.0 §15.3.2).
#[derive(Debug)]
struct Straight;

impl HttpConnector for Straight {
    #[expect(clippy::disallowed_methods, reason = "the bucket is often in the internal network, at http")]
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(client))
    }
}
