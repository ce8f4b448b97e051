//! Who comes from another system logs in with the password from there, once; then it is hashed as today.

use macro_rules_attribute::apply;
use serde_json::json;

use super::import::import;
use super::rows::Rows;
use crate::support::backend::{Env, on_both_databases};
use crate::support::sql::sql;

const PASSWORD: &str = "lantern orbit velvet drizzle";

/// Of [`PASSWORD`]: made by libxcrypt and by CPython's hashlib.
const HASHES: [(&str, &str); 5] = [
    ("bcrypt", "$2b$06$KUzXsvYrCJnhHGqdcdEQl.mKiOzK6E.nmt.bPBLkqFSWfJcINJvka"),
    ("scrypt", "$scrypt$ln=10,r=8,p=1$Z3JhaW4gb2Ygc2FsdA$jWMBsvwWc1R4OFdw+B6+0aXsTxNydWqDDWPknEp70Pk"),
    ("pbkdf2", "$pbkdf2-sha256$i=1000,l=32$Z3JhaW4gb2Ygc2FsdA$Tc+SH8g05r1uAdfQKEJe7/uu7WCpYRfEI9X9+08kM1c"),
    (
        "pbkdf2-512",
        "$pbkdf2-sha512$1000$Z3JhaW4gb2Ygc2FsdA$rJ0LBISN5/lfEClYcKzMl8nwWDGQnIQzypE.0ttzgMZ/YToNXnq9fepxMoTG56QYtjfG0p.t7lw.0XND7ZljAA",
    ),
    ("django", "pbkdf2_sha256$1000$grainofsalt$zuLljLxjtx/XhidTmqp+b4AIAvuwkCiYSURKAiY8VbA="),
];

/// Argon2's reference implementation, test.c; the password is `password`.
const ARGON2I: &str = "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";

/// Openwall's crypt_blowfish: it read the first 72 bytes.
const LONG: &str =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored";
const LONG_HASH: &str = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";

fn line(name: &str, hash: &str) -> String {
    format!(
        "{}\n",
        json!({"email": format!("{name}@import.example"), "password_hash": hash, "email_verified": true})
    )
}

#[apply(on_both_databases)]
async fn each_kind_of_hash_lets_its_owner_in_and_is_replaced(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut lines: String = HASHES.iter().map(|(name, hash)| line(name, hash)).collect();
    lines += &line("argon2i", ARGON2I);
    let output = import(&env.setup(&[]), &[], &lines);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let people = HASHES.iter().map(|(name, _)| (*name, PASSWORD)).chain([("argon2i", "password")]);
    for (name, password) in people {
        let email = format!("{name}@import.example");
        let stored = || {
            let of =
                "SELECT hash FROM password_credentials WHERE user_id = (SELECT id FROM users WHERE email";
            sql(&env, &format!("{of} = '{email}')"))
        };
        let before = stored();
        client.login(&email, "lantern orbit velvet drizzl").await.assert_problem(401, "invalid_credentials");
        assert_eq!(stored(), before, "a wrong password changes nothing");
        let reply = client.login(&email, password).await;
        assert_eq!(reply.status, 200, "{name}: {reply:?}");
        assert!(stored().starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{name}: {}", stored());
        assert_eq!(client.login(&email, password).await.status, 200, "{name}");
        client.login(&email, "lantern orbit velvet drizzl").await.assert_problem(401, "invalid_credentials");
    }
    assert_eq!(Rows(&env).count("security_events", "kind = 'password.rehashed'"), 6);
}

#[apply(on_both_databases)]
async fn from_the_first_login_on_the_whole_password_counts(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let output = import(&env.setup(&[]), &[], &line("long", LONG_HASH));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let email = "long@import.example";
    client.login(email, &LONG[..71]).await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.login(email, LONG).await.status, 200);
    client.login(email, &LONG[..72]).await.assert_problem(401, "invalid_credentials");
    client.login(email, &format!("{LONG}x")).await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.login(email, LONG).await.status, 200);
}

#[apply(on_both_databases)]
async fn without_a_hash_no_password_is_right(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let line = json!({"email": "none@import.example"}).to_string();
    assert!(import(&env.setup(&[]), &[], &line).status.success());
    for password in [PASSWORD, ""] {
        client.login("none@import.example", password).await.assert_problem(401, "invalid_credentials");
    }
}
