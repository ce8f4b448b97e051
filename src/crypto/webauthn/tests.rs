use serde_json::json;

use super::*;
use crate::config::Config;

fn relying_party() -> RelyingParty {
    RelyingParty::new(&Config::from_sources(None, []).unwrap().webauthn).unwrap()
}

fn assertion(client_data: &Value, handle: Value) -> Value {
    json!({
        "id": "AQID", "rawId": "AQID", "type": "public-key",
        "response": {
            "clientDataJSON": response::encode(client_data.to_string().as_bytes()),
            "authenticatorData": "AA", "signature": "AA", "userHandle": handle,
        },
    })
}

fn client_data(origin: &str) -> Value {
    json!({"type": "webauthn.get", "challenge": "AA", "origin": origin})
}

const ORIGIN: &str = "http://localhost:8080";

#[test]
fn a_registration_asks_for_what_logs_in_without_a_name() {
    let owner = Owner { id: Uuid::from_u128(7), name: "ada@example.com", display_name: "Ada" };
    let options = relying_party().begin_registration(owner, vec![vec![1, 2, 3]], b"once").unwrap();
    let asked = &options["publicKey"];
    assert_eq!(asked["challenge"], response::encode(b"once"));
    let selection = &asked["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(asked["excludeCredentials"][0]["id"], "AQID");
    assert_eq!(asked["timeout"], 300_000);
    let algorithms: Vec<_> =
        asked["pubKeyCredParams"].as_array().unwrap().iter().map(|p| &p["alg"]).collect();
    assert_eq!(algorithms, [-7, -35, -257]);
    let unnamed = Owner { name: "", ..owner };
    assert!(relying_party().begin_registration(unnamed, Vec::new(), b"once").is_err());
}

#[test]
fn the_librarys_state_takes_our_challenge() {
    let options = relying_party().begin_authentication(&[], b"once").unwrap();
    assert_eq!(options["publicKey"]["challenge"], response::encode(b"once"));
    // With the fields that the library is known to have; another version would be found here.
    let (_, state) = relying_party().webauthn.start_discoverable_authentication().unwrap();
    let state = with_challenge(&state, "/ast/challenge", b"once").unwrap();
    assert!(from_value::<DiscoverableAuthentication>(state).is_ok());
    let owner = Owner { id: Uuid::from_u128(7), name: "ada@example.com", display_name: "Ada" };
    let (_, state) = relying_party().registration(owner, Vec::new()).unwrap();
    let state = with_challenge(&state, "/rs/challenge", b"once").unwrap();
    assert!(from_value::<PasskeyRegistration>(state).is_ok());
}

#[test]
fn origins_are_compared_to_the_letter() {
    let origins = vec![ORIGIN.to_owned()];
    let check =
        |data: Value| Assertion::parse(&assertion(&data, json!(null))).unwrap().client_data.check(&origins);
    assert_eq!(check(client_data(ORIGIN)), Ok(()));
    for other in
        ["http://localhost:8081", "http://localhost:8080/", "https://localhost:8080", "http://LOCALHOST:8080"]
    {
        assert_eq!(check(client_data(other)), Err(PasskeyRefused::Failed("origin")), "{other}");
    }
    let mut framed = client_data(ORIGIN);
    framed["crossOrigin"] = json!(true);
    assert_eq!(check(framed.clone()), Err(PasskeyRefused::Failed("origin")));
    framed["crossOrigin"] = json!(false);
    assert_eq!(check(framed.clone()), Ok(()));
    framed["topOrigin"] = json!("https://evil.test");
    assert_eq!(check(framed), Err(PasskeyRefused::Failed("origin")));
}

#[test]
fn a_user_handle_is_one_of_ours_or_none() {
    let handle = |value| Assertion::parse(&assertion(&client_data(ORIGIN), value)).unwrap().user_handle();
    assert_eq!(handle(json!(null)), UserHandle::Absent);
    assert_eq!(handle(json!("AQID")), UserHandle::Strange);
    let id = Uuid::from_u128(7);
    assert_eq!(handle(json!(response::encode(id.as_bytes()))), UserHandle::User(id));
}

#[test]
fn an_answer_is_whole_or_none() {
    let fine = assertion(&client_data(ORIGIN), json!(null));
    for (member, value) in
        [("id", json!("AQIE")), ("type", json!("password")), ("rawId", json!("")), ("response", json!(1))]
    {
        let mut wrong = fine.clone();
        wrong[member] = value;
        assert_eq!(Assertion::parse(&wrong).err(), Some(Malformed), "{member}");
    }
    let long = "A".repeat(4 * 342);
    let mut wrong = fine.clone();
    (wrong["id"], wrong["rawId"]) = (json!(long), json!(long));
    assert_eq!(Assertion::parse(&wrong).err(), Some(Malformed));
    assert_eq!(Attestation::parse(&fine).err(), Some(Malformed), "it attests nothing");
}

#[test]
fn what_was_kept_and_is_damaged_is_told_apart() {
    assert_eq!(PasskeyRecord::parse("{}").err(), Some(PasskeyRefused::Damaged));
    let answer = Assertion::parse(&assertion(&client_data(ORIGIN), json!(null))).unwrap();
    let state: Result<DiscoverableAuthentication, _> = from_value(json!({}));
    assert_eq!(state.err(), Some(PasskeyRefused::Damaged));
    assert_eq!(answer.challenge(), [0]);
    assert_eq!(answer.credential_id(), [1, 2, 3]);
    assert_eq!(aaguid(b"\xa0"), None);
}
