use super::*;

fn rules(allow_roles: bool) -> Rules {
    Rules { allow_roles, now: Timestamp::from_unix_seconds(1_800_000_000) }
}

fn parse(text: &[u8], rules: &Rules) -> Result<UserLine, Fault> {
    Line::read(text)?.user(rules)
}

fn fault(text: &str) -> (Option<&'static str>, &'static str) {
    let fault = parse(text.as_bytes(), &rules(false)).err().expect("a fault");
    (fault.field, fault.code)
}

#[test]
fn a_whole_line_is_read() {
    let text = r#"{"email":" Ada@Example.com","display_name":"Ada","locale":"de","email_verified":true,
        "id":"01890A5D-AC96-774B-BCCE-B302099A8057","external_id":"42","roles":["admin","user"],"disabled":true,"created_at":"2020-01-02T03:04:05+02:00",
        "password_hash":"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}"#;
    let user = parse(text.as_bytes(), &rules(true)).expect("a user");
    assert_eq!(user.email.as_str(), "ada@example.com");
    assert_eq!(user.id.map(|id| id.to_string()).as_deref(), Some("01890a5d-ac96-774b-bcce-b302099a8057"));
    assert_eq!(user.external_id.as_deref(), Some("42"));
    assert_eq!(user.display_name.as_deref(), Some("Ada"));
    assert_eq!(user.locale.map(|locale| locale.to_string()).as_deref(), Some("de"));
    assert_eq!(user.roles, Roles::of(&[Role::Admin, Role::User]));
    assert_eq!((user.status, user.email_verified), (Status::Disabled, true));
    assert_eq!(user.created_at.map(Timestamp::rfc3339).as_deref(), Some("2020-01-02T01:04:05Z"));
    assert!(user.password_hash.is_some());
}

#[test]
fn an_address_is_enough() {
    let user = parse(br#"{"email":"ada@example.com"}"#, &rules(false)).expect("a user");
    assert_eq!((user.roles, user.status), (Roles::of(&[Role::User]), Status::Active));
    assert!(!user.email_verified && user.password_hash.is_none() && user.created_at.is_none());
}

#[test]
fn faults_name_their_member() {
    assert_eq!(fault("nonsense"), (None, "invalid_line"));
    assert_eq!(fault(r#"["ada@example.com"]"#), (None, "invalid_line"));
    assert_eq!(fault(r#"{"email":"a@b.c","email":"a@b.c"}"#), (None, "invalid_line"));
    assert_eq!(fault(r#"{"email":"ada"}"#), (Some("email"), "invalid_email"));
    let with = |member: &str| fault(&format!(r#"{{"email":"ada@example.com",{member}}}"#));
    assert_eq!(with(r#""aal":2"#), (None, "invalid_line"));
    for id in ["42", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(with(&format!(r#""id":"{id}""#)), (Some("id"), "invalid_id"));
    }
    for id in ["", " 42", "a\\u0000b", &"x".repeat(256)] {
        assert_eq!(with(&format!(r#""external_id":"{id}""#)), (Some("external_id"), "invalid_external_id"));
    }
    assert_eq!(with(r#""locale":"german""#), (Some("locale"), "invalid_locale"));
    assert_eq!(with(r#""roles":["admin"]"#), (Some("roles"), "role_not_allowed"));
    let unproven = br#"{"email":"ada@example.com","roles":["support"]}"#;
    let refused = parse(unproven, &rules(true)).err().expect("a fault");
    assert_eq!((refused.field, refused.code), (Some("roles"), "role_unproven"));
    assert_eq!(with(r#""roles":["root"]"#), (Some("roles"), "unknown_role"));
    assert_eq!(with(r#""roles":[]"#), (Some("roles"), "unknown_role"));
    assert_eq!(with(r#""roles":["user admin"]"#), (Some("roles"), "unknown_role"));
    assert_eq!(with(r#""created_at":"yesterday""#), (Some("created_at"), "invalid_time"));
    assert_eq!(with(r#""created_at":"2999-01-01T00:00:00Z""#), (Some("created_at"), "invalid_time"));
    assert_eq!(with(r#""password_hash":"5f4dcc3b""#), (Some("password_hash"), "unknown_hash"));
}

#[test]
fn a_fault_repeats_nothing_of_the_line() {
    for text in [
        r#"{"email":"ada@example.com","password_hash":["canary"]}"#,
        r#"{"email":"ada@example.com","password_hash":"$2b$canary"}"#,
        r#"{"email":"canary","display_name":3}"#,
        r#"canary"#,
    ] {
        let fault = parse(text.as_bytes(), &rules(false)).err().expect("a fault");
        assert!(!format!("{fault:?}").contains("canary"), "{fault:?}");
    }
}
