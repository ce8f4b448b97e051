//! The sealed records that the nodes share.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::clock::{Clock, Timestamp};
use crate::crypto::seal::{MasterKeys, SealError};
use crate::entropy::Entropy;
use crate::model::sealed_row::SealedRow;
use crate::secret::Secret;
use crate::store::keys::acme_record::StoredAcmeRecord;
use crate::store::{Store, StoreError};
use crate::tls::certificate::{Certificate, CertificateError};

const ACCOUNT: &str = "account";
const CERTIFICATE: &str = "certificate";

/// A record cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the record {name} of ACME cannot be opened: {source}")]
    Sealed { name: String, source: SealError },
    #[error("the TLS certificate in the database cannot be used: {0}")]
    Certificate(#[from] CertificateError),
}

/// See the module's description.
pub(in crate::tls) struct Records {
    pub store: Arc<Store>,
    pub master: Arc<MasterKeys>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl Records {
    /// The credentials of the account at the authority, as the library writes them.
    pub async fn account(&self) -> Result<Option<Zeroizing<Vec<u8>>>, RecordError> {
        Ok(self.read(ACCOUNT).await?.map(|(plain, _)| plain))
    }

    pub async fn keep_account(&self, credentials: &Secret<Vec<u8>>) -> Result<(), RecordError> {
        self.write(ACCOUNT, credentials.expose()).await
    }

    /// The certificate, and when it was written.
    pub async fn certificate(&self) -> Result<Option<(Certificate, Timestamp)>, RecordError> {
        let Some((pem, written)) = self.read(CERTIFICATE).await? else { return Ok(None) };
        Ok(Some((Certificate::from_pem(&pem, &pem)?, written)))
    }

    /// Keeps a certificate with its chain and its key, all PEM.
    ///
    /// # Errors
    /// [`RecordError`]; a certificate that does not fit the key is not kept.
    pub async fn keep_certificate(&self, pem: &Secret<String>) -> Result<(), RecordError> {
        let pem = pem.expose().as_bytes();
        Certificate::from_pem(pem, pem)?;
        self.write(CERTIFICATE, pem).await
    }

    /// The answer to the challenge of this host name: a certificate with its key, both PEM.
    pub async fn answer(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, RecordError> {
        Ok(self.read(&challenge(name)).await?.map(|(plain, _)| plain))
    }

    pub async fn keep_answer(&self, name: &str, pem: &Secret<String>) -> Result<(), RecordError> {
        self.write(&challenge(name), pem.expose().as_bytes()).await
    }

    pub async fn forget_answer(&self, name: &str) -> Result<(), RecordError> {
        Ok(self.store.delete_acme_record(&challenge(name)).await?)
    }

    async fn read(&self, name: &str) -> Result<Option<(Zeroizing<Vec<u8>>, Timestamp)>, RecordError> {
        let Some(record) = self.store.acme_record(name).await? else { return Ok(None) };
        let row = SealedRow::AcmeRecord(name.to_owned()).to_string();
        let plain = self.master.open(&row, &record.sealed);
        let plain = plain.map_err(|source| RecordError::Sealed { name: name.to_owned(), source })?;
        Ok(Some((plain, record.updated_at)))
    }

    async fn write(&self, name: &str, plain: &[u8]) -> Result<(), RecordError> {
        let row = SealedRow::AcmeRecord(name.to_owned()).to_string();
        let sealed = self.master.seal(self.entropy.as_ref(), &row, plain);
        let sealed = sealed.map_err(|source| RecordError::Sealed { name: name.to_owned(), source })?;
        let record = StoredAcmeRecord { sealed, updated_at: self.clock.now() };
        Ok(self.store.put_acme_record(name, &record).await?)
    }
}

fn challenge(name: &str) -> String {
    format!("challenge/{name}")
}
