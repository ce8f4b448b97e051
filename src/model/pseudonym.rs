//! The part of a security event that remains when its user is erased.

use serde_json::{Map, Value};

/// Members of the detail of an event that describe what happened and contain no personal data.
const KEPT: [&str; 29] = [
    "amr",
    "application",
    "changed",
    "check",
    "class",
    "current_generation",
    "device",
    "document",
    "erase_at",
    "factor",
    "failures",
    "for",
    "generation",
    "invitation",
    "invitation_id",
    "kept",
    "method",
    "methods",
    "operation",
    "passkey",
    "permission",
    "provider",
    "reason",
    "revoked",
    "roles",
    "sent",
    "target",
    "version",
    "via",
];
/// Members that are lists: the changed roles.
const KEPT_LISTS: [&str; 2] = ["from", "to"];
/// Longest word that is kept, in bytes: a UUID.
const LONGEST: usize = 36;

/// The detail without personal data: only known members, and of these only numbers, booleans and plain words. Ids stay,
/// because they are pseudonyms once the row of the user is deleted.
pub fn reduced(detail: &Value) -> Value {
    let Value::Object(members) = detail else {
        return Value::Object(Map::new());
    };
    let kept = members.iter().filter(|(name, value)| is_known(name, value) && is_plain(value));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn is_known(name: &str, value: &Value) -> bool {
    KEPT.contains(&name) || (KEPT_LISTS.contains(&name) && value.is_array())
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => {
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
            text.len() <= LONGEST && text.bytes().all(is_word)
        }
        Value::Array(values) => values.iter().all(|value| !value.is_array() && is_plain(value)),
        Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_happened_stays() {
        let kept = json!({
            "reason": "logout_all", "kept": "01919191-9191-7919-9919-919191919191", "generation": 7,
            "amr": ["pwd", "otp"], "class": null, "from": ["user"], "to": ["user", "admin"], "erase_at": "2026-11-21T17:43:00Z",
        });
        assert_eq!(reduced(&kept), kept);
    }

    #[test]
    fn what_may_be_personal_goes() {
        let detail = json!({
            "email": "ada@example.com", "new_address": "x", "stated_reason": "stolen", "name": "Ada", "reason": "ada@example.com",
            "roles": ["user", "Ada Lovelace"], "via": { "email": "ada" }, "amr": [["pwd"]],
            "factor": "x".repeat(37), "from": "Ada", "to": "Eve", "country": "DE", "previous_country": "FR",
        });
        assert_eq!(reduced(&detail), json!({}));
        assert_eq!(reduced(&json!("ada")), json!({}));
    }
}
