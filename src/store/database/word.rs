//! Words of closed sets, such as kinds and purposes, as values of text columns.

use sea_orm::sea_query::postgres_array::NotU8;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value};

use crate::model::data_key::DataKeyPurpose;
use crate::model::factor::{Factor, FlowPurpose};
use crate::model::key_state::KeyState;
use crate::model::message_state::MessageState;
use crate::model::notice::Channel;
use crate::model::one_time_token::Purpose;
use crate::model::security_event::EventKind;
use crate::model::stranger::StrangerKind;

/// A value that is stored as a word.
pub trait Word: Copy + 'static {
    fn word(self) -> &'static str;

    /// The value with this word, if this version knows one.
    fn of_word(word: &str) -> Option<Self>;
}

/// The word in a row. A newer version may have written one that this version does not know: it is kept as it stands, so
/// that no row fails the list that it is in, and it is equal to none of the values of `T`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredWord<T> {
    Known(T),
    Unknown(String),
}

impl<T: Word> StoredWord<T> {
    fn of(word: String) -> Self {
        T::of_word(&word).map_or(Self::Unknown(word), Self::Known)
    }

    /// The value, if this version knows it.
    pub const fn known(&self) -> Option<T> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }

    /// The word as it is stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(value) => value.word(),
            Self::Unknown(word) => word,
        }
    }
}

impl<T: Word> From<T> for StoredWord<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: Word> From<StoredWord<T>> for Value {
    fn from(word: StoredWord<T>) -> Self {
        word.as_str().into()
    }
}

impl<T: Word> TryGetable for StoredWord<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        String::try_get_by(row, index).map(Self::of)
    }
}

impl<T: Word> ValueType for StoredWord<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <String as ValueType>::try_from(value).map(Self::of)
    }

    fn type_name() -> String {
        <String as ValueType>::type_name()
    }

    fn array_type() -> ArrayType {
        <String as ValueType>::array_type()
    }

    fn column_type() -> ColumnType {
        <String as ValueType>::column_type()
    }
}

impl<T: Word> Nullable for StoredWord<T> {
    fn null() -> Value {
        <String as Nullable>::null()
    }
}

impl<T: Word> NotU8 for StoredWord<T> {}

impl<T: Word> TryFromU64 for StoredWord<T> {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("a word"))
    }
}

/// Types whose words are columns; in a query they stand for their words.
macro_rules! words {
    ($($type:ty),+ $(,)?) => {
        $(impl Word for $type {
            fn word(self) -> &'static str {
                self.as_str()
            }

            fn of_word(word: &str) -> Option<Self> {
                Self::from_stored(word)
            }
        }

        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                value.as_str().into()
            }
        })+
    };
}

words!(
    Channel,
    DataKeyPurpose,
    EventKind,
    Factor,
    FlowPurpose,
    KeyState,
    MessageState,
    Purpose,
    StrangerKind,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_were_written() {
        let known = StoredWord::from(EventKind::LoginFailed);
        assert_eq!(Value::from(known.clone()), Value::from(EventKind::LoginFailed));
        assert_eq!(<StoredWord<EventKind> as ValueType>::try_from(known.clone().into()).ok(), Some(known));
    }

    #[test]
    fn a_word_of_a_newer_version_is_kept_and_equal_to_none() {
        let newer = <StoredWord<EventKind> as ValueType>::try_from("login.dreamt".into()).ok();
        let newer = newer.unwrap_or_else(|| panic!("every word can be read"));
        assert_eq!((newer.known(), newer.as_str()), (None, "login.dreamt"));
        assert!(EventKind::all().all(|kind| newer != kind.into()));
        assert_eq!(Value::from(newer), Value::from("login.dreamt"));
    }

    #[test]
    fn every_word_is_told_apart() {
        fn assert_all<T: Word + PartialEq + std::fmt::Debug>(all: &[T]) {
            assert!(all.iter().all(|value| T::of_word(value.word()) == Some(*value)), "{all:?}");
        }
        assert_all(&Channel::ALL);
        assert_all(&DataKeyPurpose::ALL);
        assert_all(&EventKind::all().collect::<Vec<_>>());
        assert_all(&Factor::ALL);
        assert_all(&FlowPurpose::ALL);
        assert_all(&KeyState::ALL);
        assert_all(&MessageState::ALL);
        assert_all(&Purpose::ALL);
        assert_all(&StrangerKind::ALL);
    }
}
