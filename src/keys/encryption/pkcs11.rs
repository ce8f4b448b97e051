//! A key in a hardware module as key-encryption key, by PKCS #11. The library of the module is loaded at the first call, and
//! set up for each call: so a token that was away is found again. Calls are a few in the life of a process.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11 as Module};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::{AuthPin, Ulong};
use parking_lot::Mutex;
use zeroize::Zeroizing;

use super::{DataKeyId, KeyEncryption, KeyEncryptionError};
use crate::config::{Pkcs11, WrappingMechanism};
use crate::entropy::{Entropy, bytes};

/// What a key wrapped with AES-GCM begins with: then follow nonce, ciphertext and tag. No other provider's begin so.
const AES_GCM: u8 = b'a';
/// What a key wrapped with RSA-OAEP begins with.
const RSA_OAEP: u8 = b'r';
const NONCE_LEN: usize = 12;
const TAG_BITS: Ulong = Ulong::new(128);

/// A library is set up once for the whole process, so only one call at a time may do that.
static ONE_CALL: Mutex<()> = Mutex::new(());

/// A key in a hardware module.
pub struct Pkcs11Key {
    token: Arc<Token>,
}

struct Token {
    config: Pkcs11,
    entropy: Arc<dyn Entropy>,
    /// Stays loaded: libraries of modules are seldom written to be unloaded.
    module: Mutex<Option<Module>>,
    /// Tokens lock after a few wrong PINs, so this process does not try twice.
    is_pin_refused: AtomicBool,
}

impl Pkcs11Key {
    /// The key that is configured. Nothing is loaded yet.
    pub fn new(config: &Pkcs11, entropy: Arc<dyn Entropy>) -> Self {
        let (config, module, is_pin_refused) = (config.clone(), Mutex::new(None), AtomicBool::new(false));
        Self { token: Arc::new(Token { config, entropy, module, is_pin_refused }) }
    }

    /// On a thread of its own: modules answer when they like.
    async fn on_token<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Token) -> Result<T, KeyEncryptionError> + Send + 'static,
    ) -> Result<T, KeyEncryptionError> {
        let token = Arc::clone(&self.token);
        let done = tokio::task::spawn_blocking(move || work(&token)).await;
        done.map_err(|error| KeyEncryptionError::Unavailable(error.to_string()))?
    }
}

#[async_trait]
impl KeyEncryption for Pkcs11Key {
    async fn wrap(&self, id: DataKeyId, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        let key = Zeroizing::new(key.to_vec());
        self.on_token(move |token| match token.config.mechanism {
            WrappingMechanism::AesGcm => token.wrap_with_aes(id, &key),
            WrappingMechanism::RsaOaep => token.wrap_with_rsa(&key),
        })
        .await
    }

    async fn unwrap(&self, id: DataKeyId, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyEncryptionError> {
        let wrapped = wrapped.to_vec();
        let opened = self.on_token(move |token| match wrapped.split_first() {
            Some((&AES_GCM, rest)) => token.unwrap_with_aes(id, rest),
            Some((&RSA_OAEP, rest)) => token.unwrap_with_rsa(rest),
            _ => Err(KeyEncryptionError::UnknownKey(format!(
                "the data key {id} is not wrapped by a hardware module: run `kindred keys rekey --from` first"
            ))),
        });
        opened.await.map(Zeroizing::new)
    }
}

impl Token {
    fn wrap_with_aes(&self, id: DataKeyId, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        let mut nonce: [u8; NONCE_LEN] = bytes(self.entropy.as_ref());
        let header = [&[AES_GCM][..], &nonce].concat();
        let id = id.to_string();
        let sealed = self.with_key(ObjectClass::SECRET_KEY, |session, handle| {
            let params = GcmParams::new(&mut nonce, id.as_bytes(), TAG_BITS)?;
            session.encrypt(&Mechanism::AesGcm(params), handle, key)
        })?;
        Ok([header, sealed].concat())
    }

    fn unwrap_with_aes(&self, id: DataKeyId, wrapped: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>().ok_or(KeyEncryptionError::Damaged)?;
        let (mut nonce, id) = (*nonce, id.to_string());
        self.with_key(ObjectClass::SECRET_KEY, |session, handle| {
            let params = GcmParams::new(&mut nonce, id.as_bytes(), TAG_BITS)?;
            session.decrypt(&Mechanism::AesGcm(params), handle, sealed)
        })
    }

    fn wrap_with_rsa(&self, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        let sealed =
            self.with_key(ObjectClass::PUBLIC_KEY, |session, handle| session.encrypt(&oaep(), handle, key))?;
        Ok([vec![RSA_OAEP], sealed].concat())
    }

    fn unwrap_with_rsa(&self, sealed: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        self.with_key(ObjectClass::PRIVATE_KEY, |session, handle| session.decrypt(&oaep(), handle, sealed))
    }

