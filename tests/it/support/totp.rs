//! An authenticator app (RFC 6238), written apart from the server's own.

use aws_lc_rs::hmac;

/// What an app remembers.
#[derive(Clone, Debug)]
pub struct App {
    key: Vec<u8>,
}

impl App {
    /// Set up by the text that people type.
    ///
    /// # Panics
    /// When it is not base 32 (RFC 4648 §6).
    pub fn new(secret: &str) -> App {
        let mut bits = 0_u64;
        let mut count = 0;
        let mut key = Vec::new();
        for sign in secret.bytes() {
            let value = match sign {
                b'A'..=b'Z' => sign - b'A',
                b'2'..=b'7' => sign - b'2' + 26,
                _ => panic!("no base 32: {secret}"),
            };
            bits = (bits << 5 | u64::from(value)) & 0xFFFF;
            count += 5;
            if count >= 8 {
                count -= 8;
                key.push(u8::try_from(bits >> count & 0xFF).expect("a byte"));
            }
        }
        App { key }
    }

    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The code at this moment, in seconds since the Unix epoch.
    pub fn code_at(&self, seconds: i64) -> String {
        self.code_of(seconds.div_euclid(30))
    }

    /// The code of a time step.
    pub fn code_of(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.key);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[19] & 15);
        let cut: [u8; 4] = tag[offset..offset + 4].try_into().expect("four bytes");
        format!("{:06}", (u32::from_be_bytes(cut) & 0x7FFF_FFFF) % 1_000_000)
    }

    /// A code that no step around this moment has.
    pub fn wrong_at(&self, seconds: i64) -> String {
        let near: Vec<String> = (-3..=3).map(|steps| self.code_at(seconds + 30 * steps)).collect();
        let wrong = (0..).map(|number| format!("{number:06}")).find(|code| !near.contains(code));
        wrong.expect("there are a million")
    }
}

#[test]
fn the_vectors_of_the_standard_hold() {
    let app = App::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_eq!(app.code_at(59), "287082");
    assert_eq!(app.code_at(20_000_000_000), "353130");
}
