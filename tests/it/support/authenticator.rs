//! A soft authenticator with the browser around it: it makes passkeys and uses them, and does what a real
//! one never would if a test says so.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kindred::entropy::{OsEntropy, bytes};
use serde_cbor_2::Value as Cbor;
use serde_json::{Value, json};

/// COSE algorithms (RFC 9053 §2).
pub const ES256: i128 = -7;
pub const EDDSA: i128 = -8;

/// How an answer is made. The default is what a synchronised passkey does.
#[derive(Clone, Debug)]
pub struct Behaviour {
    pub origin: String,
    /// The RP id that the authenticator is told; that of the options if absent.
    pub rp_id: Option<String>,
    /// `type` of the client data.
    pub kind: Option<&'static str>,
    /// In place of the challenge of the options.
    pub challenge: Option<Vec<u8>>,
    pub cross_origin: bool,
    /// The page that shows ours in a frame.
    pub top_origin: Option<String>,
    pub user_present: bool,
    pub user_verified: bool,
    pub backup_eligible: bool,
    pub backed_up: bool,
    /// The counter of the answer; `None`: the authenticator has none.
    pub counter: Option<u32>,
    /// In place of the user handle that the authenticator keeps; inside, `None` sends none.
    pub user_handle: Option<Option<Vec<u8>>>,
    pub algorithm: i128,
    pub aaguid: [u8; 16],
    /// What the browser says of `credProps.rk`.
    pub discoverable: Option<bool>,
    /// Format and statement of the attestation.
    pub attestation: (&'static str, Cbor),
    pub tamper: bool,
}

impl Behaviour {
    /// A browser at this origin.
    pub fn at(origin: &str) -> Behaviour {
        Behaviour {
            origin: origin.to_owned(),
            rp_id: None,
            kind: None,
            challenge: None,
            cross_origin: false,
            top_origin: None,
            user_present: true,
            user_verified: true,
            backup_eligible: true,
            backed_up: true,
            counter: None,
            user_handle: None,
            algorithm: ES256,
            aaguid: [0; 16],
            discoverable: Some(true),
            attestation: ("none", Cbor::Map(BTreeMap::new())),
            tamper: false,
        }
    }

    fn flags(&self, attested: bool) -> u8 {
        u8::from(self.user_present)
            | u8::from(self.user_verified) << 2
            | u8::from(self.backup_eligible) << 3
            | u8::from(self.backed_up) << 4
            | u8::from(attested) << 6
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = match &self.challenge {
            Some(other) => encode(other),
            None => options["publicKey"]["challenge"].as_str().expect("a challenge").to_owned(),
        };
        let mut data = json!({
            "type": self.kind.unwrap_or(kind),
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        if let Some(top) = &self.top_origin {
            data["topOrigin"] = json!(top);
        }
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, rp_id: &str, attested: Option<&[u8]>) -> Vec<u8> {
        let rp_id = self.rp_id.as_deref().unwrap_or(rp_id);
        let mut data = digest(&SHA256, rp_id.as_bytes()).as_ref().to_vec();
        data.push(self.flags(attested.is_some()));
        data.extend(self.counter.unwrap_or(0).to_be_bytes());
        data.extend(attested.unwrap_or_default());
        data
    }
}

/// One passkey and the means to use it.
pub struct Passkey {
    pub id: Vec<u8>,
    pub key: EcdsaKeyPair,
    pub user_handle: Vec<u8>,
}

impl Passkey {
    /// `navigator.credentials.create()`: a new passkey, and the answer for the server.
    pub fn create(options: &Value, behaviour: &Behaviour) -> (Passkey, Value) {
        let handle = options["publicKey"]["user"]["id"].as_str().expect("a user handle");
        let passkey = Passkey {
            id: bytes::<32>(&OsEntropy).to_vec(),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key"),
            user_handle: URL_SAFE_NO_PAD.decode(handle).expect("base64url"),
        };
        let answer = passkey.register(options, behaviour);
        (passkey, answer)
    }

    /// The answer to `create()` once more: what an authenticator that forgets does.
    pub fn register(&self, options: &Value, behaviour: &Behaviour) -> Value {
        let rp_id = options["publicKey"]["rp"]["id"].as_str().expect("an RP id");
        let mut attested = behaviour.aaguid.to_vec();
        attested.extend(u16::try_from(self.id.len()).expect("a short id").to_be_bytes());
        attested.extend(&self.id);
        attested.extend(self.cose_key(behaviour.algorithm));
        let object = Cbor::Map(BTreeMap::from([
            (text("fmt"), text(behaviour.attestation.0)),
            (text("attStmt"), behaviour.attestation.1.clone()),
            (text("authData"), Cbor::Bytes(behaviour.authenticator_data(rp_id, Some(&attested)))),
        ]));
        let object = serde_cbor_2::to_vec(&object).expect("CBOR");
        let mut answer = self.answer(json!({
            "clientDataJSON": encode(&behaviour.client_data("webauthn.create", options)),
            "attestationObject": encode(&object),
            "transports": ["internal", "hybrid"],
        }));
        if let Some(discoverable) = behaviour.discoverable {
            answer["clientExtensionResults"] = json!({"credProps": {"rk": discoverable}});
        }
        answer
    }

    /// `navigator.credentials.get()`: the answer for the server.
    pub fn get(&self, options: &Value, behaviour: &Behaviour) -> Value {
        let rp_id = options["publicKey"]["rpId"].as_str().expect("an RP id");
        let client_data = behaviour.client_data("webauthn.get", options);
        let data = behaviour.authenticator_data(rp_id, None);
        let mut message = data.clone();
        message.extend(digest(&SHA256, &client_data).as_ref());
        let signed = self.key.sign(&SystemRandom::new(), &message).expect("a signature");
        let mut signature = signed.as_ref().to_vec();
        if behaviour.tamper {
            *signature.last_mut().expect("a byte") ^= 1;
        }
        let handle = behaviour.user_handle.clone().unwrap_or_else(|| Some(self.user_handle.clone()));
        self.answer(json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&data),
            "signature": encode(&signature),
            "userHandle": handle.map(|handle| encode(&handle)),
        }))
    }

    /// As `toJSON()` writes it.
    fn answer(&self, response: Value) -> Value {
        json!({
            "id": encode(&self.id),
            "rawId": encode(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }

    /// RFC 9052 §7: an EC key of P-256, or for EdDSA some OKP key.
    fn cose_key(&self, algorithm: i128) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (point[1..33].to_vec(), point[33..65].to_vec());
        let number = Cbor::Integer;
        let key = if algorithm == EDDSA {
            vec![(1, number(1)), (3, number(EDDSA)), (-1, number(6)), (-2, Cbor::Bytes(x))]
        } else {
            let curve = (-1, number(1));
            vec![(1, number(2)), (3, number(algorithm)), curve, (-2, Cbor::Bytes(x)), (-3, Cbor::Bytes(y))]
        };
        let key = key.into_iter().map(|(label, value)| (number(label), value)).collect();
        serde_cbor_2::to_vec(&Cbor::Map(key)).expect("CBOR")
    }
}

pub fn text(text: &str) -> Cbor {
    Cbor::Text(text.to_owned())
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
