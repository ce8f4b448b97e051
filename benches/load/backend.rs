//! The two databases that a run measures, behind one interface.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::postgres::Cluster;
use crate::server::{self, Server};

/// Of nodes that share a database: 32 bytes that protect nothing.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub struct Backend {
    pub name: &'static str,
    pub database: Database,
    /// On a real disk: what a commit costs there is most of what is measured.
    pub directory: PathBuf,
}

pub enum Database {
    Sqlite,
    Postgres(Cluster),
}

impl Backend {
    pub fn sqlite(directory: PathBuf) -> Self {
        Self { name: "SQLite", database: Database::Sqlite, directory }
    }

    pub fn postgres(directory: PathBuf, cluster: Cluster) -> Self {
        Self { name: "PostgreSQL", database: Database::Postgres(cluster), directory }
    }

    /// Starts the server on the database of `section`, which is new the first time.
    pub async fn server(&self, section: &str, settings: &[(&str, &str)]) -> Result<Server> {
        let (directory, url) = self.place(section).await?;
        Server::start(&directory, &url, settings).await
    }

    /// Starts `count` servers on the database of `section`, which is new the first time, each with a data directory of its
    /// own. PostgreSQL only.
    pub async fn nodes(&self, section: &str, count: usize, settings: &[(&str, &str)]) -> Result<Vec<Server>> {
        let Database::Postgres(cluster) = &self.database else {
            return Err("several nodes need PostgreSQL".into());
        };
        let directory = |number: usize| self.directory.join(format!("{section}-{number}"));
        let url = cluster.database(section, !directory(0).exists()).await?;
        let mut settings = settings.to_vec();
        settings.push(("KINDRED_SECRETS__MASTER_KEY", MASTER_KEY));
        let mut nodes = Vec::with_capacity(count);
        for number in 0..count {
            nodes.push(Server::start(&directory(number), &url, &settings).await?);
        }
        Ok(nodes)
    }

    /// Imports users, one a line, into the database of `section`, which is new the first time.
    pub async fn import(&self, section: &str, lines: &str) -> Result<()> {
        let (directory, url) = self.place(section).await?;
        server::import(&directory, &url, lines).await
    }

    /// Runs a command of the server's program on the database of `section`.
    pub async fn command(&self, section: &str, arguments: &[&str]) -> Result<()> {
        let (directory, url) = self.place(section).await?;
        server::run(&directory, &url, arguments).await
    }

    /// The data directory of `section`, and the URL of its database.
    async fn place(&self, section: &str) -> Result<(PathBuf, String)> {
        let directory = self.directory.join(section);
        let url = match &self.database {
            Database::Sqlite => sqlite_url(&directory.join("kindred.db")),
            Database::Postgres(cluster) => cluster.database(section, !directory.exists()).await?,
        };
        Ok((directory, url))
    }
}

pub fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}
