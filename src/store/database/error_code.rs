//! What the codes of PostgreSQL and SQLite mean for the service. This is the one place that reads them.

/// What follows from an error of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The transaction was given up for another one: nothing happened, try again.
    Contention,
    /// Another transaction holds a lock for longer than this one may wait.
    Locked,
    /// The database cannot do this now. The connection is as good as before.
    Unavailable,
    /// This server cannot serve: it only reads, it shuts down, its disk is full, or what the connection was prepared for
    /// is gone. Another connection may lead to one that can.
    Unfit,
    /// The value exists already.
    Duplicate,
    /// The statement or its data are at fault.
    Statement,
}

/// PostgreSQL's SQLSTATE (PostgreSQL documentation, appendix A), by its class; a code that differs from its class is
/// named before it. A class that is not listed, and one of a later version, is an error of the statement.
pub(super) fn of_postgres(code: &str) -> Meaning {
    use Meaning::{Contention, Duplicate, Locked, Statement, Unavailable, Unfit};
    match code {
        "23505" => Duplicate,
        // A read-only transaction: a standby, or a server whose disk ran full (`default_transaction_read_only`).
        "25006" => Unfit,
        // The server has ended an idle or a long transaction along with its connection.
        "25P03" | "25P04" => Unavailable,
        // Prepared statements that this connection has not made, or has not kept: behind it is another one.
        "26000" | "42P05" => Unfit,
        "40002" => Statement,
        "55P03" => Locked,
        // The time limit of a statement, or an operator's `pg_cancel_backend`.
        "57014" => Unavailable,
        // A snapshot that is too old.
        "72000" => Contention,
        _ => match code.get(..2).unwrap_or_default() {
            "40" => Contention,
            // The connection, the authorization, the name of the database: errors of the way to a server.
            "08" | "28" | "3D" => Unavailable,
            // Resources, the operator, the system, the configuration file, the server itself.
            "53" | "57" | "58" | "F0" | "XX" => Unfit,
            _ => Statement,
        },
    }
}

/// SQLite's result code (<https://sqlite.org/rescode.html>). Extended codes carry the primary one in their lowest byte.
pub(super) fn of_sqlite(code: u32) -> Meaning {
    match code {
        // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID
        1555 | 2067 | 2579 => return Meaning::Duplicate,
        _ => {}
    }
    match code & 0xff {
        // SQLITE_BUSY, _LOCKED, _PROTOCOL (a race for the locks of the write-ahead log)
        5 | 6 | 15 => Meaning::Contention,
        // SQLITE_PERM, _NOMEM, _INTERRUPT, _FULL
        3 | 7 | 9 | 13 => Meaning::Unavailable,
        // SQLITE_READONLY, _IOERR, _CORRUPT, _CANTOPEN, _NOLFS, _NOTADB: the file is another one than it was
        8 | 10 | 11 | 14 | 22 | 26 => Meaning::Unfit,
        _ => Meaning::Statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_postgresql_has_a_meaning() {
        use Meaning::{Contention, Duplicate, Locked, Statement, Unavailable, Unfit};
        for (meaning, codes) in [
            (Contention, "40000 40001 40003 40P01 72000"),
            (Locked, "55P03"),
            (Duplicate, "23505"),
            (Unavailable, "08000 08001 08003 08004 08006 08007 08P01 25P03 25P04 28000 28P01 3D000 57014"),
            (Unfit, "25006 26000 42P05 53000 53100 53200 53300 53400 57000 57P01 57P02 57P03 57P04 57P05"),
            (Unfit, "58000 58030 58P01 58P02 F0000 F0001 XX000 XX001 XX002"),
            (Statement, "03000 09000 0A000 0B000 0F000 0L000 0P000 0Z000 10608 20000 21000 22001 22P05"),
            (Statement, "23502 23503 23514 23P01 24000 25000 25P01 25P02 27000 2B000 2D000 2F000 34000"),
            (Statement, "38000 39000 3B000 3F000 40002 42501 42601 42P01 42703 44000 54000 55000 55006"),
            (Statement, "HV000 P0000 P0001 ZZ999 x"),
        ] {
            for code in codes.split(' ') {
                assert_eq!(of_postgres(code), meaning, "{code}");
            }
        }
    }

    #[test]
    fn every_result_code_of_sqlite_has_a_meaning() {
        use Meaning::{Contention, Duplicate, Statement, Unavailable, Unfit};
        for (meaning, codes) in [
            // The second of each are extended: BUSY_SNAPSHOT, IOERR_FSTAT, READONLY_DBMOVED, CANTOPEN_ISDIR.
            (Contention, &[5, 517, 6, 15][..]),
            (Unavailable, &[3, 7, 9, 13]),
            (Unfit, &[10, 1802, 8, 1032, 14, 526, 11, 22, 26]),
            (Duplicate, &[1555, 2067, 2579]),
            (Statement, &[1, 2, 4, 12, 16, 17, 18, 19, 787, 20, 21, 23, 24, 25, 27, 28, 100]),
        ] {
            for code in codes {
                assert_eq!(of_sqlite(*code), meaning, "{code}");
            }
        }
    }
}
