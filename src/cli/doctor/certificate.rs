//! The TLS certificate of the public listener.

use std::sync::Arc;

use super::examination::Examination;
use super::finding::{Check, Finding};
use crate::boot::existing_data_keys;
use crate::config::CertificateSource;
use crate::outgoing::Outgoing;
use crate::tls::{CertificateState, Tls, TlsEnvironment};

const CHECK: Check = Check::Certificate;

pub(super) async fn check(examination: &Examination<'_>) -> Finding {
    let config = examination.config;
    match &config.tls.source {
        None => {
            return CHECK
                .skipped("the listener speaks plain HTTP; TLS is the business of the proxy before it");
        }
        Some(CertificateSource::SelfSigned) => {
            return CHECK.ok("self-signed, for development; the server makes it by itself");
        }
        Some(CertificateSource::Files { .. } | CertificateSource::Acme(_)) => {}
    }
    let (Some(store), Some(metrics)) = (&examination.store, &examination.metrics) else {
        return CHECK.skipped("needs the database");
    };
    let Ok(Some(keys)) = existing_data_keys(config, store, metrics, &examination.world) else {
        return CHECK.skipped("needs the master key");
    };
    let Ok(Some(master)) = keys.inspect().await else {
        return CHECK.skipped("needs the data keys");
    };
    let outgoing = Outgoing::new(&config.outgoing, metrics);
    let environment = TlsEnvironment {
        public_url: &config.server.public_url,
        data_dir: &config.data_dir,
        store: Arc::clone(store),
        master: Arc::new(master),
        clock: store.clock(),
        entropy: Arc::clone(&examination.world.entropy),
        outgoing: &outgoing,
        metrics: metrics.tls.clone(),
    };
    match Tls::start(&config.tls, environment).await {
        Ok(Some(tls)) => judged(&tls),
        Ok(None) => CHECK.skipped("the listener speaks plain HTTP"),
        Err(error) => CHECK.failed(
            error.to_string(),
            "Put a certificate with its chain into `tls.cert_file` and its key into `tls.key_file`, both in PEM and \
             readable for the user of the server.",
        ),
    }
}

fn judged(tls: &Tls) -> Finding {
    let renewal =
        "Renew it now; the server loads new files by itself. See docs/runbooks/TlsCertificateExpiring.md.";
    match tls.certificate_state() {
        CertificateState::Missing => CHECK.failed(
            "no certificate has been obtained yet",
            "Read the server's log for lines about ACME: the authority must reach this server under its name.",
        ),
        CertificateState::Expired { since } => {
            CHECK.failed(format!("the certificate expired at {}", since.rfc3339()), renewal)
        }
        CertificateState::Valid { until } if !tls.is_for_public_host() => CHECK.failed(
            format!("the certificate (until {}) is not for the host of server.public_url", until.rfc3339()),
            "Order a certificate with that name, or correct `server.public_url`.",
        ),
        CertificateState::Valid { until } if tls.is_renewal_late() => {
            CHECK.warning(format!("the certificate expires at {}", until.rfc3339()), renewal)
        }
        CertificateState::Valid { until } => CHECK.ok(format!("the certificate is valid until {}", until.rfc3339())),
    }
}
