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
    // Django 5.2's hashers, each by its encode(password, salt).
    ("correct horse", "pbkdf2_sha1$20000$seasalt$j6MqGg917BjmxmBPsVrVTont/ug="),
    ("correct horse", "pbkdf2_sha256$20000$seasalt$PDreldzwYPOpKh3xbyyZ9btv0tSDrxWG54nNT3muDYs="),
    ("correct horse", "bcrypt_sha256$$2b$06$abcdefghijklmnopqrstuu3EU4u.1UVgeGkDujWwknY23.buxm/Ny"),
    (
        "correct horse",
        "scrypt$16384$seasalt$8$5$nXachnDoZ26UFUF1o3PD3FjYfKq/mD4nZm22d5L0rp+Bi3DZTjkayk+fTW77FlT+2IelThLoihBYgWjZHfwh3Q==",
    ),
    // Werkzeug 3.1's generate_password_hash(password, method).
    (
        "correct horse",
        "scrypt:32768:8:1$0QC4jToILXdDJ0J1$6cb7debf8bb27cc26baf969ee170dc3899e96e3619455ac1e3bf43f521ba297bb2b49a4c8de06bf63343e303e49e5cb8fcbc7a96b87ba9b31aa552bb0beb6bd5",
    ),
    ("correct horse", "pbkdf2:sha1:20000$0IMEtdyB1UlNPnXZ$91596cd0a43b061fbfa7286e19e55a5ab6aaaa34"),
    (
        "correct horse",
        "pbkdf2:sha256:20000$S5MyM1RZZHgGikOJ$08a1a7395a1e55f3f0c8e6483e71a177e609b3336a2db2b86db892a13132cef2",
    ),
    (
        "correct horse",
        "pbkdf2:sha512:20000$pS22ta8fciWre8CE$c052b59253c9d67b5a3c367a8db6a32289fe1e05adddd6fdb1c28ea872f7cffa2e0a4f85da3ba473b287bed81b77794ac5545571391962a0cd751a535bb6e7eb",
    ),
    // Openwall's phpass, test.php.
    ("test12345", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"),
    // passlib 1.7's phpass.
    ("correct horse", "$P$BabcdefghKfdE7H4Uy7ajxpijsjAJW0"),
    ("pässwörd", "$H$9abcdefghxLdKzQXcLGjbMTQ1B8zrE/"),
    // passlib 1.7's sha256_crypt and sha512_crypt and libxcrypt's crypt (by Perl), which agree.
    ("correct horse", "$5$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC"),
    ("pässwörd", "$5$rounds=1000$abcdefghijklmnop$hSSl8kVq9Mht7u5AI6SuvMjBT9VwuMiU8Eh69ircxG."),
    ("pässwörd", "$5$rounds=300000$abcdefghijklmnop$aC1Y8/EW535glZXgioFKL/3YqIXmlTRaRrrZ5X6y8H."),
    (LONG, "$5$rounds=10000$./$PH1WFNT9TgW698/sW.7BPwu1h9hrAT/IlDMkF3tX4X3"),
    (
        "correct horse",
        "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/",
    ),
    (
        "pässwörd",
        "$6$rounds=1000$abcdefghijklmnop$qPrHhJkLFTKGV1TdvYOUDypEIon9bSd6dprjfYwTygJIzTQd1WsqJhrwRYZKlZxtUslaXz1NuQ5gzHkmY5A5b.",
    ),
    (
        "pässwörd",
        "$6$rounds=300000$abcdefghijklmnop$dBphRfoRBI9vOZehhCrdHL46WSeXh28Zt.T1ct5v6bOFaga3Xt1Tp9nn/b4kb1hJ2IgogPRPqq0FcqugiM8OO1",
    ),
    (
        LONG,
        "$6$rounds=10000$./$KwmUpw7OnfvwXbMODLHukrF425Nu.HkGF2lh9BsFcfV8F8CVSWdCbi6qDIAwrRd7S42iZcAJUOxAPmOVUp9b00",
    ),
    // passlib 1.7's pbkdf2_sha1.
    ("correct horse", "$pbkdf2$20000$c2FsdHNhbHRzYWx0c2FsdA$2TZ1RBT3rPuDaN.t7RmUJdYrM1Q"),
    // The formula of WordPress 6.8's wp_hash_password, by Python: hashpw(b64encode(hmac.digest(b"wp-sha384", …, "sha384"))).
    ("correct horse", "$wp$2y$06$abcdefghijklmnopqrstuuTP.rpQjdcNOOY4LD27xukjm1EszM2NG"),
    // Its own lines, by PHP 8.2 with the cost 6: password_hash(base64_encode(hash_hmac('sha384', trim(…), 'wp-sha384', true))).
    ("correct horse", "$wp$2y$06$eKjyGMsBZfFAyrhRdJ2Mgu1/4sCrNNE/7L/ljkM59nf/MUYq7yzsq"),
    // The README of Firebase's scrypt, with the parameters of its project.
    (
        "user1password",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
    ),
    // Spring Security's reference, "Password Storage".
    ("password", "{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4ed4d6b99ca763d8dc"),
    (
        "password",
        "{scrypt}$e0801$8bWJaSu2IKSn9Z9kM+TPXfOc/9bdYSrN1oD9qfVThWEwdRTnO7re7Ei+fUZRJ68k9lTyuTeUp4of4g24hHnazw==$OAOec05+bXxvuu/1qZ6NUR+xQYvYv7BeL1QxwRpY5Pc=",
    ),
    // CPython's hashlib, with the parameters of Spring Security 5.8.
    (
        "password",
        "{pbkdf2@SpringSecurity_v5_8}30313233343536373839616263646566b18dabb33aa68dfc54146a972ee8fa1b448006b98135808ec483678673303ee6",
    ),
];

