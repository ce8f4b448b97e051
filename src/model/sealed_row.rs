//! Where sealed values are stored: their columns, and the names of their rows, which a value is sealed for.

use std::fmt;

use uuid::Uuid;

/// A column of sealed values. It has the name of its table, unless the table has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealedTable {
    /// The keys that refresh tokens are derived under.
    RootKeys,
    /// The private keys of access tokens.
    SigningKeys,
    /// The secrets of authenticator apps.
    TotpAuthenticators,
    /// Confirmed phone numbers.
    SmsAuthenticators,
    /// Codes that were sent.
    SmsCodes,
    /// Numbers that are not confirmed yet, in the table of [`Self::SmsCodes`].
    SmsCodeNumbers,
    /// The state of the registration or use of a passkey.
    WebauthnCeremonies,
    /// Recipients and contents of messages.
    Outbox,
    /// What nodes share about certificates from an authority.
    AcmeRecords,
}

impl SealedTable {
    /// All of them, which `tests/it/privacy/declarations.rs` holds against the schema; first those without which no
    /// server starts.
    pub const ALL: [Self; 9] = [
        Self::RootKeys,
        Self::SigningKeys,
        Self::TotpAuthenticators,
        Self::SmsAuthenticators,
        Self::SmsCodes,
        Self::SmsCodeNumbers,
        Self::WebauthnCeremonies,
        Self::Outbox,
        Self::AcmeRecords,
    ];

    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RootKeys => "root_keys",
            Self::SigningKeys => "signing_keys",
            Self::TotpAuthenticators => "totp_authenticators",
            Self::SmsAuthenticators => "sms_authenticators",
            Self::SmsCodes => "sms_codes",
            Self::SmsCodeNumbers => "sms_code_numbers",
            Self::WebauthnCeremonies => "webauthn_ceremonies",
            Self::Outbox => "outbox",
            Self::AcmeRecords => "acme_records",
        }
    }

    /// The table that the column is in.
    pub const fn table(self) -> &'static str {
        match self {
            Self::SmsCodeNumbers => Self::SmsCodes.as_str(),
            other => other.as_str(),
        }
    }

    /// The name of the column.
    pub const fn column(self) -> &'static str {
        match self {
            Self::SmsCodeNumbers => "number_sealed",
            _ => "sealed",
        }
    }

    /// The column by which a row is named.
    pub const fn primary_key(self) -> &'static str {
        match self {
            Self::RootKeys | Self::WebauthnCeremonies | Self::Outbox => "id",
            Self::SigningKeys => "kid",
            Self::AcmeRecords => "name",
            Self::TotpAuthenticators | Self::SmsAuthenticators => "user_id",
            Self::SmsCodes | Self::SmsCodeNumbers => "flow_id",
        }
    }
}

/// A row with a sealed value, by its primary key. The value is bound to the text `TABLE/KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealedRow {
    /// The key is the id of the root key.
    RootKey(i16),
    /// The key is the `kid`.
    SigningKey(String),
    /// The key is the user.
    TotpAuthenticator(Uuid),
    /// The key is the user.
    SmsAuthenticator(Uuid),
    /// The key is the flow that the code is for.
    SmsCode(Uuid),
    /// The number that a code confirms; the key is the flow of the code.
    SmsCodeNumber(Uuid),
    /// The key is the ceremony.
    WebauthnCeremony(Uuid),
    /// The key is the message in the outbox.
    Message(Uuid),
    /// What nodes share about certificates from an authority.
    AcmeRecord(String),
}

impl SealedRow {
    /// The column that the row belongs to.
    pub const fn table(&self) -> SealedTable {
        match self {
            Self::RootKey(_) => SealedTable::RootKeys,
            Self::SigningKey(_) => SealedTable::SigningKeys,
            Self::TotpAuthenticator(_) => SealedTable::TotpAuthenticators,
            Self::SmsAuthenticator(_) => SealedTable::SmsAuthenticators,
            Self::SmsCode(_) => SealedTable::SmsCodes,
            Self::SmsCodeNumber(_) => SealedTable::SmsCodeNumbers,
            Self::WebauthnCeremony(_) => SealedTable::WebauthnCeremonies,
            Self::Message(_) => SealedTable::Outbox,
            Self::AcmeRecord(_) => SealedTable::AcmeRecords,
        }
    }

    /// The primary key as text.
    pub fn key(&self) -> String {
        match self {
            Self::RootKey(id) => id.to_string(),
            Self::SigningKey(name) | Self::AcmeRecord(name) => name.clone(),
            Self::TotpAuthenticator(id)
            | Self::SmsAuthenticator(id)
            | Self::SmsCode(id)
            | Self::SmsCodeNumber(id)
            | Self::WebauthnCeremony(id)
            | Self::Message(id) => id.to_string(),
        }
    }
}

impl fmt::Display for SealedRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (table, key) = (self.table().table(), self.key());
        match self {
            Self::SmsCodeNumber(_) => write!(formatter, "{table}/{key}/number"),
            _ => write!(formatter, "{table}/{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values in databases are bound to these names.
    #[test]
    fn names_stay_the_same() {
        let id = Uuid::from_u128(7);
        let rows = [
            (SealedRow::RootKey(1), "root_keys/1".to_owned()),
            (SealedRow::SigningKey("k-1".to_owned()), "signing_keys/k-1".to_owned()),
            (SealedRow::TotpAuthenticator(id), format!("totp_authenticators/{id}")),
            (SealedRow::SmsAuthenticator(id), format!("sms_authenticators/{id}")),
            (SealedRow::SmsCode(id), format!("sms_codes/{id}")),
            (SealedRow::SmsCodeNumber(id), format!("sms_codes/{id}/number")),
            (SealedRow::WebauthnCeremony(id), format!("webauthn_ceremonies/{id}")),
            (SealedRow::Message(id), format!("outbox/{id}")),
            (SealedRow::AcmeRecord("account".to_owned()), "acme_records/account".to_owned()),
        ];
        for (row, name) in &rows {
            assert_eq!(row.to_string(), *name);
        }
        assert_eq!(rows.map(|(row, _)| row.table()), SealedTable::ALL);
    }

    #[test]
    fn columns_are_where_the_schema_has_them() {
        for (table, name, place) in [
            (SealedTable::RootKeys, "root_keys", ("root_keys", "sealed", "id")),
            (SealedTable::SigningKeys, "signing_keys", ("signing_keys", "sealed", "kid")),
            (
                SealedTable::TotpAuthenticators,
                "totp_authenticators",
                ("totp_authenticators", "sealed", "user_id"),
            ),
            (
                SealedTable::SmsAuthenticators,
                "sms_authenticators",
                ("sms_authenticators", "sealed", "user_id"),
            ),
            (SealedTable::SmsCodes, "sms_codes", ("sms_codes", "sealed", "flow_id")),
            (SealedTable::SmsCodeNumbers, "sms_code_numbers", ("sms_codes", "number_sealed", "flow_id")),
            (SealedTable::WebauthnCeremonies, "webauthn_ceremonies", ("webauthn_ceremonies", "sealed", "id")),
            (SealedTable::Outbox, "outbox", ("outbox", "sealed", "id")),
            (SealedTable::AcmeRecords, "acme_records", ("acme_records", "sealed", "name")),
        ] {
            assert_eq!(table.as_str(), name);
            assert_eq!((table.table(), table.column(), table.primary_key()), place);
        }
    }
}
