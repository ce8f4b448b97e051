//! The claims of an access token (RFC 9068), as a function of the generation of the family.
//!
//! A retry of a refresh computes the same claims: `jti`, `iat` and `exp` are derived, never drawn.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::{Roles, UserFacts};
use super::factor::MfaPolicy;
use super::family_key::FamilyKey;
use super::session_family::SessionFamily;
use super::transport::Transport;
use crate::clock::Timestamp;

/// The `typ` of the header (RFC 9068 §2.1). No other type of token is accepted as an access token.
pub const TYP: &str = "at+jwt";

/// Clock skew that is accepted at `exp`, `nbf` and `iat`.
pub const LEEWAY: Duration = Duration::from_secs(60);

/// The claims: registered ones, and collision-resistant names of our own (RFC 7519 §4.2). Our own are also read by
/// the names that versions before 0.2 gave them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer: `tokens.issuer`.
    pub iss: String,
    /// The audience: `tokens.audience`.
    pub aud: String,
    /// The client that the token was issued to; empty in tokens of versions before 0.2.
    #[serde(default)]
    pub client_id: String,
    /// The user.
    pub sub: Uuid,
    /// The session family.
    pub sid: Uuid,
    /// Derived from the family key and the generation.
    pub jti: Uuid,
    /// When the generation began; in seconds since the Unix epoch, like all times here.
    pub iat: i64,
    /// [`LEEWAY`] before `iat`, so that a verifier without a leeway of its own whose clock is behind accepts the token.
    pub nbf: i64,
    /// From this second on the token is expired.
    pub exp: i64,
    /// When the user authenticated.
    pub auth_time: i64,
    /// Authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// `aal1`: the assurance level (NIST SP 800-63B-4) as a context class.
    pub acr: String,
    /// The roles of the user when the token was issued.
    pub roles: Vec<String>,
    /// The generation of the family that this token belongs to.
    #[serde(rename = "https://kindred.dev/claims/generation", alias = "gen")]
    pub generation: u64,
    /// The token is only accepted for changing the password; absent otherwise.
    #[serde(
        rename = "https://kindred.dev/claims/password_change_required",
        alias = "pwc",
        default,
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub password_must_change: bool,
    /// The token is only accepted for enrolling a second factor; absent otherwise.
    #[serde(
        rename = "https://kindred.dev/claims/mfa_enrollment_required",
        alias = "mfr",
        default,
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub mfa_enrollment_required: bool,
    /// `cookie`: the token is only accepted in the cookie that it was issued in; absent otherwise.
    #[serde(
        rename = "https://kindred.dev/claims/transport",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub transport: Option<String>,
}

/// Why claims are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimsError {
    /// `iss`, `aud`, `nbf` or `iat` is wrong.
    Invalid,
    /// `exp` and the leeway have passed.
    Expired,
}

/// The claims that are the same in every token of a service.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud`.
    pub audience: String,
    /// The claim `client_id` (RFC 9068 §2.2).
    pub client_id: String,
    /// The life of a token. That of each token differs by up to 5 %.
    pub ttl: Duration,
    /// Clock skew that is accepted at `exp`, `nbf` and `iat`.
    pub leeway: Duration,
    /// Decides `mfa_enrollment_required`.
    pub mfa_policy: MfaPolicy,
}

impl Claims {
    /// The claims of the current generation of a family, whose identifier is that of [`jti`].
    pub fn of(terms: &Terms, family: &SessionFamily, jti: Uuid, user: &UserFacts) -> Self {
        let issued = family.issued_at().unix_seconds();
        // Rows of versions before 0.2 do not say.
        let exp = match family.access_expires_at.unix_seconds() {
            0 => issued + whole_seconds(lifetime(terms.ttl, *jti.as_bytes())),
            exp => exp,
        };
        Self {
            iss: terms.issuer.clone(),
            aud: terms.audience.clone(),
            client_id: terms.client_id.clone(),
            sub: family.user_id,
            sid: family.id,
            jti,
            iat: issued,
            nbf: issued - whole_seconds(LEEWAY),
            exp,
            auth_time: family.auth_time.unix_seconds(),
            amr: family.amr.names().into_iter().map(str::to_owned).collect(),
            acr: family.aal.acr().to_owned(),
            roles: user.roles.names().into_iter().map(str::to_owned).collect(),
            generation: family.generation,
            password_must_change: user.password_must_change,
            mfa_enrollment_required: terms.mfa_policy.binds(user.roles) && !user.mfa_enrolled,
            transport: (family.transport == Transport::Cookie).then(|| family.transport.as_str().to_owned()),
        }
    }

