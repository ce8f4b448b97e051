//! What parameters may be, as types for the OpenAPI document. Words are taken from the model, so that the document cannot
//! differ from what the server accepts.

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::http::extract::query::{MAX_LIMIT, MAX_VALUE};
use crate::model::captcha::Action;
use crate::model::security_event::EventKind;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::model::stranger::StrangerKind;
use crate::store::account::directory::AccountState;

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident: $schema:expr;)+) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {})+
    };
}

parameters! {
    /// The kind of a security event.
    EventKindName: text().enum_values(Some(EventKind::all().map(EventKind::as_str)));
    /// The kind of a request that concerns no account.
    StrangerKindName: text().enum_values(Some(StrangerKind::ALL.map(StrangerKind::as_str)));
    /// What accounts are listed by.
    AccountStateName: text().enum_values(Some(AccountState::NAMES.map(|(name, _)| name)));
    /// An algorithm for signatures.
    SigningAlgorithmName: text().enum_values(Some(SigningAlgorithm::ALL.map(SigningAlgorithm::as_str)));
    /// The form of a list of security events.
    EventFormat: text().enum_values(Some(["json", "ndjson"]));
    /// What an answer to a CAPTCHA is for.
    CaptchaAction: text().enum_values(Some(Action::ALL.map(Action::as_str)));
    /// The number of items of a page.
    PageLimit: ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MAX_LIMIT));
    /// A [`Cursor`](crate::model::cursor::Cursor): 24 bytes in base64url, which begin with a time that is not negative.
    PageCursor: text().pattern(Some("^[A-Za-f][A-Za-z0-9_-]{31}$"));
    /// Text to search for.
    SearchText: text().min_length(Some(1)).max_length(Some(MAX_VALUE)).pattern(Some("^[^\\u0000-\\u001f\\u007f-\\u009f]*$"));
    /// A time of RFC 3339.
    Moment: text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    /// The key by which a client repeats a request.
    AttemptKeyText: text().pattern(Some("^[!-~]{16,128}$"));
    /// What a login with another provider is for.
    FederationPurposeName: text().enum_values(Some(["login", "step_up"])).pattern(Some("^(login|step_up)$"));
    /// What the linking of an identity begins with: base64url.
    LinkTicketText: text().pattern(Some("^[A-Za-z0-9_-]+$"));
    /// A path of this host, or a URL.
    ReturnTarget: text().min_length(Some(1)).max_length(Some(2_048)).pattern(Some("^(/|https?://)[!-~]*$"));
    /// A PKCE challenge: SHA-256 in base64url.
    CodeChallengeText: text().pattern(Some("^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"));
    /// SHA-256 in hex.
    PictureDigest: text().pattern(Some("^[0-9a-f]{64}$"));
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}
