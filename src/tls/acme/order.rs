//! An order of a certificate (RFC 8555 §7.4).

use std::time::Duration;

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, ExternalAccountKey, Identifier,
    NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::challenge;
use super::client::AuthorityClient;
use super::error::OrderError;
use super::records::Records;
use crate::config;
use crate::outgoing::Outgoing;
use crate::secret::Secret;

/// How long the authority may take for its checks, and again for the certificate.
const PATIENCE: Duration = Duration::from_secs(180);

/// Gets a certificate and keeps it.
///
/// # Errors
/// [`OrderError`]; then nothing was kept but an account.
pub(super) async fn order(
    config: &config::Acme,
    outgoing: &Outgoing,
    records: &Records,
) -> Result<(), OrderError> {
    let account = account(config, outgoing, records).await?;
    let names: Vec<Identifier> = config.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let outcome = complete(config, records, &mut order).await;
    for name in &config.names {
        records.forget_answer(name).await?;
    }
    records.keep_certificate(&outcome?).await?;
    Ok(())
}

/// The account at the authority, made at the first order. It belongs to one authority: after a change of
/// `tls.acme_directory`, another one is made.
async fn account(
    config: &config::Acme,
    outgoing: &Outgoing,
    records: &Records,
) -> Result<Account, OrderError> {
    let client = Box::new(AuthorityClient::new(config, outgoing).await?);
    if let Some(kept) = records.account().await? {
        let kept: KeptAccount = serde_json::from_slice(&kept)?;
        if kept.directory == config.directory.as_str() {
            let builder = Account::builder_with_http(client);
            return Ok(builder.from_credentials(kept.credentials).await?);
        }
    }
    let contact: Vec<String> = config.contact.iter().map(|address| format!("mailto:{address}")).collect();
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    let account =
        NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let external = config.external_account.as_ref();
    let external = external.map(|account| ExternalAccountKey::new(account.kid.clone(), account.key.expose()));
    let directory = config.directory.to_string();
    let builder = Account::builder_with_http(client);
    let (account, credentials) = builder.create(&account, directory.clone(), external.as_ref()).await?;
    let kept = Secret::new(serde_json::to_vec(&KeptAccount { directory, credentials })?);
    records.keep_account(&kept).await?;
    Ok(account)
}

#[derive(serde::Serialize, serde::Deserialize)]
struct KeptAccount {
    directory: String,
    credentials: AccountCredentials,
}

/// Shows that the names are ours, and fetches the certificate. Returns it with its chain and its key, all PEM.
async fn complete(
    config: &config::Acme,
    records: &Records,
    order: &mut Order,
) -> Result<Secret<String>, OrderError> {
    answer_challenges(records, order).await?;
    let policy = RetryPolicy::new().timeout(PATIENCE);
    let ready = order.poll_ready(&policy).await;
    if !matches!(ready, Ok(OrderStatus::Ready)) {
        let refusal = refusal(order).await?;
        return Err(refusal.unwrap_or(OrderError::NotReady(ready?)));
    }
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new(config.names.clone())?;
    parameters.distinguished_name = DistinguishedName::new();
    let request = parameters.serialize_request(&key)?;
    order.finalize_csr(request.der()).await?;
    let chain = order.poll_certificate(&policy).await?;
    Ok(Secret::new(format!("{chain}\n{}", key.serialize_pem())))
}

async fn answer_challenges(records: &Records, order: &mut Order) -> Result<(), OrderError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let challenge = authorization.challenge(ChallengeType::TlsAlpn01);
        let mut challenge = challenge.ok_or_else(|| OrderError::NoChallenge(name.clone()))?;
        let digest = challenge.key_authorization().digest();
        records.keep_answer(&name, &challenge::answer(&name, digest.as_ref())?).await?;
        challenge.set_ready().await?;
    }
    Ok(())
}

/// Why the authority did not accept a name.
async fn refusal(order: &mut Order) -> Result<Option<OrderError>, OrderError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let state = authorization.refresh().await?;
        let reasons = state.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        if let Some(reason) = reasons.map(ToString::to_string).next() {
            return Ok(Some(OrderError::Refused { name: state.identifier().to_string(), reason }));
        }
    }
    Ok(None)
}
