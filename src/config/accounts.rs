//! `accounts.*`.

use super::Reader;

#[derive(Clone, Debug)]
pub struct Accounts {
    pub registration: Registration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anyone may register.
    Open,
    /// Nobody may register.
    Closed,
}

super::text_enum!(Registration { Open => "open", Closed => "closed" });

impl Accounts {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let verification: Verification = reader.value("accounts.email_verification", Verification::Optional);
        // Requiring what cannot be delivered would lock every new account out.
        reader.check(
            "accounts.email_verification",
            verification == Verification::Optional,
            "this version sends no mail yet, so verification cannot be required",
        );
        Self { registration: reader.value("accounts.registration", Registration::Open) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verification {
    Optional,
    Required,
}

super::text_enum!(Verification { Optional => "optional", Required => "required" });
