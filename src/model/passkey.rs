//! Passkeys: the purposes of ceremonies, and the names of authenticators.

use uuid::Uuid;

use super::assurance::{Amr, Method};
use super::factor::FlowPurpose;

/// The number of passkeys that one account may have.
pub const MAX_PASSKEYS: u64 = 20;

/// The purpose of a ceremony. A ceremony cannot be finished for another purpose than it was started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CeremonyKind {
    /// The user of a session adds a passkey.
    Registration,
    /// A login in which the passkey identifies the user.
    Passwordless,
    /// A passkey as a further factor.
    Verification(FlowPurpose),
}

impl CeremonyKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Passwordless => "passwordless",
            Self::Verification(purpose) => purpose.as_str(),
        }
    }
}

/// The methods that the use of a passkey proves. The authenticator has verified the user, so that it is multi-factor by
/// itself (NIST SP 800-63B-4 §3.1.7). A passkey that can be copied does not count as hardware.
pub fn amr(backup_eligible: bool) -> Amr {
    let key = if backup_eligible { Method::SoftwareKey } else { Method::HardwareKey };
    Amr::of(&[key, Method::UserPresence, Method::MultiFactor])
}

/// Well-known providers of passkeys by the model of the authenticator (AAGUID). The model is not attested, so it only
/// supplies the initial name of the passkey.
const PROVIDERS: [(u128, &str); 17] = [
    (0xea9b_8d66_4d01_1d21_3ce4_b6b4_8cb5_75d4, "Google Password Manager"),
    (0xadce_0002_35bc_c60a_648b_0b25_f1f0_5503, "Chrome on Mac"),
    (0x771b_48fd_d3d4_4f74_9232_fc15_7ab0_507a, "Edge on Mac"),
    (0x0898_7058_cadc_4b81_b6e1_30de_50dc_be96, "Windows Hello"),
    (0x9ddd_1817_af5a_4672_a2b9_3e3d_d950_00a9, "Windows Hello"),
    (0x6028_b017_b1d4_4c02_b4b3_afcd_afc9_6bb2, "Windows Hello"),
    (0xfbfc_3007_154e_4ecc_8c0b_6e02_0557_d7bd, "Apple Passwords"),
    (0xdd4e_c289_e01d_41c9_bb89_70fa_845d_4bf2, "iCloud Keychain"),
    (0xbada_5566_a7aa_401f_bd96_4561_9a55_120d, "1Password"),
    (0xd548_826e_79b4_db40_a3d8_1111_6f7e_8349, "Bitwarden"),
    (0x5311_26d6_e717_415c_9320_3d9a_a698_1239, "Dashlane"),
    (0xb84e_4048_15dc_4dd0_8640_f4f6_0813_c8af, "NordPass"),
    (0x0ea2_42b4_43c4_4a1b_8b17_dd6d_0b6b_aec6, "Keeper"),
    (0xfdb1_41b2_5d84_443e_8a35_4698_c205_a502, "KeePassXC"),
    (0x5072_6f74_6f6e_5061_7373_5072_6f74_6f6e, "Proton Pass"),
    (0x5341_4d53_554e_4700_0000_0000_0000_0000, "Samsung Pass"),
    (0x39a5_647e_1853_446c_a1f6_a79b_ae9f_5bc7, "IDmelon"),
];

/// The name of the provider of this model, if it is well known.
pub fn provider(aaguid: Uuid) -> Option<&'static str> {
    PROVIDERS.iter().find(|(known, _)| *known == aaguid.as_u128()).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::assurance::Aal;

    #[test]
    fn a_passkey_is_two_factors_wherever_it_is_kept() {
        assert_eq!(amr(true).names(), ["swk", "user", "mfa"]);
        assert_eq!(amr(false).names(), ["hwk", "user", "mfa"]);
        assert_eq!((amr(true).aal(), amr(false).aal()), (Aal::Two, Aal::Two));
    }

    #[test]
    fn providers_are_known_by_their_model() {
        let model = |text: &str| text.parse::<Uuid>().map(provider);
        assert_eq!(model("bada5566-a7aa-401f-bd96-45619a55120d"), Ok(Some("1Password")));
        assert_eq!(model("00000000-0000-0000-0000-000000000000"), Ok(None));
    }

    #[test]
    fn no_two_kinds_of_ceremony_have_one_name() {
        let verifications = [FlowPurpose::Login, FlowPurpose::StepUp, FlowPurpose::Enrollment];
        let mut names = verifications.map(|purpose| CeremonyKind::Verification(purpose).as_str()).to_vec();
        names.extend([CeremonyKind::Registration.as_str(), CeremonyKind::Passwordless.as_str()]);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 5);
    }
}