    /// The way in which the token was issued, and in which alone it counts.
    pub fn transport(&self) -> Transport {
        self.transport.as_deref().map_or(Transport::Bearer, Transport::from_stored)
    }

    /// The roles that the user had when the token was issued.
    pub fn roles(&self) -> Roles {
        Roles::from_stored(&self.roles.join(" "))
    }

    /// Checks issuer, audience and times (RFC 7519 §4.1, RFC 9068 §4).
    ///
    /// # Errors
    /// The [`ClaimsError`], with [`ClaimsError::Expired`] only if nothing else is wrong.
    pub fn check(&self, terms: &Terms, now: Timestamp) -> Result<(), ClaimsError> {
        let leeway = i64::try_from(terms.leeway.as_secs()).unwrap_or(0);
        let now = now.unix_seconds();
        let not_yet = self.nbf > now.saturating_add(leeway) || self.iat > now.saturating_add(leeway);
        if self.iss != terms.issuer || self.aud != terms.audience || not_yet {
            return Err(ClaimsError::Invalid);
        }
        if now >= self.exp.saturating_add(leeway) {
            return Err(ClaimsError::Expired);
        }
        Ok(())
    }
}

/// The identifier of the access token of the current generation.
pub fn jti(family: &SessionFamily, key: &FamilyKey) -> Uuid {
    // In the form of versions before 0.2.
    jti_uuid(if family.has_stepped_up() {
        key.jti_since(family.generation, family.auth_time.as_micros())
    } else {
        key.jti(family.generation)
    })
}

/// The token identifier in the form of the claim: a UUIDv8 (RFC 9562 §5.8).
pub fn jti_uuid(jti: [u8; 16]) -> Uuid {
    uuid::Builder::from_custom_bytes(jti).into_uuid()
}

/// How long a token lives: the configured time ± 5 %, so that tokens issued together do not expire together.
pub fn lifetime(ttl: Duration, jti: [u8; 16]) -> Duration {
    let ttl = ttl.as_secs();
    let spread = ttl / 20;
    let draw = u64::from(u16::from_be_bytes([jti[14], jti[15]]));
    Duration::from_secs(ttl - spread + draw % (2 * spread + 1))
}

