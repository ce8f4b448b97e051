//! The outbox's worker with the ways out that are configured.

use std::sync::Arc;

use url::Url;

use super::Core;
use super::keys::StartError;
use crate::config::Config;
use crate::courier::Mailer;
use crate::courier::file::FileMailer;
use crate::courier::mail::mailbox;
use crate::delivery::worker::{Worker, WorkerTask};

/// Where messages are put as files, in the data directory.
const FOLDER: &str = "outbox";

pub(super) fn start(config: &Config, core: &Core) -> Result<WorkerTask, StartError> {
    let worker = Worker {
        store: Arc::clone(&core.store),
        postbox: core.postbox.clone(),
        mailer: mailer(config)?,
        rules: config.outbox.clone(),
        service: service(&config.server.public_url),
    };
    Ok(worker.start())
}

/// The host that people know the service by.
fn service(public_url: &Url) -> String {
    public_url.host_str().unwrap_or("Kindred").to_owned()
}

fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, StartError> {
    let from = mailbox(&config.mail.from).map_err(|_| StartError::Sender)?;
    Ok(Arc::new(FileMailer { folder: config.data_dir.join(FOLDER), from }))
}
