//! Which issuer a provider's tokens may name (OpenID Connect Core §3.1.3.7, step 2).

use super::ProviderKind;

/// What Microsoft writes into its metadata and keys in place of a tenant.
const TENANT_PLACEHOLDER: &str = "{tenantid}";
/// The spelling without a scheme that Google's documentation allows in ID tokens.
const GOOGLE_SHORT: &str = "accounts.google.com";
/// In the list of tenants: every tenant.
const EVERY_TENANT: &str = "*";

/// The claims of a token that say who has issued it.
#[derive(Clone, Copy, Debug)]
pub struct ToldIssuer<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// Microsoft: the tenant.
    pub tid: Option<&'a str>,
}

/// Why a token of this issuer does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerError {
    /// Another provider's token.
    Issuer,
    /// A token of a tenant that is not admitted, or of none.
    Tenant,
}

/// The rule for the claim `iss` of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerRule {
    /// Exactly this text.
    Exact(String),
    /// One of Google's two spellings. Both are the issuer with this one.
    Google(String),
    /// The template of Microsoft Entra ID, filled with the tenant of the token, which must be one of these.
    Entra {
        /// With `{tenantid}` in place of the tenant.
        template: String,
        /// Ids of tenants in lower case, or `*`.
        tenants: Vec<String>,
    },
}

impl IssuerRule {
    /// The rule of a provider. The configured issuer of Microsoft names a tenant or a group of them, such as `common`.
    pub fn new(kind: ProviderKind, issuer: &str, tenants: &[String]) -> Self {
        match kind {
            ProviderKind::Google => Self::Google(issuer.to_owned()),
            ProviderKind::Microsoft => Self::Entra {
                template: entra_template(issuer),
                tenants: tenants.iter().map(|tenant| tenant.to_ascii_lowercase()).collect(),
            },
            ProviderKind::Apple | ProviderKind::GitHub | ProviderKind::Oidc => Self::Exact(issuer.to_owned()),
        }
    }

    /// Whether the provider's metadata may name this issuer (OpenID Connect Discovery §4.3). `configured` is the issuer
    /// under whose address the metadata were found.
    pub fn accepts_metadata(&self, configured: &str, announced: &str) -> bool {
        match self {
            Self::Exact(issuer) | Self::Google(issuer) => announced == issuer,
            Self::Entra { template, .. } => announced == template || announced == configured,
        }
    }

    /// Gives the issuer by which the identity is known, in its one spelling. `key_issuer` is the issuer that the
    /// signing key is for, which Microsoft tells of each key: a key of one tenant signs for no other.
    ///
    /// # Errors
    /// [`IssuerError::Issuer`] or [`IssuerError::Tenant`].
    pub fn examine(&self, claims: &ToldIssuer<'_>, key_issuer: Option<&str>) -> Result<String, IssuerError> {
        match self {
            Self::Exact(issuer) if claims.iss == *issuer => Ok(issuer.clone()),
            Self::Google(issuer) if claims.iss == *issuer || claims.iss == GOOGLE_SHORT => Ok(issuer.clone()),
            Self::Entra { template, tenants } => examine_tenant(template, tenants, claims, key_issuer),
            Self::Exact(_) | Self::Google(_) => Err(IssuerError::Issuer),
        }
    }

    /// Whether an answer that came through the browser may name this issuer (RFC 9207 §2.4). One without the parameter is
    /// accepted from providers that do not announce it.
    pub fn accepts_response(&self, iss: Option<&str>, is_announced: bool) -> bool {
        let Some(iss) = iss else { return !is_announced };
        match self {
            Self::Exact(issuer) => iss == issuer,
            Self::Google(issuer) => iss == issuer || iss == GOOGLE_SHORT,
            Self::Entra { template, tenants } => {
                let tenant = tenant_of(template, iss);
                tenant.is_some_and(|tenant| is_tenant_id(tenant) && admits(tenants, tenant))
            }
        }
    }
}

/// What stands in the place of the tenant.
fn tenant_of<'a>(template: &str, issuer: &'a str) -> Option<&'a str> {
    let (before, behind) = template.split_once(TENANT_PLACEHOLDER)?;
    issuer.strip_prefix(before)?.strip_suffix(behind)
}

fn admits(tenants: &[String], tenant: &str) -> bool {
    tenants.iter().any(|admitted| admitted == EVERY_TENANT || admitted.eq_ignore_ascii_case(tenant))
}

