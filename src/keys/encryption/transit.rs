//! The transit engine of Vault and OpenBao as key-encryption key. The id of the data key is associated data, which keys of
//! the type `aes256-gcm96` authenticate.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::{DataKeyId, KeyEncryption, KeyEncryptionError};
use crate::config::Transit;
use crate::file_error::FileError;
use crate::outgoing::{Answer, ClientError, GuardedClient, Outgoing, Policy, Purpose};
use crate::secret::Secret;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// The transit engine cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum TransitError {
    #[error("secrets.transit.ca_file: {0}")]
    CaFile(FileError),
    #[error("secrets.transit: {0}")]
    Client(#[from] ClientError),
}

/// One key of a transit engine.
#[derive(Debug)]
pub struct TransitKey {
    client: GuardedClient,
    url: Url,
    mount: String,
    key: String,
    token: Secret<String>,
    namespace: Option<String>,
}

#[derive(Deserialize)]
struct Response<T> {
    data: T,
}

#[derive(Deserialize)]
struct Encrypted {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Decrypted {
    plaintext: String,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<String>,
}

impl TransitKey {
    /// The key that is configured. Nothing is called yet.
    ///
    /// # Errors
    /// [`TransitError`].
    pub fn new(config: &Transit, outgoing: &Outgoing) -> Result<Self, TransitError> {
        let policy = Policy {
            purpose: Purpose::Transit,
            allow_private: config.allow_private,
            timeout: config.timeout,
            max_answer: MAX_ANSWER,
        };
        let client = match &config.ca_file {
            None => outgoing.client(policy)?,
            Some(path) => {
                let failed = |source| TransitError::CaFile(FileError::new(path, source));
                outgoing.client_trusting(policy, &std::fs::read(path).map_err(failed)?)?
            }
        };
        Ok(Self {
            client,
            url: config.url.clone(),
            mount: config.mount.clone(),
            key: config.key.clone(),
            token: config.token.clone(),
            namespace: config.namespace.clone(),
        })
    }

    async fn call(&self, action: &str, body: &Value) -> Result<Answer, KeyEncryptionError> {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1").extend(self.mount.split('/')).extend([action, &self.key]);
        }
        let mut call = self
            .client
            .post(url)
            .header("x-vault-token", self.token.expose())
            .header("x-vault-request", "true")
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes());
        if let Some(namespace) = &self.namespace {
            call = call.header("x-vault-namespace", namespace);
        }
        let answer = call.send().await;
        let answer = answer.map_err(|error| KeyEncryptionError::Unavailable(error.to_string()))?;
        if answer.is_success() { Ok(answer) } else { Err(refusal(&answer)) }
    }
}

#[async_trait]
impl KeyEncryption for TransitKey {
    async fn wrap(&self, id: DataKeyId, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        let plaintext = Zeroizing::new(STANDARD.encode(key));
        let body = json!({ "plaintext": plaintext.as_str(), "associated_data": associated_data(id) });
        let answer: Response<Encrypted> = self.call("encrypt", &body).await?.json().ok_or_else(unexpected)?;
        Ok(answer.data.ciphertext.into_bytes())
    }

