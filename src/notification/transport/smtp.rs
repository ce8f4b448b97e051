//! The transport `smtp`: mails to a relay (RFC 6409), over verified TLS only.

use std::time::{Duration, Instant};

use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use parking_lot::Mutex;
use tokio::time::timeout;

use super::mail::compose;
use super::smtp_error::{Stage, explain};
use super::{Mail, Mailer, SendError, Sending};
use crate::config::{Smtp, SmtpSecurity};

/// The number of connections that are kept for the next mail, and for how long: relays close idle ones after minutes.
const MAX_IDLE: usize = 4;
const IDLE: Duration = Duration::from_secs(20);

/// The relay cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("cannot read mail.smtp_ca_file: {0}")]
    CaFile(std::io::Error),
    #[error("TLS to the mail relay cannot be set up: {0}")]
    Tls(#[from] Error),
}

/// See the module's description.
///
/// It keeps connections itself: a pool that reuses a connection after a timeout would take the answer to the earlier
/// mail for the answer to the next.
pub struct SmtpMailer {
    relay: Smtp,
    from: Mailbox,
    tls: TlsParameters,
    credentials: Option<Credentials>,
    hello: ClientId,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl SmtpMailer {
    /// # Errors
    /// [`RelayError`]. No connection is opened yet.
    pub fn new(relay: Smtp, from: Mailbox) -> Result<Self, RelayError> {
        let tls = tls(&relay)?;
        let credentials = relay.username.clone().zip(relay.password.as_ref());
        let credentials =
            credentials.map(|(name, password)| Credentials::new(name, password.expose().clone()));
        Ok(Self { relay, from, tls, credentials, hello: ClientId::default(), idle: Mutex::default() })
    }

    async fn deliver(&self, message: &Message) -> Result<(), SendError> {
        let (envelope, content) = (message.envelope(), message.formatted());
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        // From here on the connection is kept only if the relay has answered the whole mail.
        let sent = timeout(self.relay.timeout, connection.send(envelope, &content)).await;
        match sent {
            Err(_) => Err(SendError::Failed("the relay did not accept the mail in time".to_owned())),
            Ok(Err(error)) => Err(explain(Stage::Mail, &error)),
            Ok(Ok(_)) => {
                self.keep(connection);
                Ok(())
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        match timeout(self.relay.timeout, self.try_connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(SendError::Failed("no connection to the relay in time".to_owned())),
        }
    }

    async fn try_connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let failed = |error: Error| explain(Stage::Connection, &error);
        let address = (self.relay.host.as_str(), self.relay.port);
        let at_once = match self.relay.security {
            SmtpSecurity::Tls => Some(self.tls.clone()),
            SmtpSecurity::Starttls => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, at_once, None)
            .await
            .map_err(failed)?;
        if self.relay.security == SmtpSecurity::Starttls {
            if !connection.can_starttls() {
                // An attacker on the network could have removed the offer (RFC 3207 §6).
                return Err(SendError::Failed("the relay does not offer STARTTLS".to_owned()));
            }
            connection.starttls(self.tls.clone(), &self.hello).await.map_err(failed)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(failed)?;
        }
        Ok(connection)
    }

    /// A connection of an earlier mail that still answers.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let mut connection = self.take_kept()?;
            if timeout(self.relay.timeout, connection.test_connected()).await == Ok(true) {
                return Some(connection);
            }
        }
    }

    fn take_kept(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock();
        idle.retain(|(since, _)| since.elapsed() < IDLE);
        idle.pop().map(|(_, connection)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock();
        if idle.len() < MAX_IDLE {
            idle.push((Instant::now(), connection));
        }
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move { self.deliver(&compose(mail, &self.from)?).await })
    }
}

fn tls(relay: &Smtp) -> Result<TlsParameters, RelayError> {
    let mut builder = TlsParametersBuilder::new(relay.host.clone());
    if let Some(path) = &relay.ca_file {
        let pem = std::fs::read(path).map_err(RelayError::CaFile)?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(builder.build_rustls()?)
}
