//! `password.*`: Argon2id costs and the hashing pool.

use super::{Environment, Reader, setting};

/// The largest number of threads that hash.
const MAX_THREADS: usize = 64;

/// Numbers of consecutive wrong passwords.
#[derive(Clone, Copy, Debug)]
pub struct PasswordLimits {
    /// For the known devices of an account together and for all other devices together: at most 50 each, and so 100 in
    /// sum (NIST SP 800-63B-4 §3.2.2).
    pub max_failures: u32,
    /// For one known device, which then counts as unknown.
    pub max_failures_per_device: u32,
}

#[derive(Clone, Debug)]
pub struct Password {
    /// Argon2id memory in KiB (RFC 9106 `m`).
    pub memory_kib: u32,
    /// Argon2id passes (RFC 9106 `t`).
    pub iterations: u32,
    /// Argon2id lanes (RFC 9106 `p`).
    pub parallelism: u32,
    /// Smallest length of a new password, in code points.
    pub min_length: usize,
    pub limits: PasswordLimits,
    /// Threads that hash.
    pub threads: usize,
    /// Hashes that may wait. The next one is refused with 503.
    pub queue: usize,
}

impl Password {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Passwords");
        // The minimum of OWASP for Argon2id (m = 19 MiB, t = 2, p = 1) everywhere but in development.
        let (memory, iterations) = if profile.is_development() { (8, 1) } else { (19_456, 2) };
        let failures = |key, meaning| setting(key, meaning).between(1, 50);
        let password = Self {
            memory_kib: reader.value(
                setting("password.memory_kib", "The memory of Argon2id in KiB (`m`).")
                    .between(memory, 1 << 20)
                    .note("at least 8 × `password.parallelism`"),
                19_456,
            ),
            iterations: reader.value(
                setting("password.iterations", "The passes of Argon2id (`t`).").between(iterations, 100),
                2,
            ),
            parallelism: reader
                .value(setting("password.parallelism", "The lanes of Argon2id (`p`).").between(1, 16), 1),
            min_length: reader.value(
                setting(
                    "password.min_length",
                    "The shortest new password, in code points. The longest has 256.",
                )
                .between(8, 64),
                8,
            ),
            limits: PasswordLimits {
                max_failures: reader.value(
                    failures(
                        "password.max_failures",
                        "The number of consecutive wrong passwords, counted for the known devices \
                        of an account together and for all other devices together, after which \
                        the password is refused there until it is reset or the account is \
                        unlocked.",
                    ),
                    50,
                ),
                max_failures_per_device: reader.value(
                    failures(
                        "password.max_failures_per_device",
                        "The number of consecutive wrong passwords of one known device after \
                        which it counts as unknown.",
                    ),
                    10,
                ),
            },
            threads: reader.value(
                setting("password.threads", "The threads that hash passwords, at the lowest priority.")
                    .between(1, MAX_THREADS)
                    .default_note("cores − 1, at least 1"),
                default_threads(),
            ),
            queue: reader.value(
                setting(
                    "password.queue",
                    "The number of passwords that may wait. The next one of the client with the \
                    most waiting is answered with 503.",
                )
                .between(1, 10_000),
                64,
            ),
        };
        reader.check(
            "password.memory_kib",
            password.memory_kib < memory || password.memory_kib >= 8 * password.parallelism.min(16),
            "must be at least 8 × password.parallelism",
        );
        password
    }
}

/// All cores but one, so that a burst of logins leaves a core to everything else.
fn default_threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, |cores| cores.get().saturating_sub(1).clamp(1, MAX_THREADS))
}