    async fn unwrap(&self, id: DataKeyId, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyEncryptionError> {
        let ciphertext = std::str::from_utf8(wrapped).ok().filter(|text| text.starts_with("vault:"));
        let Some(ciphertext) = ciphertext else {
            return Err(KeyEncryptionError::UnknownKey(format!(
                "the data key {id} is not wrapped by the transit engine: run `kindred keys rekey --from` first"
            )));
        };
        let body = json!({ "ciphertext": ciphertext, "associated_data": associated_data(id) });
        let answer: Response<Decrypted> = self.call("decrypt", &body).await?.json().ok_or_else(unexpected)?;
        let text = Zeroizing::new(answer.data.plaintext);
        let key = STANDARD.decode(text.as_bytes());
        key.map(Zeroizing::new).map_err(|_| unexpected())
    }
}

fn associated_data(id: DataKeyId) -> String {
    STANDARD.encode(id.to_string())
}

fn unexpected() -> KeyEncryptionError {
    KeyEncryptionError::Unavailable("the answer is not one of a transit engine".to_owned())
}

/// What an answer without success means. A sealed or overloaded service answers with 429 and 5xx.
fn refusal(answer: &Answer) -> KeyEncryptionError {
    let told = answer.json::<Errors>().map(|errors| errors.errors.join("; ")).unwrap_or_default();
    let reason: String = format!("status {}, {told}", answer.status).chars().take(200).collect();
    match answer.status {
        400 if is_about_the_ciphertext(&told) => KeyEncryptionError::Damaged,
        400..429 => KeyEncryptionError::Refused(reason),
        _ => KeyEncryptionError::Unavailable(reason),
    }
}

fn is_about_the_ciphertext(told: &str) -> bool {
    ["message authentication failed", "invalid ciphertext", "ciphertext or signature version"]
        .iter()
        .any(|words| told.contains(words))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::config;
    use crate::crypto::seal::MasterKeys;
    use crate::telemetry::metrics::Metrics;

    /// Answers one request with this body, and gives the request.
    async fn serve(listener: TcpListener, body: String) -> String {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (mut request, mut part) = (Vec::new(), [0; 1024]);
        // Every body here ends with the only brace that closes the JSON.
        while !request.ends_with(b"}") {
            let length = socket.read(&mut part).await.unwrap();
            assert_ne!(length, 0, "the request ends early");
            request.extend_from_slice(&part[..length]);
        }
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    }

    async fn key() -> (TransitKey, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = Transit {
            url: format!("http://{}/base/", listener.local_addr().unwrap()).parse().unwrap(),
            mount: "keys/transit".to_owned(),
            key: "kindred".to_owned(),
            token: Secret::new("s.token".to_owned()),
            namespace: Some("team".to_owned()),
            ca_file: None,
            allow_private: true,
            timeout: Duration::from_secs(20),
        };
        let outgoing = Outgoing::new(&config::Outgoing { proxy: None }, &Metrics::new().unwrap());
        (TransitKey::new(&config, &outgoing).unwrap(), listener)
    }

    fn id() -> DataKeyId {
        MasterKeys::new(&Secret::new([1; 32])).active_id()
    }

    #[tokio::test]
    async fn a_key_is_wrapped_with_its_id_as_associated_data() {
        let (key, listener) = key().await;
        let answer = json!({ "data": { "ciphertext": "vault:v1:abc" } }).to_string();
        let (wrapped, request) = tokio::join!(key.wrap(id(), &[7; 32]), serve(listener, answer));
        assert_eq!(wrapped, Ok(b"vault:v1:abc".to_vec()));
        assert!(request.starts_with("POST /base/v1/keys/transit/encrypt/kindred HTTP/1.1\r\n"), "{request}");
        assert!(
            request.contains("x-vault-token: s.token\r\n") && request.contains("x-vault-namespace: team\r\n")
        );
        let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(body["plaintext"], STANDARD.encode([7; 32]));
        assert_eq!(body["associated_data"], STANDARD.encode("e2176807"));
        assert!(!format!("{key:?}").contains("s.token"));
    }

    #[tokio::test]
    async fn a_wrapped_key_comes_back_and_one_of_another_provider_is_not_sent() {
        let (key, listener) = key().await;
        let foreign = key.unwrap(id(), b"\x02not of this engine").await;
        assert!(matches!(foreign, Err(KeyEncryptionError::UnknownKey(_))));
        let answer = json!({ "data": { "plaintext": STANDARD.encode([7; 32]) } }).to_string();
        let (opened, request) = tokio::join!(key.unwrap(id(), b"vault:v1:abc"), serve(listener, answer));
        assert_eq!(opened.unwrap().as_slice(), [7; 32]);
        assert!(request.starts_with("POST /base/v1/keys/transit/decrypt/kindred HTTP/1.1\r\n"), "{request}");
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { body: body.as_bytes().to_vec(), ..Answer::of_status(status) }
    }

    #[test]
    fn only_what_is_wrong_with_the_ciphertext_is_damage() {
        let damaged = answer(400, r#"{"errors":["cipher: message authentication failed"]}"#);
        assert_eq!(refusal(&damaged), KeyEncryptionError::Damaged);
        for (status, body) in [(400, r#"{"errors":["encryption key not found"]}"#), (403, "{}"), (404, "")] {
            assert!(matches!(refusal(&answer(status, body)), KeyEncryptionError::Refused(_)), "{status}");
        }
        for status in [429, 500, 503] {
            assert!(matches!(refusal(&answer(status, "")), KeyEncryptionError::Unavailable(_)), "{status}");
        }
    }
}
