//! `password.*`: Argon2id costs and the hashing pool.

use super::{Environment, Reader, setting};

/// The largest number of threads that hash.
const MAX_THREADS: usize = 64;

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
