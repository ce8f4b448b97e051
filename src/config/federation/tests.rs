use super::*;
use crate::config::tests::{load, problem_keys};

const GOOGLE: [(&str, &str); 2] = [
    ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__KIND", "google"),
    ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_ID", "web"),
];

fn variables(further: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&GOOGLE[..], further].concat()
}

#[test]
fn without_providers_there_is_no_federation() {
    assert!(load(&[]).unwrap().federation.providers.is_empty());
}

#[test]
fn several_providers_of_a_kind_have_names_of_their_own() {
    let config = load(&variables(&[
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_SECRET", "hunter2"),
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_IDS", "ios, android"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF_IDP__ISSUER", "https://id.example/realms/staff"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF_IDP__CLIENT_ID", "kindred"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF_IDP__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF_IDP__TRUSTED_EMAIL_DOMAINS", "Example.com"),
    ]))
    .unwrap();
    let [google, staff] = &config.federation.providers[..] else { panic!("{:?}", config.federation) };
    assert_eq!((google.name.as_str(), google.kind), ("google", ProviderKind::Google));
    assert_eq!(google.issuer, "https://accounts.google.com");
    assert_eq!(google.client_ids, ["web", "ios", "android"]);
    assert_eq!(google.client_auth, ClientAuth::Basic);
    assert_eq!(google.scopes, ["openid", "email", "profile"]);
    assert_eq!((staff.name.as_str(), staff.kind), ("staff_idp", ProviderKind::Oidc));
    assert_eq!(staff.trusted_email_domains, ["example.com"]);
    let shown: Vec<_> =
        config.settings.iter().filter(|setting| setting.key.starts_with("federation.")).collect();
    assert_eq!(shown.len(), 32, "{shown:?}");
    assert!(shown.iter().any(|setting| {
        setting.key == "federation.providers.google.client_secret" && setting.value == "***"
    }));
}

#[test]
fn people_see_the_name_of_the_kind_or_the_one_of_the_settings() {
    let config = load(&variables(&[
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__ISSUER", "https://id.example/realms/staff"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__CLIENT_ID", "kindred"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__LOGO", "https://static.example/staff.svg"),
    ]))
    .unwrap();
    let [google, staff] = &config.federation.providers[..] else { panic!("{:?}", config.federation) };
    assert_eq!((google.display_name.as_str(), &google.logo), ("Google", &None));
    assert_eq!(staff.display_name, "staff");
    assert_eq!(staff.logo.as_ref().map(Url::as_str), Some("https://static.example/staff.svg"));
    let named = variables(&[
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__DISPLAY_NAME", "Acme Workspace"),
    ]);
    assert_eq!(load(&named).unwrap().federation.providers[0].display_name, "Acme Workspace");
    for (key, setting, wrong) in [
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__DISPLAY_NAME", "display_name", " "),
        (
            "KINDRED_FEDERATION__PROVIDERS__GOOGLE__DISPLAY_NAME",
            "display_name",
            "12345678901234567890123456789012345678901",
        ),
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__LOGO", "logo", "data:image/png,x"),
    ] {
        let wrong =
            variables(&[("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_AUTH", "none"), (key, wrong)]);
        assert_eq!(problem_keys(&wrong), [format!("federation.providers.google.{setting}")]);
    }
}

#[test]
fn what_is_missing_is_told_with_the_key_of_the_provider() {
    assert_eq!(problem_keys(&GOOGLE), ["federation.providers.google.client_secret"]);
    let keys = problem_keys(&[("KINDRED_FEDERATION__PROVIDERS__A__CLIENT_AUTH", "none")]);
    assert_eq!(keys, ["federation.providers.a.client_id", "federation.providers.a.issuer"]);
}

#[test]
fn github_tells_nothing_of_its_logins() {
    let keys = problem_keys(&[
        ("KINDRED_FEDERATION__PROVIDERS__HUB__KIND", "github"),
        ("KINDRED_FEDERATION__PROVIDERS__HUB__CLIENT_ID", "web"),
        ("KINDRED_FEDERATION__PROVIDERS__HUB__CLIENT_SECRET", "hunter2"),
        ("KINDRED_FEDERATION__PROVIDERS__HUB__TRUSTED_ACR", "gold"),
        ("KINDRED_FEDERATION__PROVIDERS__HUB__TRUSTED_AMR", "mfa"),
    ]);
    assert_eq!(keys, ["federation.providers.hub.trusted_acr", "federation.providers.hub.trusted_amr"]);
}

#[test]
fn microsoft_needs_its_tenants() {
    let tenants = |tenants: &'static str| {
        problem_keys(&[
            ("KINDRED_FEDERATION__PROVIDERS__ENTRA__KIND", "microsoft"),
            ("KINDRED_FEDERATION__PROVIDERS__ENTRA__CLIENT_ID", "web"),
            ("KINDRED_FEDERATION__PROVIDERS__ENTRA__CLIENT_AUTH", "none"),
            ("KINDRED_FEDERATION__PROVIDERS__ENTRA__TENANTS", tenants),
            // Something is wrong in any case.
            ("KINDRED_PASSWORD__MEMORY_KIB", "many"),
        ])
    };
    assert_eq!(tenants("*"), ["password.memory_kib"]);
    assert_eq!(tenants("11111111-2222-3333-4444-555555555555"), ["password.memory_kib"]);
    for wrong in ["", "contoso.example", "common"] {
        assert!(tenants(wrong).contains(&"federation.providers.entra.tenants".to_owned()), "{wrong}");
    }
}

