use super::*;

/// Hashes that other implementations have made, with their passwords.
const VECTORS: &[(&str, &str)] = &[
    // Openwall's crypt_blowfish, wrapper.c; the last password is longer than bcrypt reads.
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    ("U*U*U", "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    (
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
    ),
    // libxcrypt.
    ("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq"),
    // RFC 7914 §12, and passlib's documentation.
    (
        "pleaseletmein",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
    ),
    ("password", "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"),
    // passlib's documentation.
    ("password", "$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M"),
    // RFC 7914 §11, as a PHC string.
    (
        "passwd",
        "$pbkdf2-sha256$i=1,l=64$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd+8xfHG4RbHjC9UJESBB06GXgw",
    ),
    // CPython's hashlib.
    (
        "password",
        "$pbkdf2-sha512$4096$c2FsdHNhbHQ$+jFwLMaeV.kL3szx.l9YdOLrV2t84gWe5GgqJ.YecOyUONz6rEYB/NvpMH9TLAm.OYnAe6QLnCgBhwzXFLsEEw",
    ),
    // Django's test suite.
    ("lètmein", "pbkdf2_sha256$1000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps="),
];

fn verify(password: &str, hash: &str) -> Result<Verification, HashError> {
    ForeignHash::parse(hash).expect("a foreign hash").expect("a sound one").verify(password)
}

#[test]
fn what_others_have_hashed_matches() {
    for (password, hash) in VECTORS {
        assert_eq!(check(hash), Ok(()), "{hash}");
        assert_eq!(verify(password, hash), Ok(Verification::Match { outdated: true }), "{hash}");
    }
}

#[test]
fn another_password_does_not_match() {
    for (password, hash) in VECTORS {
        let other = format!("x{password}");
        assert_eq!(verify(&other, hash), Ok(Verification::Mismatch), "{hash}");
    }
    let (_, hash) = VECTORS[0];
    for close in ["u*U", "U*U ", "U*", "U*U*"] {
        assert_eq!(verify(close, hash), Ok(Verification::Mismatch), "{close}");
    }
}

#[test]
fn bcrypt_reads_72_bytes_and_no_more() {
    let (password, hash) = VECTORS[3];
    assert_eq!(verify(&password[..72], hash), Ok(Verification::Match { outdated: true }));
    assert_eq!(verify(&password[..71], hash), Ok(Verification::Mismatch));
}

/// Argon2's reference implementation, test.c.
#[test]
fn every_argon2_is_taken() {
    for hash in [
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
        "$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        assert_eq!(check(hash), Ok(()), "{hash}");
        assert!(ForeignHash::parse(hash).is_none(), "the hasher verifies it as its own");
    }
}

#[test]
fn costs_that_would_hurt_are_refused_without_being_paid() {
    for hash in [
        "$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$scrypt$ln=19,r=8,p=1$c29tZXNhbHQ$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        "$scrypt$ln=63,r=8,p=1$c29tZXNhbHQ$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        "$scrypt$ln=4294967295,r=8,p=1$c29tZXNhbHQ$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        "$scrypt$ln=1,r=4294967295,p=4294967295$c29tZXNhbHQ$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        "$pbkdf2-sha256$4294967295$c29tZXNhbHQ$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
        "$pbkdf2-sha256$i=2097152,l=64$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd+8xfHG4RbHjC9UJESBB06GXgw",
        "pbkdf2_sha256$2097153$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=",
        "$argon2id$v=19$m=2097152,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=33,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=4294967295,t=4294967295,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=2,p=17$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        assert_eq!(check(hash), Err(HashProblem::TooExpensive), "{hash}");
    }
}

#[test]
fn damaged_hashes_are_refused() {
    for hash in [
        "$2b$",
        "$2b$05$",
        "$2b$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$+5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe*",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOé",
        "$scrypt$",
        "$scrypt$ln=14,r=8$c2FsdA$cCO9yzr9c0hGHAbNgf046w",
        "$scrypt$ln=14,r=8,p=1,x=1$c2FsdA$cCO9yzr9c0hGHAbNgf046w",
        "$scrypt$ln=0,r=8,p=1$c2FsdA$cCO9yzr9c0hGHAbNgf046w",
        "$scrypt$ln=14,r=0,p=1$c2FsdA$cCO9yzr9c0hGHAbNgf046w",
        "$scrypt$ln=014,r=8,p=1$c2FsdA$cCO9yzr9c0hGHAbNgf046w",
        "$scrypt$ln=14,r=8,p=1$c2FsdA$cCO9",
        "$scrypt$ln=14,r=8,p=1$c2FsdA",
        "$pbkdf2-sha256$0$c2FsdA$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
        "$pbkdf2-sha256$-1$c2FsdA$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
        "$pbkdf2-sha256$6400$$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
        "$pbkdf2-sha256$6400$c2FsdA$Y11A",
        "$pbkdf2-sha256$i=6400,l=64$c2FsdA$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
        "pbkdf2_sha256$6400$seasalt$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
        "pbkdf2_sha256$6400$seasalt",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=18$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        assert_eq!(check(hash), Err(HashProblem::Malformed), "{hash}");
    }
}

#[test]
fn unknown_kinds_are_told_apart() {
    for hash in [
        "",
        "plain text",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$abcdefgh$G0n4ZNzXHHEFJyQPjnU5D0",
        "$6$rounds=5000$abc$def",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$pbkdf2$6400$c2FsdA$Y11A",
        "pbkdf2_sha1$6400$seasalt$Y11A",
        "$argon2x$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        assert_eq!(check(hash), Err(HashProblem::Unknown), "{hash}");
    }
}
