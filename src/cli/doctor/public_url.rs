//! The URL that clients use: whether it leads to this installation.

use std::time::Duration;

use serde::Deserialize;

use super::examination::Examination;
use super::finding::{Check, Finding};
use crate::config::Config;
use crate::crypto::signer::Signer;
use crate::outgoing::{Answer, Outgoing, Policy, Purpose};

const CHECK: Check = Check::PublicUrl;
const PATH: &str = ".well-known/jwks.json";
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_ANSWER: usize = 64 * 1024;

/// The part of a JWK Set that tells keys apart.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize, PartialEq)]
struct Key {
    kid: String,
}

pub(super) async fn check(examination: &Examination<'_>, signer: Option<&Signer>) -> Finding {
    let url = &examination.config.server.public_url;
    match ask(examination).await {
        Ok(answer) => judged(url.as_str(), &answer, signer),
        Err(reason) => {
            unreachable(examination.config, format!("{url} cannot be reached from here: {reason}"))
        }
    }
}

async fn ask(examination: &Examination<'_>) -> Result<Answer, String> {
    let config = examination.config;
    let metrics = examination.metrics.as_ref().ok_or("there are no metrics")?;
    // An installation may well be at a private address.
    let policy =
        Policy { purpose: Purpose::OwnUrl, allow_private: true, timeout: TIMEOUT, max_answer: MAX_ANSWER };
    let client =
        Outgoing::new(&config.outgoing, metrics).client(policy).map_err(|error| error.to_string())?;
    let mut url = config.server.public_url.clone();
    url.set_path(&format!("{}/{PATH}", config.server.base_path()));
    client.get(url).send().await.map_err(|error| error.to_string())
}

/// Before the first start there is no answer, so this is no failure outside production.
fn unreachable(config: &Config, message: String) -> Finding {
    let advice = "If the server runs, check the name in DNS, the certificate, and the proxy that publishes the server \
                  (docs/gateways.md). Clients may see more than this machine does.";
    if config.profile.is_production() {
        CHECK.failed(message, advice)
    } else {
        CHECK.warning(message, advice)
    }
}

fn judged(url: &str, answer: &Answer, signer: Option<&Signer>) -> Finding {
    let Some(answered) = answer.is_success().then(|| answer.json::<KeySet>()).flatten() else {
        return CHECK.failed(
            format!("what answers at {url} is not Kindred: /{PATH} has status {} and no keys", answer.status),
            "Correct `server.public_url`, or let the proxy pass all paths to the server unchanged.",
        );
    };
    let own = signer.and_then(|signer| serde_json::from_str::<KeySet>(&signer.published().body).ok());
    match own {
        None => CHECK.ok(format!("{url} answers; the keys cannot be compared")),
        Some(own) if answered.keys.iter().any(|key| own.keys.contains(key)) => {
            CHECK.ok(format!("{url} leads to a server with the keys of this database"))
        }
        Some(_) => CHECK.failed(
            format!("{url} leads to another installation: it has other signing keys than this database"),
            "Correct `server.public_url` or `database.url`, or the target of the proxy.",
        ),
    }
}