#[test]
fn apple_needs_what_its_secret_is_made_of() {
    let apple = [
        ("KINDRED_FEDERATION__PROVIDERS__APPLE__KIND", "apple"),
        ("KINDRED_FEDERATION__PROVIDERS__APPLE__CLIENT_ID", "com.example.web"),
        ("KINDRED_FEDERATION__PROVIDERS__APPLE__CLIENT_SECRET", "-----BEGIN PRIVATE KEY-----"),
    ];
    let ids = ["federation.providers.apple.team_id", "federation.providers.apple.key_id"];
    assert_eq!(problem_keys(&apple), ids);
    let whole = [
        &apple[..],
        &[
            ("KINDRED_FEDERATION__PROVIDERS__APPLE__TEAM_ID", "TEAM"),
            ("KINDRED_FEDERATION__PROVIDERS__APPLE__KEY_ID", "KEY"),
        ],
    ]
    .concat();
    let provider = &load(&whole).unwrap().federation.providers[0];
    assert_eq!((provider.client_auth, provider.scopes.len()), (ClientAuth::Post, 3));
    let basic = [&whole[..], &[("KINDRED_FEDERATION__PROVIDERS__APPLE__CLIENT_AUTH", "basic")]].concat();
    assert_eq!(problem_keys(&basic), ["federation.providers.apple.client_auth"]);
    let other = variables(&[
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_SECRET", "hunter2"),
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__KEY_ID", "KEY"),
    ]);
    assert_eq!(problem_keys(&other), ["federation.providers.google.key_id"]);
}

#[test]
fn trust_in_every_domain_is_possible_and_loud() {
    let variables = variables(&[
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_SECRET", "hunter2"),
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__TRUSTED_EMAIL_DOMAINS", "*"),
    ]);
    let warnings = load(&variables).unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("google.trusted_email_domains")), "{warnings:?}");
    let microsoft = problem_keys(&[
        ("KINDRED_FEDERATION__PROVIDERS__ENTRA__KIND", "microsoft"),
        ("KINDRED_FEDERATION__PROVIDERS__ENTRA__CLIENT_ID", "web"),
        ("KINDRED_FEDERATION__PROVIDERS__ENTRA__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__ENTRA__TENANTS", "*"),
        ("KINDRED_FEDERATION__PROVIDERS__ENTRA__TRUSTED_EMAIL_DOMAINS", "example.com"),
    ]);
    assert_eq!(microsoft, ["federation.providers.entra.trusted_email_domains"]);
    for wrong in ["exa mple.com", "bücher.example", "@example.com"] {
        let wrong = [
            ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_SECRET", "hunter2"),
            ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__TRUSTED_EMAIL_DOMAINS", wrong),
        ];
        let keys = problem_keys(&[&GOOGLE[..], &wrong[..]].concat());
        assert_eq!(keys, ["federation.providers.google.trusted_email_domains"], "{wrong:?}");
    }
}

#[test]
fn issuers_are_https() {
    for wrong in ["http://id.example", "id.example", "https://id.example/?a=b", "https://id.example/#a"] {
        let variables = [
            ("KINDRED_FEDERATION__PROVIDERS__A__ISSUER", wrong),
            ("KINDRED_FEDERATION__PROVIDERS__A__CLIENT_ID", "web"),
            ("KINDRED_FEDERATION__PROVIDERS__A__CLIENT_AUTH", "none"),
        ];
        assert_eq!(problem_keys(&variables), ["federation.providers.a.issuer"], "{wrong}");
    }
    let private = [
        ("KINDRED_FEDERATION__PROVIDERS__A__ISSUER", "http://127.0.0.1:4000"),
        ("KINDRED_FEDERATION__PROVIDERS__A__CLIENT_ID", "web"),
        ("KINDRED_FEDERATION__PROVIDERS__A__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__A__ALLOW_PRIVATE", "true"),
    ];
    assert_eq!(load(&private).unwrap().federation.providers[0].issuer, "http://127.0.0.1:4000");
}

#[test]
fn unknown_settings_of_a_provider_are_refused() {
    let keys = problem_keys(&variables(&[
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_SECRET", "hunter2"),
        ("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_SECRETS", "hunter2"),
    ]));
    assert_eq!(keys, ["federation.providers.google.client_secrets"]);
    assert_eq!(problem_keys(&[("KINDRED_FEDERATION__PROVIDERS", "google")]), ["federation.providers"]);
}

#[test]
fn a_secret_may_be_in_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2\n").unwrap();
    let path = file.path().to_str().unwrap();
    let mut variables: Vec<(&str, &str)> = variables(&[]);
    variables.push(("KINDRED_FEDERATION__PROVIDERS__GOOGLE__CLIENT_SECRET__FILE", path));
    let config = load(&variables).unwrap();
    let secret = config.federation.providers[0].client_secret.as_ref().unwrap();
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn names_are_short_and_plain() {
    for name in ["google", "a", "staff-idp", "idp_2"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", "Google", "a.b", "a/b", "ä", "<name>", &"a".repeat(33)] {
        assert!(!is_name(name), "{name}");
    }
}
