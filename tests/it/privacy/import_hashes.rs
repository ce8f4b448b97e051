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

/// Of [`HORSE`]: made by Django, Werkzeug, passlib and, as WordPress does it, by Python's bcrypt; the last is
/// Firebase's own example. `src/crypto/password/foreign/tests.rs` says how.
const OTHERS: [(&str, &str, &str); 13] = [
    ("django-sha1", HORSE, "pbkdf2_sha1$20000$seasalt$j6MqGg917BjmxmBPsVrVTont/ug="),
    (
        "django-argon2",
        HORSE,
        "argon2$argon2id$v=19$m=102400,t=2,p=8$c2Vhc2FsdHNlYXNhbHQ$24X5StCI0X7nx5XDsLrP4f4PvCl9FN9AHQw4KjbBoo8",
    ),
    ("django-bcrypt", HORSE, "bcrypt_sha256$$2b$06$abcdefghijklmnopqrstuu3EU4u.1UVgeGkDujWwknY23.buxm/Ny"),
    ("django-plain-bcrypt", HORSE, "bcrypt$$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC"),
    (
        "django-scrypt",
        HORSE,
        "scrypt$16384$seasalt$8$5$nXachnDoZ26UFUF1o3PD3FjYfKq/mD4nZm22d5L0rp+Bi3DZTjkayk+fTW77FlT+2IelThLoihBYgWjZHfwh3Q==",
    ),
    (
        "werkzeug-scrypt",
        HORSE,
        "scrypt:32768:8:1$MAbeQwh5UcogBJZT$f0d0cb59a0f3ef739398b8ab2fe7919d21ab00c71b0e0eb2b37a8dfc4cf56d04f120a804e03ec9fdf3ff8ca3b2ea9af7bcc51589679307575e0c45b1b81c1607",
    ),
    (
        "werkzeug-pbkdf2",
        HORSE,
        "pbkdf2:sha256:20000$HjnPek5UYOuM3Zau$974e987979640158e16c39ca03b02e7a64d85304e721ad8f2078700a07ec64e0",
    ),
    ("phpass", HORSE, "$P$BabcdefghKfdE7H4Uy7ajxpijsjAJW0"),
    ("sha256-crypt", HORSE, "$5$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC"),
    (
        "sha512-crypt",
        HORSE,
        "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/",
    ),
    ("pbkdf2-sha1", HORSE, "$pbkdf2$20000$c2FsdHNhbHRzYWx0c2FsdA$2TZ1RBT3rPuDaN.t7RmUJdYrM1Q"),
    ("wordpress", HORSE, "$wp$2y$06$abcdefghijklmnopqrstuuTP.rpQjdcNOOY4LD27xukjm1EszM2NG"),
    (
        "firebase",
        "user1password",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
    ),
];

const HORSE: &str = "correct horse";

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
    lines.extend(OTHERS.iter().map(|(name, _, hash)| line(name, hash)));
    lines += &line("argon2i", ARGON2I);
    let output = import(&env.setup(&[]), &[], &lines);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let people = HASHES.iter().map(|(name, _)| (*name, PASSWORD)).chain([("argon2i", "password")]);
    let people = people.chain(OTHERS.iter().map(|(name, password, _)| (*name, *password)));
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
    assert_eq!(Rows(&env).count("security_events", "kind = 'password.rehashed'"), 6 + OTHERS.len());
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