fn whole_seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::account::Role;
    use crate::model::session_family::fixture;

    fn terms() -> Terms {
        Terms {
            issuer: "https://auth.example".to_owned(),
            audience: "kindred".to_owned(),
            client_id: "app".to_owned(),
            ttl: Duration::from_secs(600),
            leeway: Duration::from_secs(60),
            mfa_policy: MfaPolicy::Optional,
        }
    }

    fn claims() -> Claims {
        of(&terms(), &fixture::family())
    }

    fn of(terms: &Terms, family: &SessionFamily) -> Claims {
        of_user(terms, family, &fixture::user())
    }

    fn of_user(terms: &Terms, family: &SessionFamily, user: &UserFacts) -> Claims {
        let key = fixture::root_key().family_key(&family.salt);
        Claims::of(terms, family, jti(family, &key), user)
    }

    #[test]
    fn a_generation_has_one_set_of_claims() {
        assert_eq!(claims(), claims());
        assert_eq!(claims().jti.get_version_num(), 8);
    }

    #[test]
    fn a_row_of_an_earlier_version_gives_the_tokens_it_gave() {
        let forgotten = SessionFamily { access_expires_at: Timestamp::default(), ..fixture::family() };
        let claims = of(&terms(), &forgotten);
        assert!((570..=630).contains(&(claims.exp - claims.iat)));
        let proven_later = SessionFamily { auth_time: Timestamp::from_unix_seconds(1_500), ..forgotten };
        let stepped_up = of(&terms(), &proven_later);
        assert_ne!(stepped_up.jti, claims.jti);
        assert_eq!((stepped_up.iat, stepped_up.auth_time), (1_500, 1_500));
    }

    #[test]
    fn the_expiry_is_the_row_s_whatever_the_setting_is_by_now() {
        let shorter = Terms { ttl: Duration::from_secs(5), ..terms() };
        assert_eq!(of(&shorter, &fixture::family()).exp, 1_600);
    }

    #[test]
    fn our_own_claims_have_names_of_ours_and_are_read_by_the_old_ones() {
        let value = serde_json::to_value(Claims { password_must_change: true, ..claims() }).unwrap();
        assert_eq!(value["https://kindred.dev/claims/generation"], 5);
        assert_eq!(value["https://kindred.dev/claims/password_change_required"], true);
        assert_eq!(value.get("gen"), None);
        assert_eq!(value["client_id"], "app");
        let mut old = value.clone();
        let members = old.as_object_mut().unwrap();
        members.retain(|name, _| !name.starts_with("https:") && name != "client_id");
        for (name, member) in [("gen", 5.into()), ("pwc", true.into()), ("mfr", true.into())] {
            members.insert(name.to_owned(), member);
        }
        let read: Claims = serde_json::from_value(old).unwrap();
        assert!(read.password_must_change && read.mfa_enrollment_required && read.generation == 5);
    }

    #[test]
    fn who_must_enroll_a_second_factor_and_has_none_is_limited_to_that() {
        for (policy, enrolled, limited) in [
            (MfaPolicy::Required, false, true),
            (MfaPolicy::Required, true, false),
            (MfaPolicy::Optional, false, false),
            (MfaPolicy::Optional, true, false),
        ] {
            let terms = Terms { mfa_policy: policy, ..terms() };
            let user = UserFacts { mfa_enrolled: enrolled, ..fixture::user() };
            let claims = of_user(&terms, &fixture::family(), &user);
            assert_eq!((policy, enrolled, claims.mfa_enrollment_required), (policy, enrolled, limited));
        }
    }

    #[test]
    fn roles_and_transport_are_read_as_they_were_written() {
        let (bearer, cookie) = (Transport::Bearer, Transport::Cookie);
        for (transport, written) in [(bearer, None), (cookie, Some("cookie".to_owned()))] {
            let claims = of(&terms(), &SessionFamily { transport, ..fixture::family() });
            assert_eq!((claims.transport(), claims.transport), (transport, written));
        }
        let user =
            UserFacts { roles: Roles::of(&[Role::User, Role::Support, Role::Admin]), ..fixture::user() };
        let claims = of_user(&terms(), &fixture::family(), &user);
        assert_eq!(claims.roles, ["user", "support", "admin"]);
        assert_eq!(claims.roles(), user.roles);
    }

    #[test]
    fn times_are_checked_to_the_second_with_leeway() {
        let claims = claims();
        let at = |seconds| claims.check(&terms(), Timestamp::from_unix_seconds(seconds));
        assert_eq!(at(claims.exp + 59), Ok(()));
        assert_eq!(at(claims.exp + 60), Err(ClaimsError::Expired));
        assert_eq!(at(claims.iat - 60), Ok(()));
        assert_eq!(at(claims.iat - 61), Err(ClaimsError::Invalid));
        assert_eq!(claims.nbf, claims.iat - 60, "a verifier without leeway may be behind");
        let held_back = |nbf, seconds| {
            let claims = Claims { nbf, ..claims.clone() };
            claims.check(&terms(), Timestamp::from_unix_seconds(seconds))
        };
        assert_eq!(held_back(claims.iat + 60, claims.iat), Ok(()));
        assert_eq!(held_back(claims.iat + 61, claims.iat), Err(ClaimsError::Invalid));
    }

    #[test]
    fn issuer_and_audience_are_exact() {
        let now = Timestamp::from_unix_seconds(claims().iat);
        for (issuer, audience) in [
            ("https://auth.example/", "kindred"),
            ("https://AUTH.example", "kindred"),
            ("https://auth.example", "other"),
        ] {
            let claims = Claims { iss: issuer.to_owned(), aud: audience.to_owned(), ..claims() };
            assert_eq!(claims.check(&terms(), now), Err(ClaimsError::Invalid));
        }
    }

    #[test]
    fn lifetimes_reach_both_ends_of_their_range() {
        let of_draw = |draw: u8| {
            let mut jti = [0; 16];
            jti[15] = draw;
            lifetime(Duration::from_secs(900), jti).as_secs()
        };
        assert_eq!((of_draw(0), of_draw(45), of_draw(90), of_draw(91)), (855, 900, 945, 855));
    }

    proptest! {
        #[test]
        fn lifetimes_stay_within_five_percent(jti: [u8; 16], ttl in 1_u64..3600) {
            let seconds = lifetime(Duration::from_secs(ttl), jti).as_secs();
            prop_assert!(seconds.abs_diff(ttl) <= ttl / 20);
        }

        #[test]
        fn hostile_times_never_panic(exp: i64, nbf: i64, iat: i64, now: i64) {
            let claims = Claims { exp, nbf, iat, ..claims() };
            let _ = claims.check(&terms(), Timestamp::from_micros(now));
        }
    }
}
