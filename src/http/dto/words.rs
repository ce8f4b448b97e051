//! Words that members and parameters may have, as types for the OpenAPI document: taken from the model, so that the
//! document cannot differ from what the server accepts.

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::model::security_event::EventKind;
use crate::model::stranger::StrangerKind;
use crate::store::account::directory::AccountState;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $words:expr;)+) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($words)).into()
            }
        }

        impl ToSchema for $name {})+
    };
}

words! {
    /// The kind of a security event.
    EventKindName: EventKind::all().map(EventKind::as_str);
    /// The kind of a request that concerns no account.
    StrangerKindName: StrangerKind::ALL.map(StrangerKind::as_str);
    /// What accounts are listed by.
    AccountStateName: AccountState::NAMES.map(|(name, _)| name);
    /// The form of a list of security events.
    EventFormat: ["json", "ndjson"];
}
