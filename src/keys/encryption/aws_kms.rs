//! AWS KMS as key-encryption key. The id of the data key is the encryption context, which KMS authenticates and writes
//! into its log. Credentials and signatures are those of `object_store`, so roles of web identities (IRSA), ECS tasks
//! and instances (IMDSv2) work.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredentialProvider};
use object_store::client::HttpRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::{DataKeyId, KeyEncryption, KeyEncryptionError};
use crate::config::AwsKms;
use crate::outgoing::{Answer, ClientError, GuardedClient, Outgoing, Policy, Purpose};

/// The name of the service in signatures.
const SERVICE: &str = "kms";
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// AWS KMS cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum AwsKmsError {
    #[error("secrets.aws_kms: {0}")]
    Client(#[from] ClientError),
    #[error("secrets.aws_kms: {0}")]
    Credentials(#[from] object_store::Error),
}

/// One symmetric key of AWS KMS.
#[derive(Debug)]
pub struct AwsKmsKey {
    client: GuardedClient,
    credentials: AwsCredentialProvider,
    endpoint: Url,
    region: String,
    key_id: String,
}

#[derive(Deserialize)]
struct Encrypted {
    #[serde(rename = "CiphertextBlob")]
    ciphertext: String,
}

#[derive(Deserialize)]
struct Decrypted {
    #[serde(rename = "Plaintext")]
    plaintext: String,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "__type")]
    kind: String,
}

impl AwsKmsKey {
    /// The key that is configured. Nothing is called yet.
    ///
    /// # Errors
    /// [`AwsKmsError`].
    pub fn new(config: &AwsKms, outgoing: &Outgoing) -> Result<Self, AwsKmsError> {
        let policy = Policy {
            purpose: Purpose::AwsKms,
            allow_private: config.allow_private,
            timeout: config.timeout,
            max_answer: MAX_ANSWER,
        };
        // Credentials are found in the same way for all services; no bucket is ever opened.
        let credentials =
            AmazonS3Builder::from_env().with_region(&config.region).with_bucket_name("none").build()?;
        Ok(Self {
            client: outgoing.client(policy)?,
            credentials: credentials.credentials().clone(),
            endpoint: config.endpoint.clone(),
            region: config.region.clone(),
            key_id: config.key_id.clone(),
        })
    }

    async fn call(&self, action: &str, body: &Value) -> Result<Answer, KeyEncryptionError> {
        let body = body.to_string().into_bytes();
        let request = self.signed(action, body.clone()).await?;
        let mut call = self.client.post(self.endpoint.clone()).body(body);
        for (name, value) in request.headers() {
            call =
                call.header(name.as_str(), value.to_str().map_err(|_| unavailable(&"a header is no text"))?);
        }
        let answer = call.send().await.map_err(|error| unavailable(&error))?;
        if answer.is_success() { Ok(answer) } else { Err(refusal(&answer)) }
    }

    async fn signed(&self, action: &str, body: Vec<u8>) -> Result<HttpRequest, KeyEncryptionError> {
        let credential = self.credentials.get_credential().await.map_err(|error| unavailable(&error))?;
        let request = http::Request::post(self.endpoint.as_str())
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("TrentService.{action}"))
            .body(body.into());
        let mut request: HttpRequest = request.map_err(|error| unavailable(&error))?;
        let authorizer = AwsAuthorizer::new(&credential, SERVICE, &self.region);
        authorizer.try_authorize(&mut request, None).map_err(|error| unavailable(&error))?;
        Ok(request)
    }
}

#[async_trait]
impl KeyEncryption for AwsKmsKey {
    async fn wrap(&self, id: DataKeyId, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        let plaintext = Zeroizing::new(STANDARD.encode(key));
        let body = json!({ "KeyId": self.key_id, "Plaintext": plaintext.as_str(), "EncryptionContext": context(id) });
        let answer: Encrypted = self.call("Encrypt", &body).await?.json().ok_or_else(unexpected)?;
        STANDARD.decode(answer.ciphertext).map_err(|_| unexpected())
    }

    async fn unwrap(&self, id: DataKeyId, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyEncryptionError> {
        let ciphertext = STANDARD.encode(wrapped);
        let body =
            json!({ "KeyId": self.key_id, "CiphertextBlob": ciphertext, "EncryptionContext": context(id) });
        let answer: Decrypted = self.call("Decrypt", &body).await?.json().ok_or_else(unexpected)?;
        let text = Zeroizing::new(answer.plaintext);
        let key = STANDARD.decode(text.as_bytes());
        key.map(Zeroizing::new).map_err(|_| unexpected())
    }
}

fn context(id: DataKeyId) -> Value {
    json!({ "kindred:data_key": id.to_string() })
}

fn unavailable(error: &dyn std::fmt::Display) -> KeyEncryptionError {
    KeyEncryptionError::Unavailable(error.to_string())
}

fn unexpected() -> KeyEncryptionError {
    unavailable(&"the answer is not one of AWS KMS")
}

/// What an answer without success means. KMS names the kind of an error, perhaps behind a namespace and `#`.
fn refusal(answer: &Answer) -> KeyEncryptionError {
    let kind = answer.json::<Failure>().map(|failure| failure.kind).unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let reason: String = format!("status {} {kind}", answer.status).chars().take(200).collect();
    match (answer.status, kind) {
        (_, "InvalidCiphertextException" | "IncorrectKeyException") => KeyEncryptionError::Damaged,
        (_, "ThrottlingException" | "LimitExceededException" | "KMSInternalException") => {
            KeyEncryptionError::Unavailable(reason)
        }
        (400..429, _) => KeyEncryptionError::Refused(reason),
        _ => KeyEncryptionError::Unavailable(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, kind: &str) -> KeyEncryptionError {
        let body = json!({ "__type": kind }).to_string().into_bytes();
        refusal(&Answer { body, ..Answer::of_status(status) })
    }

    #[test]
    fn a_disabled_key_can_be_cured_and_a_wrong_ciphertext_cannot() {
        assert_eq!(told(400, "InvalidCiphertextException"), KeyEncryptionError::Damaged);
        assert_eq!(told(400, "com.amazonaws.kms#IncorrectKeyException"), KeyEncryptionError::Damaged);
        for kind in
            ["DisabledException", "NotFoundException", "AccessDeniedException", "KMSInvalidStateException"]
        {
            let refused = told(400, kind);
            assert!(
                matches!(&refused, KeyEncryptionError::Refused(reason) if reason.contains(kind)),
                "{refused}"
            );
        }
        assert!(matches!(told(400, "ThrottlingException"), KeyEncryptionError::Unavailable(_)));
        assert!(matches!(told(503, ""), KeyEncryptionError::Unavailable(_)));
    }
}