fn examine_tenant(
    template: &str,
    tenants: &[String],
    claims: &ToldIssuer<'_>,
    key_issuer: Option<&str>,
) -> Result<String, IssuerError> {
    let tenant = claims.tid.filter(|tenant| is_tenant_id(tenant)).ok_or(IssuerError::Tenant)?;
    if !admits(tenants, tenant) {
        return Err(IssuerError::Tenant);
    }
    let filled = |template: &str| template.replace(TENANT_PLACEHOLDER, tenant);
    let issuer = filled(template);
    let is_for_it = key_issuer.is_none_or(|key_issuer| filled(key_issuer) == issuer);
    if claims.iss == issuer && is_for_it { Ok(issuer.to_ascii_lowercase()) } else { Err(IssuerError::Issuer) }
}

/// Whether the text has the form of an id (8-4-4-4-12 hexadecimal digits), so that it can change nothing but its place
/// in the template.
pub fn is_tenant_id(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|sign| sign == '-' || sign.is_ascii_hexdigit())
}

/// Puts the placeholder in the place of the tenant, which is the first segment of the path.
fn entra_template(issuer: &str) -> String {
    let Some((scheme, rest)) = issuer.split_once("://") else { return issuer.to_owned() };
    let mut segments: Vec<&str> = rest.split('/').collect();
    if let Some(tenant) = segments.get_mut(1) {
        *tenant = TENANT_PLACEHOLDER;
    }
    format!("{scheme}://{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "11111111-2222-3333-4444-555555555555";
    const THEIRS: &str = "99999999-2222-3333-4444-555555555555";
    const COMMON: &str = "https://login.microsoftonline.com/common/v2.0";

    fn claims<'a>(iss: &'a str, tid: Option<&'a str>) -> ToldIssuer<'a> {
        ToldIssuer { iss, tid }
    }

    fn entra(tenants: &[&str]) -> IssuerRule {
        let tenants: Vec<String> = tenants.iter().map(|tenant| (*tenant).to_owned()).collect();
        IssuerRule::new(ProviderKind::Microsoft, COMMON, &tenants)
    }

    fn issuer_of(tenant: &str) -> String {
        format!("https://login.microsoftonline.com/{tenant}/v2.0")
    }

    #[test]
    fn an_answer_names_its_provider_or_nothing() {
        let rule = IssuerRule::new(ProviderKind::Oidc, "https://id.example", &[]);
        assert!(rule.accepts_response(Some("https://id.example"), true));
        assert!(rule.accepts_response(Some("https://id.example"), false));
        assert!(rule.accepts_response(None, false));
        assert!(!rule.accepts_response(None, true), "an announced parameter was taken away");
        for other in ["https://evil.example", "https://id.example/", "", "https://id.example#"] {
            assert!(!rule.accepts_response(Some(other), false), "{other}");
        }
        let google = IssuerRule::new(ProviderKind::Google, "https://accounts.google.com", &[]);
        assert!(google.accepts_response(Some("https://accounts.google.com"), true));
        assert!(google.accepts_response(Some("accounts.google.com"), false));
        assert!(!google.accepts_response(Some("accounts.google.com.evil.example"), false));
    }

    #[test]
    fn an_answer_of_microsoft_names_an_admitted_tenant() {
        let rule = entra(&[OURS]);
        assert!(rule.accepts_response(Some(&issuer_of(OURS)), false));
        assert!(rule.accepts_response(None, false));
        for other in [COMMON, &issuer_of(THEIRS), &issuer_of(&format!("{OURS}/x")), OURS] {
            assert!(!rule.accepts_response(Some(other), false), "{other}");
        }
        let every = entra(&["*"]);
        assert!(every.accepts_response(Some(&issuer_of(THEIRS)), true));
        for other in [issuer_of("common"), issuer_of("*"), issuer_of(""), issuer_of(&format!("{OURS}0"))] {
            assert!(!every.accepts_response(Some(&other), false), "{other}");
        }
        assert!(!every.accepts_response(None, true), "an announced parameter was taken away");
    }

    #[test]
    fn other_providers_are_compared_exactly() {
        let rule = IssuerRule::new(ProviderKind::Oidc, "https://id.example/realms/a", &[]);
        assert_eq!(
            rule.examine(&claims("https://id.example/realms/a", None), None).as_deref(),
            Ok("https://id.example/realms/a")
        );
        for other in [
            "https://id.example/realms/a/",
            "https://id.example/realms/A",
            "http://id.example/realms/a",
            "https://id.example/realms",
            "https://ID.example/realms/a",
            "",
        ] {
            assert_eq!(rule.examine(&claims(other, None), None), Err(IssuerError::Issuer), "{other}");
        }
    }

    #[test]
    fn both_spellings_of_google_are_one_issuer() {
        let rule = IssuerRule::new(ProviderKind::Google, "https://accounts.google.com", &[]);
        for spelling in ["https://accounts.google.com", "accounts.google.com"] {
            let issuer = rule.examine(&claims(spelling, None), None);
            assert_eq!(issuer.as_deref(), Ok("https://accounts.google.com"));
        }
        for other in
            ["https://accounts.google.com/", "http://accounts.google.com", "accounts.google.com.evil"]
        {
            assert_eq!(rule.examine(&claims(other, None), None), Err(IssuerError::Issuer), "{other}");
        }
        // Only in tokens: metadata name the URL.
        assert!(rule.accepts_metadata("https://accounts.google.com", "https://accounts.google.com"));
        assert!(!rule.accepts_metadata("https://accounts.google.com", "accounts.google.com"));
    }

    #[test]
    fn a_tenant_fills_the_template_of_microsoft() {
        let rule = entra(&[OURS]);
        assert_eq!(rule.examine(&claims(&issuer_of(OURS), Some(OURS)), None), Ok(issuer_of(OURS)));
        assert!(rule.accepts_metadata(COMMON, "https://login.microsoftonline.com/{tenantid}/v2.0"));
        assert!(!rule.accepts_metadata(COMMON, "https://login.microsoftonline.com/{tenantid}/v1.0"));
        assert!(rule.accepts_metadata(COMMON, COMMON));
        assert!(!rule.accepts_metadata(COMMON, &issuer_of("organizations")));
    }

    /// The attack that is known as nOAuth begins with an account in a tenant of the attacker's own.
    #[test]
    fn other_tenants_are_refused() {
        let rule = entra(&[OURS]);
        let longer = format!("{OURS}/x");
        for (iss, tid) in [
            (issuer_of(THEIRS), Some(THEIRS)),
            (issuer_of(THEIRS), Some(OURS)),
            (issuer_of(OURS), Some(THEIRS)),
            (issuer_of(OURS), None),
            (issuer_of("common"), Some("common")),
            (issuer_of("*"), Some("*")),
            (issuer_of(&longer), Some(longer.as_str())),
        ] {
            assert!(rule.examine(&claims(&iss, tid), None).is_err(), "{iss} {tid:?}");
        }
        let every = entra(&["*"]);
        assert_eq!(every.examine(&claims(&issuer_of(THEIRS), Some(THEIRS)), None), Ok(issuer_of(THEIRS)));
        assert_eq!(every.examine(&claims(&issuer_of(OURS), Some(THEIRS)), None), Err(IssuerError::Issuer));
    }

    #[test]
    fn a_key_signs_for_the_issuer_that_it_names() {
        let rule = entra(&["*"]);
        let issuer = issuer_of(OURS);
        let token = claims(&issuer, Some(OURS));
        for (key, is_good) in [
            (issuer_of("{tenantid}"), true),
            (issuer_of(OURS), true),
            (issuer_of(THEIRS), false),
            ("https://sts.windows.net/{tenantid}/".to_owned(), false),
        ] {
            assert_eq!(rule.examine(&token, Some(&key)).is_ok(), is_good, "{key}");
        }
    }

    #[test]
    fn the_case_of_a_tenant_makes_no_second_issuer() {
        let upper = "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE";
        let rule = entra(&[upper]);
        let lower = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
        for tenant in [upper, lower] {
            let issuer = rule.examine(&claims(&issuer_of(tenant), Some(tenant)), None);
            assert_eq!(issuer, Ok(issuer_of(lower)));
        }
    }

    #[test]
    fn tenants_have_one_form() {
        assert!(is_tenant_id(OURS));
        for other in [
            "",
            "common",
            "11111111222233334444555555555555",
            "1111111g-2222-3333-4444-555555555555",
            "1111111-2222-3333-4444-555555555555",
            "11111111-2222-3333-4444-5555555555555",
            "11111111-222-33333-4444-555555555555",
            "11111111-2222-3333-4444-555555555555-",
            "1111111/-2222-3333-4444-555555555555",
        ] {
            assert!(!is_tenant_id(other), "{other}");
        }
    }

    #[test]
    fn the_metadata_of_other_providers_name_the_configured_issuer() {
        let rule = IssuerRule::new(ProviderKind::Oidc, "https://id.example", &[]);
        assert!(rule.accepts_metadata("https://id.example", "https://id.example"));
        for other in ["https://id.example/", "https://evil.example", ""] {
            assert!(!rule.accepts_metadata("https://id.example", other), "{other}");
        }
    }
}
