//! The beginning of a WebAuthn ceremony, for logins with a passkey and for new passkeys.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyOptionsBody {}

/// A WebAuthn ceremony that has begun.
#[derive(Serialize, ToSchema)]
pub struct CeremonyResponse {
    /// Must be sent back with the authenticator's response.
    pub ceremony: Uuid,
    /// For `navigator.credentials`: `{"publicKey": …}` with binary members in base64url, as
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` read it.
    #[schema(value_type = Object)]
    pub options: Value,
}
