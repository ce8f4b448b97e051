//! The transport `smtp`: mails to a relay (RFC 6409), over verified TLS only.

mod addresses;
mod places;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::{ClientId, Extension};
use parking_lot::Mutex;
use tokio::net::lookup_host;
use tokio::sync::SemaphorePermit;
use tokio::time::timeout;

use self::addresses::{in_turns, reach};
use self::places::Places;
use super::mail::compose;
use super::smtp_error::{Stage, explain, explain_login, is_refusal};
use super::{Mail, Mailer, SendError, Sending};
use crate::config::{EhloName, Smtp, SmtpLogin, SmtpSecret, SmtpSecurity};
use crate::file_error::FileError;

/// The number of connections that are kept for the next mail, and for how long: relays close idle ones after minutes.
const MAX_IDLE: usize = 4;
const IDLE: Duration = Duration::from_secs(20);

/// The mechanism for access tokens.
const TOKEN_MECHANISMS: &[Mechanism] = &[Mechanism::Xoauth2];

/// The relay cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("cannot read mail.smtp_ca_file {0}")]
    CaFile(FileError),
    #[error("TLS to the mail relay cannot be set up: {0}")]
    Tls(#[from] Error),
}

/// Why there is no connection.
enum Unreached {
    /// The relay takes no further connection at the moment.
    Full(SendError),
    Failed(SendError),
}

impl From<SendError> for Unreached {
    fn from(error: SendError) -> Self {
        Self::Failed(error)
    }
}

/// Sends mails by way of one relay.
///
/// It keeps connections itself: a pool that reuses a connection after a timeout would take the answer to the earlier
/// mail for the answer to the next.
pub struct SmtpMailer {
    relay: Smtp,
    from: Mailbox,
    tls: TlsParameters,
    hello: ClientId,
    places: Places,
    /// The address that was reached last.
    last: Mutex<Option<SocketAddr>>,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl SmtpMailer {
    /// A mailer with at most so many connections.
    ///
    /// # Errors
    /// [`RelayError`]. No connection is opened yet.
    pub fn new(relay: Smtp, from: Mailbox, connections: usize) -> Result<Self, RelayError> {
        let hello = match relay.ehlo_name.clone() {
            EhloName::Domain(domain) => ClientId::Domain(domain),
            EhloName::Address(IpAddr::V4(address)) => ClientId::Ipv4(address),
            EhloName::Address(IpAddr::V6(address)) => ClientId::Ipv6(address),
        };
        let (tls, places) = (tls(&relay)?, Places::new(connections));
        Ok(Self { relay, from, tls, hello, places, last: Mutex::default(), idle: Mutex::default() })
    }

    /// Connects and logs in, without sending a mail.
    ///
    /// # Errors
    /// [`SendError`], with what the relay said.
    pub async fn try_out(&self) -> Result<(), SendError> {
        let (_place, mut connection) = self.connection().await?;
        // Whether the relay says goodbye is of no interest.
        let _ = timeout(self.relay.timeout, connection.quit()).await;
        Ok(())
    }

    async fn deliver(&self, message: &Message) -> Result<(), SendError> {
        let (envelope, content) = (message.envelope(), message.formatted());
        let (_place, mut connection) = self.connection().await?;
        let is_ascii = envelope.to().iter().chain(envelope.from()).all(|address| address.user().is_ascii());
        if !is_ascii && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            self.keep(connection);
            return Err(SendError::Refused(
                "the address has other characters than ASCII, and the relay does not offer SMTPUTF8"
                    .to_owned(),
            ));
        }
        // From here on the connection is kept only if the relay has answered the whole mail.
        let sent = timeout(self.relay.timeout, connection.send(envelope, &content)).await;
        match sent {
            Err(_) => Err(failed("the relay did not accept the mail in time")),
            Ok(Err(error)) => Err(explain(Stage::Mail, &error)),
            Ok(Ok(_)) => {
                self.keep(connection);
                Ok(())
            }
        }
    }

