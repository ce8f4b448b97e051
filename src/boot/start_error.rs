//! Why the server does not start.

use std::net::SocketAddr;

use actix_web::http::header::InvalidHeaderValue;

use super::master_key::MasterKeyError;
use crate::account::BootstrapError;
use crate::blob_store::BlobStoreError;
use crate::breached::BreachedError;
use crate::crypto::webauthn::BadRelyingParty;
use crate::federation::ProviderError;
use crate::file_error::FileError;
use crate::geoip::GeoIpError;
use crate::keys::KeyError;
use crate::keys::data_keys::DataKeyError;
use crate::keys::encryption::aws_kms::AwsKmsError;
use crate::keys::encryption::transit::TransitError;
use crate::notification::layout::LayoutError;
use crate::notification::transport::smtp::RelayError;
use crate::notification::transport::twilio::TwilioError;
use crate::outgoing::ClientError;
use crate::store::{ConnectError, StoreError};
use crate::text::TextError;
use crate::throttle::RedisUrlError;
use crate::tls::TlsError;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("cannot use the listener: {0}")]
    Listen(std::io::Error),
    #[error(
        "secrets.lock_memory: {0}; systemd has `LimitMEMLOCK=infinity`, containers have `--ulimit memlock=-1`"
    )]
    LockMemory(std::io::Error),
    #[error("cannot start a thread: {0}")]
    Threads(std::io::Error),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("this process cannot use the data folder {0}")]
    DataFolder(FileError),
    #[error("the database lacks {0} migration(s): run `kindred migrate up`")]
    MigrationsPending(usize),
    #[error(
        "the schema of the database was made by a newer version of Kindred: this one has schema version {version}, and \
         the schema needs {}",
        least_compatible.map_or_else(|| "a version that it does not tell".to_owned(), |least| format!("at least {least}"))
    )]
    SchemaTooNew { version: u32, least_compatible: Option<u32> },
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    #[error("there is no master key: set secrets.master_key, or restore `master.key` into data_dir")]
    NoMasterKey,
    #[error(transparent)]
    DataKeys(#[from] DataKeyError),
    #[error(transparent)]
    Transit(#[from] TransitError),
    #[error(transparent)]
    AwsKms(#[from] AwsKmsError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    GeoIp(#[from] GeoIpError),
    #[error(transparent)]
    Breached(#[from] BreachedError),
    #[error(transparent)]
    Webauthn(#[from] BadRelyingParty),
    #[error("an identity provider cannot be used as it is configured: {0}")]
    Federation(#[from] ProviderError),
    #[error("avatars cannot be stored: {0}")]
    Avatars(#[from] BlobStoreError),
    /// Of the program, or of `branding.locales_dir`.
    #[error("the texts cannot be used:\n{0}")]
    Texts(#[from] TextError),
    #[error("branding.logo: {0}")]
    Logo(#[from] InvalidHeaderValue),
    #[error("mail.from is not an address that mail can be sent from")]
    Sender,
    #[error("the templates of mails cannot be used:\n{0}")]
    Templates(#[from] LayoutError),
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    #[error(transparent)]
    Relay(#[from] RelayError),
    #[error(transparent)]
    Twilio(#[from] TwilioError),
    #[error(transparent)]
    Captcha(#[from] ClientError),
    #[error("traces cannot be exported: {0}")]
    Traces(ClientError),
    #[error(transparent)]
    RedisUrl(#[from] RedisUrlError),
    #[error("metrics cannot be registered: {0}")]
    Metrics(#[from] prometheus::Error),
}
