//! What the machine does without a server around it: raw Argon2id and raw SQLite.

use std::path::Path;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use rusqlite::{Connection, Statement, TransactionBehavior, params};
use tokio::task::spawn_blocking;

use crate::Result;

/// As many hashing threads as the server has by default.
pub fn hash_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() - 1).max(1)
}

/// Hashes per second of the server's default Argon2id on [`hash_threads`] threads that keep
/// their memory blocks.
pub async fn argon2id(duration: Duration) -> Result<f64> {
    let hashed = spawn_blocking(move || {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..hash_threads()).map(|_| scope.spawn(|| hash_for(duration))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or(Ok(f64::NAN))).sum::<Result<f64, _>>()
        })
    });
    Ok(hashed.await??)
}

fn hash_for(duration: Duration) -> Result<f64, argon2::Error> {
    let params = Params::new(19_456, 2, 1, Some(32))?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hashes = 0;
    let start = Instant::now();
    while start.elapsed() < duration {
        argon2.hash_password_into_with_memory(
            b"violet-harbour",
            b"sixteen byte salt",
            &mut [0; 32],
            &mut memory,
        )?;
        hashes += 1;
    }
    Ok(f64::from(hashes) / start.elapsed().as_secs_f64())
}

/// A SQLite file with the server's own schema, opened as durably as the server opens its.
pub struct Sqlite {
    connection: Connection,
    /// The state of a small generator that picks the next row.
    next: u64,
}

impl Sqlite {
    /// As many as `pgbench` updates.
    const ROWS: u64 = 100_000;
    const PER_TRANSACTION: u32 = 64;

    /// Fills the database that the server's `migrate` has made in `file`.
    pub async fn open(file: &Path) -> Result<Self> {
        let file = file.to_owned();
        spawn_blocking(move || {
            let mut connection = Connection::open(file)?;
            connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
            let filling = connection.transaction()?;
            filling.execute(
                "INSERT INTO users (id, email, status, roles, credential_epoch, password_must_change,
                     created_at, updated_at)
                 VALUES (?1, 'bench@example.com', 'active', 'user', 0, FALSE, 0, 0)",
                [key(0)],
            )?;
            let mut insert = filling.prepare(
                "INSERT INTO session_families (id, user_id, key_id, salt, generation, current_jti, rotated_at,
                     auth_time, amr, aal, credential_epoch, created_at, last_seen_at, idle_expires_at,
                     expires_at, device_hash, browser, os, device_type, last_ip_cidr)
                 VALUES (?1, ?2, 1, ?1, 1, ?1, 0, 0, 'pwd', 1, 0, 0, 0, 0, 0, ?1, 'Firefox 141', 'Linux',
                     'desktop', '192.0.2.0/24')",
            )?;
            for row in 0..Self::ROWS {
                insert.execute(params![key(row), key(0)])?;
            }
            drop(insert);
            filling.commit()?;
            Ok(Self { connection, next: 1 })
        })
        .await?
    }

    /// Rotations per second at 64 in each transaction, and the connection back.
    pub async fn rotations(mut self, duration: Duration) -> Result<(Self, f64)> {
        spawn_blocking(move || {
            let mut rotations = 0;
            let start = Instant::now();
            while start.elapsed() < duration {
                self.commit_batch(rotations.into())?;
                rotations += Self::PER_TRANSACTION;
            }
            Ok((self, f64::from(rotations) / start.elapsed().as_secs_f64()))
        })
        .await?
    }

    fn commit_batch(&mut self, now: i64) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut update: Statement = transaction.prepare(
            "UPDATE session_families SET generation = generation + 1, key_id = 1, current_jti = ?2,
                 rotated_at = ?3, last_seen_at = ?3, rotation_key_hash = NULL, idle_expires_at = ?3,
                 last_ip_cidr = '192.0.2.0/24'
             WHERE id = ?1 AND revoked_at IS NULL",
        )?;
        for _ in 0..Self::PER_TRANSACTION {
            // Knuth's MMIX generator; its high bits are the good ones.
            self.next =
                self.next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let row = (self.next >> 33) % Self::ROWS;
            update.execute(params![key(row), key(self.next), now])?;
        }
        drop(update);
        transaction.commit()
    }
}

/// Sixteen bytes for the number `row`, ordered by it, as version 7 UUIDs are by their time.
fn key(row: u64) -> [u8; 16] {
    (u128::from(row) << 64 | u128::from(row.wrapping_mul(0x9e37_79b9_7f4a_7c15))).to_be_bytes()
}
