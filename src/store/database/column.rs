//! Types of the model as types of columns, so that entities carry them and no query converts by hand.
//!
//! The model knows nothing of the database, therefore SeaORM's traits are implemented here. Every value can be read, so
//! that no row fails the list that it is in, and reading fails closed: an unknown status is not active, an unknown role
//! grants nothing, a token's hash of the wrong length matches no token, a kind or purpose of a newer version is no
//! [known word](crate::store::database::word::StoredWord). A column whose values cannot all be read keeps
//! its plain type, and the code that reads it names the row in [`StoreError::corrupt`](crate::store::StoreError::corrupt).

use sea_orm::sea_query::postgres_array::NotU8;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value};

use crate::clock::Timestamp;
use crate::model::account::{Roles, Status};
use crate::model::assurance::{Aal, Amr};
use crate::model::device::DeviceKind;
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::model::opaque_token::TokenHash;
use crate::model::revocation::RevokeReason;
use crate::model::time_zone::TimeZone;
use crate::model::transport::Transport;

/// Makes `$type` the type of columns that hold a `$stored`. What `$read` gives no value for is read as NULL.
macro_rules! column {
    ($type:ty as $stored:ty, write: $write:expr, read: $read:expr) => {
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                let write: fn($type) -> $stored = $write;
                write(value).into()
            }
        }

        impl TryGetable for $type {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let read: fn($stored) -> Option<$type> = $read;
                let stored = <$stored as TryGetable>::try_get_by(row, index)?;
                read(stored).ok_or_else(|| TryGetError::Null(format!("{index:?}")))
            }
        }

        impl ValueType for $type {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                let read: fn($stored) -> Option<$type> = $read;
                read(<$stored as ValueType>::try_from(value)?).ok_or(ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($type).to_owned()
            }

            fn array_type() -> ArrayType {
                <$stored as ValueType>::array_type()
            }

            fn column_type() -> ColumnType {
                <$stored as ValueType>::column_type()
            }
        }

        impl Nullable for $type {
            fn null() -> Value {
                <$stored as Nullable>::null()
            }
        }

        impl NotU8 for $type {}

        impl TryFromU64 for $type {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($type)))
            }
        }
    };
}

column!(Timestamp as i64, write: Timestamp::as_micros, read: |micros| Some(Timestamp::from_micros(micros)));
column!(Status as String, write: |status| status.as_str().to_owned(), read: |text| Some(Status::from_stored(&text)));
column!(Roles as String, write: |roles| roles.to_string(), read: |text| Some(Roles::from_stored(&text)));
column!(Amr as String, write: |amr| amr.to_string(), read: |text| Some(Amr::from_stored(&text)));
column!(Aal as i16, write: |aal| i16::from(aal.number()), read: |number| Some(Aal::from_stored(number)));
column!(
    RevokeReason as String,
    write: |reason| reason.as_str().to_owned(),
    read: |text| Some(RevokeReason::from_stored(&text))
);
column!(
    Transport as String,
    write: |transport| transport.as_str().to_owned(),
    read: |text| Some(Transport::from_stored(&text))
);
column!(
    DeviceKind as String,
    write: |kind| kind.as_str().to_owned(),
    read: |text| Some(DeviceKind::from_stored(&text))
);
column!(Email as String, write: |email| email.as_str().to_owned(), read: |text| Some(Email::from_stored(text)));
column!(TimeZone as String, write: |zone| zone.to_string(), read: |name| name.parse().ok());
column!(Locale as String, write: |locale| locale.to_string(), read: |tag| tag.parse().ok());
column!(
    TokenHash as Vec<u8>,
    write: |hash| hash.0.to_vec(),
    read: |bytes| Some(TokenHash(bytes.try_into().unwrap_or_default()))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_were_written() {
        fn assert_kept<T: ValueType + Into<Value> + Clone + PartialEq + std::fmt::Debug>(value: T) {
            assert_eq!(<T as ValueType>::try_from(value.clone().into()).ok(), Some(value));
        }
        assert_kept(Timestamp::from_micros(-1));
        assert_kept(Status::Erasing);
        assert_kept(Roles::from_stored("user admin"));
        assert_kept(Amr::from_stored("pwd otp mfa"));
        assert_kept(Aal::Two);
        assert_kept(RevokeReason::Erasure);
        assert_kept(Transport::Cookie);
        assert_kept(DeviceKind::Mobile);
        assert_kept(TokenHash([7; 32]));
    }

    #[test]
    fn what_is_unknown_gives_no_right() {
        let text = |text: &str| Value::from(text.to_owned());
        assert_eq!(<Status as ValueType>::try_from(text("banned")).ok(), Some(Status::Disabled));
        assert_eq!(<Roles as ValueType>::try_from(text("root")).ok(), Some(Roles::default()));
        assert_eq!(<Aal as ValueType>::try_from(9_i16.into()).ok(), Some(Aal::One));
        assert_eq!(<TokenHash as ValueType>::try_from(vec![1_u8].into()).ok(), Some(TokenHash([0; 32])));
        assert_eq!(<DeviceKind as ValueType>::try_from(text("watch")).ok(), Some(DeviceKind::Unknown));
        assert!(<Locale as ValueType>::try_from(text("not a language")).is_err());
    }
}
