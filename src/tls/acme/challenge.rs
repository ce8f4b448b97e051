//! Challenges of the kind `tls-alpn-01` (RFC 8737): the authority connects to the name with a protocol of its own, and is
//! shown a certificate that proves the key of the account.

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::secret::Secret;
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
    let chain = CertificateDer::pem_slice_iter(answer).collect::<Result<Vec<_>, _>>().ok()?;
    let key = any_supported_type(&PrivateKeyDer::from_pem_slice(answer).ok()?).ok()?;
    // Its critical extension is unknown to the check of certificates, which is therefore left out.
    let resolver = SingleCertAndKey::from(CertifiedKey::new(chain, key));
    let mut config = handshake::server_config(Arc::new(resolver)).ok()?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Some(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_can_be_shown() {
        let answer = answer("id.example.com", &[7; 32]).unwrap();
        let config = server_config(answer.expose().as_bytes()).unwrap();
        assert_eq!(config.alpn_protocols, [PROTOCOL]);
        assert!(server_config(b"nonsense").is_none());
    }
}