    /// Sets the library up, logs in, finds the key, and cleans up behind the work.
    fn with_key<T>(
        &self,
        class: ObjectClass,
        work: impl FnOnce(&Session, ObjectHandle) -> Result<T, Error>,
    ) -> Result<T, KeyEncryptionError> {
        let _one_at_a_time = ONE_CALL.lock();
        if self.is_pin_refused.load(Ordering::Relaxed) {
            return Err(refused("the PIN is wrong; it is not tried again before a restart"));
        }
        let module = self.module()?;
        module
            .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
            .map_err(|error| unavailable(&error))?;
        let done = self.log_in(&module).and_then(|session| {
            let key = self.find(&session, class)?;
            work(&session, key).map_err(|error| failed(&error))
        });
        // What was asked for is there, or is told to be missing; the next call sets the library up again.
        if let Err(error) = module.finalize() {
            tracing::warn!(%error, "the library of the hardware module cannot be left in order");
        }
        done
    }

    fn module(&self) -> Result<Module, KeyEncryptionError> {
        let mut module = self.module.lock();
        if let Some(module) = module.as_ref() {
            return Ok(module.clone());
        }
        let loaded = load(&self.config.module)?;
        *module = Some(loaded.clone());
        Ok(loaded)
    }

    fn log_in(&self, module: &Module) -> Result<Session, KeyEncryptionError> {
        let slot = self.slot(module)?;
        let session = module.open_ro_session(slot).map_err(|error| unavailable(&error))?;
        let pin = AuthPin::new(self.config.pin.expose().clone().into());
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) => Ok(session),
            Err(Error::Pkcs11(error, _)) if is_wrong_pin(&error) => {
                self.is_pin_refused.store(true, Ordering::Relaxed);
                Err(refused("the PIN is wrong, or locked"))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn slot(&self, module: &Module) -> Result<Slot, KeyEncryptionError> {
        for slot in module.get_slots_with_initialized_token().map_err(|error| unavailable(&error))? {
            let token = module.get_token_info(slot).map_err(|error| unavailable(&error))?;
            if token.label().trim_end() == self.config.token {
                return Ok(slot);
            }
        }
        Err(KeyEncryptionError::Unavailable(format!(
            "there is no token with the label {}",
            self.config.token
        )))
    }

    fn find(&self, session: &Session, class: ObjectClass) -> Result<ObjectHandle, KeyEncryptionError> {
        let label = self.config.key.clone().into_bytes();
        let found = session.find_objects(&[Attribute::Class(class), Attribute::Label(label)]);
        match found.map_err(|error| unavailable(&error))?.as_slice() {
            [key] => Ok(*key),
            [] => Err(refused("there is no key of this kind with the configured label")),
            _ => Err(refused("several keys have the configured label")),
        }
    }
}

/// SHA-1 is all that some modules have. OAEP does not need its resistance to collisions.
fn oaep() -> Mechanism<'static> {
    let params = PkcsOaepParams::new(MechanismType::SHA1, PkcsMgfType::MGF1_SHA1, PkcsOaepSource::empty());
    Mechanism::RsaPkcsOaep(params)
}

fn load(path: &Path) -> Result<Module, KeyEncryptionError> {
    Module::new(path).map_err(|error| {
        KeyEncryptionError::Unavailable(format!("{} cannot be loaded: {error}", path.display()))
    })
}

fn is_wrong_pin(error: &RvError) -> bool {
    matches!(error, RvError::PinIncorrect | RvError::PinInvalid | RvError::PinExpired | RvError::PinLocked)
}

/// What fails in the decryption itself fails again.
fn failed(error: &Error) -> KeyEncryptionError {
    match error {
        Error::Pkcs11(RvError::DeviceError | RvError::DeviceRemoved | RvError::TokenNotPresent, _) => {
            unavailable(error)
        }
        Error::Pkcs11(_, Function::Decrypt) => KeyEncryptionError::Damaged,
        Error::Pkcs11(_, Function::EncryptInit | Function::DecryptInit) => {
            KeyEncryptionError::Refused(error.to_string())
        }
        _ => unavailable(error),
    }
}

fn unavailable(error: &Error) -> KeyEncryptionError {
    KeyEncryptionError::Unavailable(error.to_string())
}

fn refused(reason: &str) -> KeyEncryptionError {
    KeyEncryptionError::Refused(reason.to_owned())
}

impl std::fmt::Debug for Pkcs11Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pkcs11Key").field("config", &self.token.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::seal::MasterKeys;
    use crate::entropy::OsEntropy;
    use crate::secret::Secret;

    /// A key in a module whose library does not exist.
    fn absent() -> Pkcs11Key {
        let config = Pkcs11 {
            module: "/nowhere/module.so".into(),
            token: "kindred".to_owned(),
            key: "kek".to_owned(),
            pin: Secret::new("2718".to_owned()),
            mechanism: WrappingMechanism::AesGcm,
        };
        Pkcs11Key::new(&config, Arc::new(OsEntropy))
    }

    #[tokio::test]
    async fn what_another_provider_has_wrapped_is_not_given_to_the_module() {
        let id = MasterKeys::new(&Secret::new([1; 32])).active_id();
        let module = absent();
        for foreign in [&b"vault:v1:abc"[..], b"\x02sealed under a master key", b""] {
            let refused = module.unwrap(id, foreign).await;
            assert!(matches!(refused, Err(KeyEncryptionError::UnknownKey(_))), "{refused:?}");
        }
        let waiting = module.unwrap(id, b"a wrapped key").await.unwrap_err();
        assert!(waiting.is_temporary() && waiting.to_string().contains("/nowhere/module.so"), "{waiting}");
        assert!(!format!("{module:?}").contains("2718"));
    }
}
