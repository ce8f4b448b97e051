//! Challenges of the kind `tls-alpn-01` (RFC 8737): the authority connects to the name with a protocol of its own, and is
//! shown a certificate that proves the key of the account.

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::ServerConfig;
use rustls::sign::SingleCertAndKey;

use crate::secret::Secret;
use crate::tls::certificate::Certificate;
use crate::tls::handshake;

/// The protocol's name in ALPN.
pub(in crate::tls) const PROTOCOL: &[u8] = b"acme-tls/1";

/// The certificate that answers a challenge, with its key, both PEM.
pub(super) fn answer(name: &str, digest: &[u8]) -> Result<Secret<String>, rcgen::Error> {
    let mut parameters = CertificateParams::new(vec![name.to_owned()])?;
    parameters.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let certificate = parameters.self_signed(&key)?;
    Ok(Secret::new(format!("{}{}", certificate.pem(), key.serialize_pem())))
}

/// A handshake that shows the answer and agrees to nothing but the protocol of the challenge.
pub(super) fn server_config(answer: &[u8]) -> Option<Arc<ServerConfig>> {
    let certificate = Certificate::from_pem(answer, answer).ok()?;
    let resolver = Arc::new(SingleCertAndKey::from(certificate.key));
    let mut config = handshake::server_config(resolver).ok()?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Some(Arc::new(config))
}
