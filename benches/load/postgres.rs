//! A private PostgreSQL cluster with its defaults for durability, and `pgbench` on it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Signal, geteuid};

use crate::Result;
use crate::process::{Daemon, bound_unprivileged, output};

const MINUTE: Duration = Duration::from_secs(60);

pub struct Cluster {
    binaries: PathBuf,
    port: u16,
    script: PathBuf,
    _daemon: Daemon,
}

impl Cluster {
    /// Creates and starts a cluster in `directory`, reachable over loopback TCP only (as the
    /// server reaches it), and fills the table that `pgbench` updates.
    pub async fn start(directory: &Path) -> Result<Self> {
        let binaries = binaries().await?;
        let data = directory.join("postgres");
        let mut create = Command::new("install");
        create.args(["-d", "-m", "0700"]);
        if geteuid().is_root() {
            create.args(["-o", "postgres", "-g", "postgres"]);
        }
        create.arg(&data);
        output(create, MINUTE).await?;

        let mut initdb = bound_unprivileged("KILL", binaries.join("initdb"));
        initdb.args(["--username=bench", "--auth=trust", "--encoding=UTF8", "--no-locale", "-D"]).arg(&data);
        initdb.current_dir("/");
        output(initdb, 2 * MINUTE).await?;

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut postgres = bound_unprivileged("INT", binaries.join("postgres"));
        postgres.arg("-D").arg(&data).current_dir("/");
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=700", // 512 for pgbench beside the server's own
            "shared_buffers=256MB",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
        ] {
            postgres.args(["-c", setting]);
        }
        postgres.args(["-p", &port.to_string()]);
        // SIGINT is its fast shutdown; SIGTERM would wait for its clients.
        let daemon = Daemon::spawn(postgres, Signal::INT, &directory.join("postgres.log"))?;
        let script = directory.join("update.sql");
        let cluster = Self { binaries, port, script, _daemon: daemon };
        cluster.wait().await?;
        cluster.prepare().await?;
        Ok(cluster)
    }

    /// The URL under which the server finds the database `name`, created where it is `new`.
    pub async fn database(&self, name: &str, new: bool) -> Result<String> {
        if new {
            self.sql(&format!("CREATE DATABASE \"{name}\"")).await?;
        }
        Ok(format!("postgres://bench@127.0.0.1:{}/{name}", self.port))
    }

    pub async fn version(&self) -> Result<String> {
        Ok(format!("PostgreSQL {}", self.sql("SHOW server_version").await?.trim()))
    }

    /// Updates per second of single random rows by primary key, each its own transaction.
    pub async fn updates(&self, clients: usize, duration: Duration) -> Result<f64> {
        let mut pgbench = self.client("pgbench");
        pgbench.args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string()]);
        pgbench.args(["-T", &duration.as_secs().to_string(), "-f"]).arg(&self.script);
        let report = output(pgbench, duration + MINUTE).await?;
        let rate = report.split("tps = ").nth(1).and_then(|rest| rest.split(' ').next());
        Ok(rate.ok_or("pgbench reported no rate")?.parse()?)
    }

    async fn prepare(&self) -> Result<()> {
        // Room on each page for HOT updates, and a row about as long as a session family.
        self.sql(
            "CREATE TABLE bench (id int PRIMARY KEY, generation bigint NOT NULL, filler text NOT NULL)
               WITH (fillfactor = 80);
             INSERT INTO bench SELECT id, 0, repeat('x', 300) FROM generate_series(1, 100000) AS id;
             VACUUM ANALYZE bench;
             CHECKPOINT",
        )
        .await?;
        let script = "\\set id random(1, 100000)\n\
                      UPDATE bench SET generation = generation + 1 WHERE id = :id;\n";
        Ok(std::fs::write(&self.script, script)?)
    }

    /// Runs one statement in the database `name`, which may take long.
    pub async fn execute(&self, name: &str, statement: &str) -> Result<()> {
        let mut psql = self.client("psql");
        psql.env("PGDATABASE", name).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement]);
        output(psql, 20 * MINUTE).await.map(drop)
    }

    async fn wait(&self) -> Result<()> {
        for _ in 0..300 {
            if output(self.client("pg_isready"), MINUTE).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("PostgreSQL did not start; see postgres.log".into())
    }

    async fn sql(&self, statements: &str) -> Result<String> {
        let mut psql = self.client("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        // One -c each: VACUUM and CREATE DATABASE refuse the transaction around a list.
        for statement in statements.split(';') {
            psql.args(["-c", statement]);
        }
        output(psql, MINUTE).await
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string());
        command.env("PGUSER", "bench").env("PGDATABASE", "postgres");
        command
    }
}

/// Debian keeps the server's programs out of PATH; `KINDRED_BENCH_PG_BIN` names them elsewhere.
async fn binaries() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("KINDRED_BENCH_PG_BIN") {
        return Ok(named.into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|bin| bin.join("postgres").exists())
        .max();
    if let Some(bin) = newest {
        return Ok(bin);
    }
    let mut command = Command::new("pg_config");
    command.arg("--bindir");
    Ok(output(command, MINUTE).await?.trim().into())
}
