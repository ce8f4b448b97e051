//! Answers in order and out of it.

use super::*;

fn code(response: &AuthorizationResponse) -> Option<&str> {
    match &response.outcome {
        ProviderOutcome::Code(code) => Some(code.expose()),
        ProviderOutcome::Refused(_) => None,
    }
}

fn error(query: &str) -> ResponseError {
    AuthorizationResponse::read(query).unwrap_err()
}

#[test]
fn a_code_comes_with_its_state() {
    let query = "code=a%2Fb&state=the+state&iss=https%3A%2F%2Fid.example&session_state=x";
    let response = AuthorizationResponse::read(query).unwrap();
    assert_eq!((code(&response), response.state.expose().as_str()), (Some("a/b"), "the state"));
    assert_eq!(response.iss.as_deref(), Some("https://id.example"));
    assert!(!format!("{response:?}").contains("the state") && !format!("{response:?}").contains("a/b"));
}

#[test]
fn a_refusal_has_one_of_few_meanings() {
    for (word, expected) in [
        ("access_denied", ProviderRefusal::Cancelled),
        ("user_cancelled_authorize", ProviderRefusal::Cancelled),
        ("temporarily_unavailable", ProviderRefusal::Unavailable),
        ("server_error", ProviderRefusal::Unavailable),
        ("invalid_scope", ProviderRefusal::Other),
        ("%3Cscript%3E", ProviderRefusal::Other),
    ] {
        let query = format!("error={word}&error_description=anything&state=s");
        let response = AuthorizationResponse::read(&query).unwrap();
        assert!(
            matches!(response.outcome, ProviderOutcome::Refused(refusal) if refusal == expected),
            "{word}"
        );
    }
}

#[test]
fn what_is_ambiguous_is_refused() {
    for query in [
        "code=a&code=b&state=s",
        "code=a&code=a&state=s",
        "code=a&state=s&state=t",
        "code=a&state=s&iss=a&iss=b",
        "code=a&state=s&%73tate=t",
        "code=a&state=s&code=",
    ] {
        assert_eq!(error(query), ResponseError::Repeated, "{query}");
        assert_eq!(relayed_query(query).unwrap_err(), ResponseError::Repeated, "{query}");
    }
    for query in ["code=a&error=access_denied&state=s", "state=s", "", "code=&state=s"] {
        assert_eq!(error(query), ResponseError::NoOutcome, "{query}");
    }
    for query in ["code=a", "code=a&state=", "error=access_denied"] {
        assert_eq!(error(query), ResponseError::NoState, "{query}");
    }
    assert_eq!(error(&format!("code={}&state=s", "a".repeat(LONGEST))), ResponseError::TooLong);
}

#[test]
fn apples_form_hands_over_four_parameters_and_nothing_else() {
    let form = "state=s%26t&code=c&id_token=secret&user=%7B%22name%22%3A1%7D&iss=https%3A%2F%2Fevil.example&\
                return_to=https%3A%2F%2Fevil.example&x=%0d%0aLocation%3a+evil";
    let query = relayed_query(form).unwrap();
    assert_eq!(query.expose(), "code=c&state=s%26t&user=%7B%22name%22%3A1%7D");
    let response = AuthorizationResponse::read(query.expose()).unwrap();
    assert_eq!((code(&response), response.state.expose().as_str()), (Some("c"), "s&t"));
    let cancelled = relayed_query("state=s&error=user_cancelled_authorize").unwrap();
    assert_eq!(cancelled.expose(), "state=s&error=user_cancelled_authorize");
    assert_eq!(relayed_query("").unwrap().expose(), "");
    assert_eq!(relayed_query("code=%0d%0aSet-Cookie%3a+a").unwrap().expose(), "code=%0D%0ASet-Cookie%3A+a");
}

#[test]
fn apples_name_is_one_line_and_its_address_is_not_believed() {
    let name = |user: &str| apple_name(user);
    let whole = r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"victim@example.com"}"#;
    assert_eq!(name(whole).as_deref(), Some("Ada Lovelace"));
    assert_eq!(name(r#"{"name":{"firstName":" Ada\n\tM. "}}"#).as_deref(), Some("Ada M."));
    let of_length = |length: usize| format!(r#"{{"name":{{"firstName":"{}"}}}}"#, "ä".repeat(length));
    assert_eq!(name(&of_length(100)), Some("ä".repeat(100)));
    let long = of_length(101);
    for none in ["", "x", "{}", r#"{"name":{}}"#, r#"{"name":1}"#, r#"{"name":{"firstName":" "}}"#, &long] {
        assert_eq!(name(none), None, "{none}");
    }
}

#[test]
fn the_longest_answer_has_16384_bytes() {
    let answer = |length: usize| format!("state=s&code={}", "a".repeat(length - "state=s&code=".len()));
    let longest = answer(16_384);
    let response = AuthorizationResponse::read(&longest).unwrap();
    assert_eq!(code(&response).map(str::len), Some(16_371));
    assert!(relayed_query(&longest).is_ok());
    assert_eq!(error(&answer(16_385)), ResponseError::TooLong);
    assert_eq!(relayed_query(&answer(16_385)).unwrap_err(), ResponseError::TooLong);
}
