//! `password.*`: Argon2id costs and the hashing pool.

use super::{Environment, Reader};

/// Wrong passwords in a row.
#[derive(Clone, Copy, Debug)]
pub struct PasswordLimits {
    /// Of an account's known devices, all together, and of all others: at most 50 each, and so 100 in sum (NIST SP
    /// 800-63B-4 §3.2.2).
    pub max_failures: u32,
    /// Of one known device, before it counts as unknown.
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
    /// Hashes that may wait; the next one is refused with 503.
    pub queue: usize,
}

impl Password {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let password = Self {
            memory_kib: reader.value("password.memory_kib", 19_456),
            iterations: reader.value("password.iterations", 2),
            parallelism: reader.value("password.parallelism", 1),
            min_length: reader.value("password.min_length", 8),
            limits: PasswordLimits {
                max_failures: reader.value("password.max_failures", 50),
                max_failures_per_device: reader.value("password.max_failures_per_device", 10),
            },
            threads: reader.value("password.threads", default_threads()),
            queue: reader.value("password.queue", 64),
        };
        password.check_costs(reader, profile);
        let length = 8..=64;
        reader.check(
            "password.min_length",
            length.contains(&password.min_length),
            "must be between 8 and 64",
        );
        reader.check(
            "password.max_failures",
            (1..=50).contains(&password.limits.max_failures),
            "must be between 1 and 50",
        );
        reader.check(
            "password.max_failures_per_device",
            (1..=50).contains(&password.limits.max_failures_per_device),
            "must be between 1 and 50",
        );
        reader.check("password.threads", (1..=64).contains(&password.threads), "must be between 1 and 64");
        reader.check("password.queue", (1..=10_000).contains(&password.queue), "must be between 1 and 10000");
        password
    }

    /// OWASP's floor for Argon2id (m = 19 MiB, t = 2, p = 1) everywhere but in development.
    fn check_costs(&self, reader: &mut Reader, profile: Environment) {
        let (memory, iterations) = if profile.is_development() { (8, 1) } else { (19_456, 2) };
        let in_range = |value: u32, floor: u32, ceiling: u32| (floor..=ceiling).contains(&value);
        let floor = memory.max(8 * self.parallelism.min(16));
        reader.check(
            "password.memory_kib",
            in_range(self.memory_kib, floor, 1 << 20),
            &format!("must be between {floor} and 1048576 KiB"),
        );
        reader.check(
            "password.iterations",
            in_range(self.iterations, iterations, 100),
            &format!("must be between {iterations} and 100"),
        );
        reader.check("password.parallelism", in_range(self.parallelism, 1, 16), "must be between 1 and 16");
    }
}

/// All cores but one, so that a storm of logins leaves one core to everything else.
fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}
