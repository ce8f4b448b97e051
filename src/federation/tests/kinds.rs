//! Tokens as Google, Apple and Microsoft document them, with their peculiarities.

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::*;
use crate::model::assurance::Aal;

const OURS: &str = "11111111-2222-3333-4444-555555555555";
const THEIRS: &str = "99999999-2222-3333-4444-555555555555";

/// A key for RS256, by which all three sign.
struct RsaKey(RsaKeyPair);

impl RsaKey {
    fn new() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    fn jwk(&self) -> Value {
        let (n, e) = (self.0.public_key().modulus(), self.0.public_key().exponent());
        let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
        let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa", "n": n, "e": e })
    }

    fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": "rsa", "typ": "JWT" }).to_string();
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A provider of a kind, at a fake.
struct Scene {
    fake: Fake,
    key: RsaKey,
    provider: Provider,
}

impl Scene {
    async fn google() -> Self {
        Self::of(ProviderKind::Google, ["web", "android"]).await
    }

    async fn apple() -> Self {
        Self::of(ProviderKind::Apple, ["com.example.web", "com.example.ios"]).await
    }

    async fn of(kind: ProviderKind, client_ids: [&str; 2]) -> Self {
        let (fake, key) = (Fake::start().await, RsaKey::new());
        fake.answer("/keys", 200, json!({ "keys": [key.jwk()] }).to_string());
        let client_ids = client_ids.map(str::to_owned).to_vec();
        let settings =
            config::Provider { kind, client_ids, trusted_email_domains: Vec::new(), ..fake.settings() };
        Self { provider: provider_of(&settings), fake, key }
    }

    /// Metadata and keys name the tenant by a placeholder, as those of `common` do.
    async fn microsoft() -> Self {
        let (fake, key) = (Fake::start().await, RsaKey::new());
        let base = fake.base.clone();
        let template = format!("{base}/{{tenantid}}/v2.0");
        let metadata = json!({
            "issuer": template, "authorization_endpoint": format!("{base}/common/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/common/oauth2/v2.0/token"), "jwks_uri": format!("{base}/keys"),
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        fake.answer(&format!("/common/v2.0{METADATA}"), 200, metadata.to_string());
        let mut jwk = key.jwk();
        jwk["issuer"] = json!(template);
        fake.answer("/keys", 200, json!({ "keys": [jwk] }).to_string());
        let settings = config::Provider {
            kind: ProviderKind::Microsoft,
            issuer: format!("{base}/common/v2.0"),
            trusted_email_domains: Vec::new(),
            tenants: vec![OURS.to_owned()],
            ..fake.settings()
        };
        Self { provider: provider_of(&settings), fake, key }
    }

    /// Presents a token with these claims beside those that every token has.
    async fn present(&self, members: &Value) -> Result<VerifiedIdentity, TokenError> {
        let issued = START.unix_seconds();
        let mut claims = json!({
            "iss": self.fake.base, "sub": "1", "aud": "web", "iat": issued, "exp": issued + 3_600, "nonce": "n",
        });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        self.provider.verify(&presented(&self.key.token(&claims)), START).await
    }

    async fn is_proven(&self, members: &Value) -> bool {
        self.present(members).await.unwrap().email.unwrap().is_proven
    }
}

/// Another tenant may write any address into its tokens: the attack that is known as nOAuth.
fn entra_claims(scene: &Scene, tenant: &str) -> Value {
    json!({
        "iss": format!("{}/{tenant}/v2.0", scene.fake.base), "tid": tenant, "oid": "o", "sub": "pairwise",
        "email": "victim@example.com", "email_verified": true, "preferred_username": "victim@example.com",
    })
}

#[tokio::test]
async fn a_person_of_google_is_the_same_in_both_spellings_of_the_issuer() {
    let scene = Scene::google().await;
    for issuer in [scene.fake.base.as_str(), "accounts.google.com"] {
        let identity = scene.present(&json!({ "iss": issuer, "azp": "web" })).await.unwrap();
        assert_eq!(identity.subject.issuer, scene.fake.base);
    }
    let android = scene.present(&json!({ "aud": "web", "azp": "android" })).await.unwrap();
    assert_eq!(android.subject.subject, "1");
    let stranger = scene.present(&json!({ "azp": "someone else's" })).await.unwrap_err();
    assert_eq!(stranger, TokenError::Claims(IdTokenError::AuthorizedParty));
}

#[tokio::test]
async fn google_proves_its_own_mailboxes_and_those_of_workspaces() {
    let scene = Scene::google().await;
    assert!(scene.is_proven(&json!({ "email": "ada@gmail.com", "email_verified": true })).await);
    let workspace = json!({ "email": "ada@example.com", "email_verified": true, "hd": "example.com" });
    assert!(scene.is_proven(&workspace).await);
    assert!(!scene.is_proven(&json!({ "email": "ada@example.com", "email_verified": true })).await);
}

#[tokio::test]
async fn a_login_counts_as_two_factors_where_the_provider_is_trusted_with_it() {
    let scene = Scene::google().await;
    for (members, expected) in [
        (json!({}), Aal::One),
        (json!({ "amr": ["pwd", "otp"] }), Aal::One),
        (json!({ "amr": ["pwd", "mfa"] }), Aal::Two),
        (json!({ "acr": "mfa" }), Aal::One),
    ] {
        let identity = scene.present(&members).await.unwrap();
        assert_eq!(scene.provider.methods(&identity).aal(), expected, "{members}");
    }
}

#[tokio::test]
async fn apple_writes_truth_as_text_and_hashes_the_nonce() {
    let scene = Scene::apple().await;
    let hashed = crate::crypto::id_token::hashed_nonce("n");
    let claims = |verified: Value| {
        json!({
            "aud": "com.example.ios", "nonce": hashed, "nonce_supported": true, "is_private_email": "true",
            "email": "x7@privaterelay.appleid.com", "email_verified": verified,
        })
    };
    assert!(scene.is_proven(&claims(json!("true"))).await);
    assert!(scene.is_proven(&claims(json!(true))).await);
    assert!(!scene.is_proven(&claims(json!("false"))).await);
    // Apple's tokens have no name: it comes along once, beside the code.
    assert_eq!(scene.present(&claims(json!("true"))).await.unwrap().name, None);
}

#[tokio::test]
async fn a_second_tenant_of_microsoft_is_refused_whatever_it_writes() {
    let scene = Scene::microsoft().await;
    let refused = scene.present(&entra_claims(&scene, THEIRS)).await.unwrap_err();
    assert_eq!(refused, TokenError::Claims(IdTokenError::Tenant));
    let mut disguised = entra_claims(&scene, THEIRS);
    disguised["tid"] = json!(OURS);
    let refused = scene.present(&disguised).await.unwrap_err();
    assert_eq!(refused, TokenError::Claims(IdTokenError::Issuer));
}

#[tokio::test]
async fn an_address_of_microsoft_is_proven_by_xms_edov_alone() {
    let scene = Scene::microsoft().await;
    let identity = scene.present(&entra_claims(&scene, OURS)).await.unwrap();
    assert_eq!(identity.subject.issuer, format!("{}/{OURS}/v2.0", scene.fake.base));
    assert!(!identity.email.unwrap().is_proven);
    for owns_domain in [json!(true), json!(1), json!("1")] {
        let mut claims = entra_claims(&scene, OURS);
        claims["xms_edov"] = owns_domain;
        assert!(scene.is_proven(&claims).await);
    }
}
