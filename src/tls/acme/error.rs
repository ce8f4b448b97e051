//! Why an order brings no certificate.

use instant_acme::OrderStatus;

use super::records::RecordError;
use crate::file_error::FileError;
use crate::outgoing::ClientError;
use crate::store::StoreError;

/// No certificate was got.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error("the certificate authority: {0}")]
    Authority(#[from] instant_acme::Error),
    #[error("the certificate authority does not offer tls-alpn-01 for {0}")]
    NoChallenge(String),
    #[error("the certificate authority refused the authorization of {name}: {reason}")]
    Refused { name: String, reason: String },
    #[error("the order is {0:?} and not ready")]
    NotReady(OrderStatus),
    #[error("it took too long")]
    Late,
    #[error("a certificate request cannot be made: {0}")]
    Request(#[from] rcgen::Error),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("cannot read {0}")]
    File(FileError),
    #[error("the credentials of the account are damaged: {0}")]
    Credentials(#[from] serde_json::Error),
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl From<StoreError> for OrderError {
    fn from(error: StoreError) -> Self {
        Self::Record(error.into())
    }
}