const LONG: &str =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

fn verify(password: &str, hash: &str) -> Result<Verification, HashError> {
    ForeignHash::parse(hash).expect("a foreign hash").expect("a sound one").verify(password)
}

#[test]
fn what_others_have_hashed_matches() {
    for (password, hash) in VECTORS {
        assert_eq!(check(hash), Ok(*hash), "{hash}");
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
        assert_eq!(check(hash), Ok(hash), "{hash}");
        assert!(ForeignHash::parse(hash).is_none(), "the hasher verifies it as its own");
    }
}

/// Django 5.2's BCryptPasswordHasher and Argon2PasswordHasher, and the names that Spring puts before a hash.
#[test]
fn a_label_before_a_hash_goes() {
    let argon2 =
        "$argon2id$v=19$m=102400,t=2,p=8$c2Vhc2FsdHNlYXNhbHQ$24X5StCI0X7nx5XDsLrP4f4PvCl9FN9AHQw4KjbBoo8";
    let bcrypt = "$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC";
    for (label, hash) in [
        ("argon2", argon2),
        ("{argon2}", argon2),
        ("{argon2@SpringSecurity_v5_8}", argon2),
        ("bcrypt$", bcrypt),
        ("{bcrypt}", bcrypt),
    ] {
        assert_eq!(check(&format!("{label}{hash}")), Ok(hash), "{label}");
    }
    assert_eq!(verify("correct horse", bcrypt), Ok(Verification::Match { outdated: true }));
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
        "$wp$2y$15$abcdefghijklmnopqrstuuTP.rpQjdcNOOY4LD27xukjm1EszM2NG",
        "$P$HabcdefghKfdE7H4Uy7ajxpijsjAJW0",
        "$5$rounds=300001$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC",
        "$5$rounds=999999999$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC",
        "scrypt$1048576$seasalt$8$5$nXachnDoZ26UFUF1o3PD3FjYfKq/mD4nZm22d5L0rp8=",
        "scrypt:1048576:8:1$Sr9GUQtqzZ08IEKd$e198f38c728fb5f3ff8f7a3457c9fb8a66a33fa644f0211adcb36178810c5a91",
        "{scrypt}$ff0801$8bWJaSu2IKSn9Z9kM+TPXQ==$OAOec05+bXxvuu/1qZ6NUR+xQYvYv7BeL1QxwRpY5Pc=",
        "$fbscrypt$v=1,n=30,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVM=$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1Q=",
        "pbkdf2:sha1:4294967295$FWvN6zKsEnUSyNTD$341154e3e525879aaf99de9e7e7ed529ffa21d3d",
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
        "pbkdf2_sha1$6400$seasalt$Y11A",
        "$pbkdf2$6400$c2FsdA$Y11A",
        "pbkdf2:sha256:6400$seasalt$nothex",
        "{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4ed4d6b99ca763d8",
        "scrypt$16383$seasalt$8$5$nXachnDoZ26UFUF1o3PD3FjYfKq/mD4nZm22d5L0rp8=",
        "scrypt:32768:8$Sr9GUQtqzZ08IEKd$e198f38c728fb5f3ff8f7a3457c9fb8a66a33fa644f0211adcb36178810c5a91",
        "{scrypt}$0801$8bWJaSu2IKSn9Z9kM+TPXQ==$OAOec05+bXxvuu/1qZ6NUR+xQYvYv7BeL1QxwRpY5Pc=",
        "bcrypt_sha256$$2b$06$abcdef",
        "$wp$2y$06$abcdef",
        "$P$BabcdefghKfdE7H4Uy7ajxpijsjAJW",
        "$P$3abcdefghKfdE7H4Uy7ajxpijsjAJW0",
        "$H$9abcdefgh$LdKzQXcLGjbMTQ1B8zrE/",
        "$6$rounds=5000$abc$def",
        "$5$rounds=999$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC",
        "$5$$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC",
        "$5$saltstringsaltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC",
        "$fbscrypt$v=2,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVM=$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1Q=",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxsp$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1Q=",
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
        "{noop}secret",
        "{MD5}5f4dcc3b5aa765d61d8327deb882cf99",
        "{bcrypt}plain text",
        "bcrypt$",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$argon2x$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        assert_eq!(check(hash), Err(HashProblem::Unknown), "{hash}");
    }
}
