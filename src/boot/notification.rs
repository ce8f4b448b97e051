//! The outbox's worker with the ways out that are configured.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::Core;
use super::start_error::StartError;
use crate::config::{Config, MailTransport, SmsTransport};
use crate::notification::layout::LayoutError;
use crate::notification::quota::Quotas;
use crate::notification::transport::file::{FileMailer, FileSmsSender};
use crate::notification::transport::mail::mailbox;
use crate::notification::transport::nowhere::Nowhere;
use crate::notification::transport::smtp::SmtpMailer;
use crate::notification::transport::twilio::TwilioSender;
use crate::notification::transport::{Mailer, SmsSender};
use crate::notification::worker::{Worker, WorkerTask};
use crate::notification::{Brand, Renderer, Sender, Service, backlog};
use crate::outgoing::Outgoing;
use crate::text::Texts;

/// Where messages are put as files, in the data directory.
const FOLDER: &str = "outbox";

/// Delivery at work.
pub(super) struct Delivery {
    worker: WorkerTask,
    quotas: Arc<Quotas>,
    jobs: [tokio::task::JoinHandle<()>; 2],
}

impl Delivery {
    pub fn start(config: &Config, core: &Core) -> Result<Self, StartError> {
        let worker = Worker {
            store: Arc::clone(&core.store),
            metrics: core.metrics.clone(),
            sender: Sender {
                composer: core.composer.clone(),
                mailer: mailer(config)?,
                sms_sender: sms_sender(config, &core.outgoing)?,
                quotas: Arc::clone(&core.quotas),
                rules: config.outbox.clone(),
                renderer: renderer(config, Arc::clone(&core.texts))?,
            },
        };
        let (store, clock) = (Arc::clone(&core.store), Arc::clone(&core.composer.clock));
        let jobs = [backlog::start(store, clock, core.metrics.clone()), core.quotas.start()];
        Ok(Self { worker: worker.start(), quotas: Arc::clone(&core.quotas), jobs })
    }

    /// Waits for what is on its way until the deadline, and writes down what it has cost.
    pub async fn stop(self, deadline: Instant) {
        self.worker.stop(deadline).await;
        match timeout_at(deadline, self.quotas.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the quotas for messages cannot be written"),
            Err(_) => tracing::warn!("the quotas for messages were not written in time"),
        }
        for job in &self.jobs {
            job.abort();
        }
    }
}

/// What puts messages into the words of their readers, with the templates of the operator.
///
/// # Errors
/// [`LayoutError`] with all mistakes in them.
pub fn renderer(config: &Config, texts: Arc<Texts>) -> Result<Renderer, LayoutError> {
    let branding = &config.branding;
    let base = config.link_base();
    let page = |path: &str| format!("{}/{path}", base.as_str().trim_end_matches('/'));
    let service = Service {
        brand: Brand::of(branding),
        support: branding.support.clone(),
        terms: branding.terms_url.as_ref().map(ToString::to_string),
        privacy: branding.privacy_url.as_ref().map(ToString::to_string),
        recovery_link: page("account/forgot-password"),
        account_link: page("account"),
        code_host: base.host_str().unwrap_or_default().to_owned(),
    };
    Renderer::load(texts, service, config.mail.templates_dir.as_deref())
}

/// The mailer for the relay in the settings.
///
/// # Errors
/// [`StartError`]. No connection is opened yet.
pub fn smtp_mailer(config: &Config) -> Result<SmtpMailer, StartError> {
    let from = mailbox(&config.mail.from).map_err(|_| StartError::Sender)?;
    Ok(SmtpMailer::new(config.mail.smtp.clone(), from, config.outbox.batch as usize)?)
}

fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, StartError> {
    let from = mailbox(&config.mail.from).map_err(|_| StartError::Sender)?;
    Ok(match config.mail.transport {
        MailTransport::File => Arc::new(FileMailer { folder: config.data_dir.join(FOLDER), from }),
        MailTransport::Smtp => Arc::new(smtp_mailer(config)?),
        MailTransport::Log => Arc::new(Nowhere),
    })
}

fn sms_sender(config: &Config, outgoing: &Outgoing) -> Result<Arc<dyn SmsSender>, StartError> {
    Ok(match config.sms.transport {
        SmsTransport::File => Arc::new(FileSmsSender { folder: config.data_dir.join(FOLDER) }),
        SmsTransport::Twilio => Arc::new(TwilioSender::new(&config.sms.twilio, outgoing)?),
        SmsTransport::Log => Arc::new(Nowhere),
    })
}