    /// A connection with its place among those that the relay accepts. If it accepts no further one, this waits for a
    /// place.
    async fn connection(&self) -> Result<(SemaphorePermit<'_>, AsyncSmtpConnection), SendError> {
        loop {
            let place =
                self.places.take().await.ok_or_else(|| failed("there is no place for a connection"))?;
            if let Some(connection) = self.kept().await {
                return Ok((place, connection));
            }
            match self.connect().await {
                Ok(connection) => return Ok((place, connection)),
                // Another mail has left its connection in the meantime.
                Err(Unreached::Full(_)) if self.has_kept() => {}
                Err(Unreached::Full(error)) => {
                    if !self.places.refused(place) && !self.has_kept() {
                        return Err(error);
                    }
                }
                Err(Unreached::Failed(error)) => return Err(error),
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Unreached> {
        match timeout(self.relay.timeout, self.try_connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(failed("no connection to the relay in time").into()),
        }
    }

    async fn try_connect(&self) -> Result<AsyncSmtpConnection, Unreached> {
        let found = lookup_host((self.relay.host.as_str(), self.relay.port)).await;
        let found = found.map_err(|error| failed(&format!("cannot find the relay: {error}")))?;
        let order = in_turns(found.collect(), *self.last.lock());
        let reached = reach(&order, self.relay.timeout, |address| self.greet(address)).await;
        let (address, mut connection) = reached.map_err(all_of)?;
        *self.last.lock() = Some(address);
        if let Some(login) = &self.relay.login {
            log_in(&mut connection, login).await?;
        }
        Ok(connection)
    }

    /// A connection to this address, with TLS, before the login.
    async fn greet(&self, address: SocketAddr) -> Result<AsyncSmtpConnection, Unreached> {
        let unreached = |error: Error| {
            let reason = explain(Stage::Connection, &error);
            if is_refusal(&error) { Unreached::Full(reason) } else { Unreached::Failed(reason) }
        };
        let at_once = match self.relay.security {
            SmtpSecurity::Tls => Some(self.tls.clone()),
            SmtpSecurity::Starttls => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, at_once, None)
            .await
            .map_err(unreached)?;
        if self.relay.security == SmtpSecurity::Starttls {
            if !connection.can_starttls() {
                // An attacker on the network could have removed the offer (RFC 3207 §6).
                return Err(failed("the relay does not offer STARTTLS").into());
            }
            connection.starttls(self.tls.clone(), &self.hello).await.map_err(unreached)?;
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

    fn has_kept(&self) -> bool {
        !self.idle.lock().is_empty()
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

/// Logs in by password, or by the access token of the moment.
async fn log_in(connection: &mut AsyncSmtpConnection, login: &SmtpLogin) -> Result<(), SendError> {
    let (mechanisms, secret) = match &login.secret {
        SmtpSecret::Password(password) => (DEFAULT_MECHANISMS, password.expose().clone()),
        SmtpSecret::AccessToken(token) => (TOKEN_MECHANISMS, token.expose().clone()),
        SmtpSecret::AccessTokenFile(path) => {
            let token = tokio::fs::read_to_string(path).await.map_err(|error| {
                failed(&format!("cannot read mail.smtp_access_token_file {}: {error}", path.display()))
            })?;
            (TOKEN_MECHANISMS, token.trim().to_owned())
        }
    };
    let offered = connection.server_info().get_auth_mechanism(mechanisms);
    let credentials = Credentials::new(login.username.clone(), secret);
    let answer = connection.auth(mechanisms, &credentials).await;
    answer.map(|_| ()).map_err(|error| explain_login(offered, &error))
}

/// What is said of the failures of all addresses. If one of them would take a connection later, the relay is full.
fn all_of(errors: Vec<Unreached>) -> Unreached {
    let is_full = errors.iter().any(|error| matches!(error, Unreached::Full(_)));
    let mut reasons: Vec<String> = Vec::new();
    for Unreached::Full(error) | Unreached::Failed(error) in errors {
        let reason = error.to_string();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let reason = if reasons.is_empty() { "the relay has no address".to_owned() } else { reasons.join("; ") };
    let error = SendError::Failed(reason);
    if is_full { Unreached::Full(error) } else { Unreached::Failed(error) }
}

fn failed(reason: &str) -> SendError {
    SendError::Failed(reason.to_owned())
}

fn tls(relay: &Smtp) -> Result<TlsParameters, RelayError> {
    let mut builder = TlsParametersBuilder::new(relay.host.clone());
    if let Some(path) = &relay.ca_file {
        let pem = std::fs::read(path).map_err(|source| RelayError::CaFile(FileError::new(path, source)))?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(builder.build_rustls()?)
}
