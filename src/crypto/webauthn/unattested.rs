//! An attestation that was not asked for counts as none.
//!
//! The server asks for no attestation, and a client may send one nevertheless: some authenticators and password managers
//! do. A relying party without an interest in attestation treats it as `none` (WebAuthn §5.4.7, §6.5.4, §8.7): neither
//! its format nor its statement is looked at. What the ceremony relies on is in the authenticator data and the client
//! data, which stay as they came.

use serde::{Deserialize, Serialize};
use serde_cbor_2::Value;

/// WebAuthn §6.5.4. What else an authenticator adds, such as `epAtt`, is part of an attestation and is dropped with it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationObject<'a> {
    #[serde(rename = "fmt")]
    _format: &'a str,
    #[serde(rename = "attStmt")]
    _statement: serde::de::IgnoredAny,
    #[serde(borrow)]
    auth_data: &'a [u8],
}

/// An attestation object with the format `none` (WebAuthn §8.7).
#[derive(Serialize)]
struct Unattested<'a> {
    fmt: &'static str,
    #[serde(rename = "attStmt")]
    statement: Value,
    #[serde(rename = "authData", serialize_with = "bytes")]
    auth_data: &'a [u8],
}

fn bytes<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// The authenticator data of an attestation object.
pub(super) fn authenticator_data(attestation_object: &[u8]) -> Option<&[u8]> {
    serde_cbor_2::from_slice(attestation_object).ok().map(|object: AttestationObject<'_>| object.auth_data)
}

/// The same authenticator data without an attestation, or nothing if this is no attestation object.
pub(super) fn without_attestation(attestation_object: &[u8]) -> Option<Vec<u8>> {
    let auth_data = authenticator_data(attestation_object)?;
    let statement = Value::Map(std::collections::BTreeMap::new());
    serde_cbor_2::to_vec(&Unattested { fmt: "none", statement, auth_data }).ok()
}
