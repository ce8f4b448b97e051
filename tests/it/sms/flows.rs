//! The flows themselves, without HTTP: logins and step-ups that ask for a code come to it this way.

use std::sync::Arc;
use std::time::Duration;

use kindred::authn::{
    Authn, ChallengedFactor, FactorChallenge, FactorError, PresentedFactor, SmsEnrollmentError, SmsSent,
    VerifiedFactor,
};
use kindred::boot::{Core, World};
use kindred::clock::Clock;
use kindred::config::Config;
use kindred::entropy::{OsEntropy, uuid_v7};
use kindred::model::assurance::{Amr, Method};
use kindred::model::device::Device;
use kindred::model::factor::{Flow, FlowPurpose};
use kindred::model::notice::Notice;
use kindred::model::principal::{ActingSession, Principal};
use kindred::model::security_event::RequestContext;
use kindred::model::transport::Transport;
use kindred::secret::Secret;
use kindred::session::OpenError;
use kindred::store::account::Account;
use kindred::store::session::login::{AuthenticatedLogin, LoginClient, SecondFactorUse};
use kindred::store::{Effects, LoginPlace};
use uuid::Uuid;

use super::scene::{PAUSE, add_app};
use crate::support::backend::{Backend, Env};
use crate::support::in_process::StoppedClock;
use crate::support::person::write_person;
use crate::support::process::environment;
use crate::support::sql::sql;

/// Between two messages, so that their order is known.
const TICK: Duration = Duration::from_millis(1);

pub struct Flows {
    pub core: Core,
    pub clock: Arc<StoppedClock>,
}

impl Flows {
    pub async fn start(env: &Env, settings: &[(&str, &str)]) -> Flows {
        Flows::at(env, StoppedClock::new(), settings).await
    }

    /// On a clock that another one may share.
    pub async fn at(env: &Env, clock: Arc<StoppedClock>, settings: &[(&str, &str)]) -> Flows {
        let config = Config::from_sources(None, environment(&env.setup(settings))).expect("a configuration");
        let world = World { clock: clock.clone(), entropy: Arc::new(OsEntropy) };
        Flows { core: Core::start(&config, &world).await.expect("it starts"), clock }
    }

    pub fn authn(&self) -> &Authn {
        &self.core.authn
    }

    pub fn id(&self) -> Uuid {
        uuid_v7(&OsEntropy, self.clock.now())
    }

    pub fn login(&self) -> Flow {
        Flow { purpose: FlowPurpose::Login, id: self.id() }
    }

    /// Someone with an authenticator app.
    pub async fn account(&self, env: &Env) -> Account {
        let id = write_person(&self.core.store, self.clock.now()).await;
        for called in [id, second_session(id)] {
            self.open_session(env, id, called).await;
        }
        add_app(env, &id.to_string());
        self.core.store.account_by_id(id).await.expect("a database").expect("an account")
    }

    /// Opens a session and gives it a name that the tests know.
    async fn open_session(&self, env: &Env, user_id: Uuid, called: Uuid) {
        let id = self.session(user_id).await;
        let literal = |id: Uuid| match env.backend() {
            Backend::Sqlite => format!("x'{}'", id.simple()),
            Backend::Postgres => format!("'{id}'"),
        };
        let (id, called) = (literal(id), literal(called));
        sql(env, &format!("UPDATE session_families SET id = {called} WHERE id = {id}"));
    }

    async fn session(&self, user_id: Uuid) -> Uuid {
        let account = self.core.store.account_by_id(user_id).await.expect("a database");
        self.log_in(&account.expect("an account"), None).await.expect("a session")
    }

    /// A login with the password, and with a second factor that is spent by it.
    async fn log_in(&self, account: &Account, factor: Option<&VerifiedFactor>) -> Result<Uuid, OpenError> {
        let password = Amr::of(&[Method::Password]);
        let login = AuthenticatedLogin {
            account,
            amr: factor.map_or(password, |verified| password.and(verified.methods)),
            client: LoginClient {
                device: Device::describe(None, None),
                device_token: None,
                replaces: None,
                transport: Transport::Bearer,
                remembered: true,
                time_zone: None,
                network: None,
                context: RequestContext::default(),
            },
            attempt: None,
            second_factor: SecondFactorUse {
                factor: factor.map(|verified| verified.spending.clone()),
                ..SecondFactorUse::default()
            },
            known_device: self.id(),
            federated: None,
        };
        let place = LoginPlace::default();
        let opened = self.core.sessions.open(&login, &place, |_| Ok(Effects::default()));
        Ok(opened.await?.family.id)
    }

    /// Someone whose number is confirmed; by then no flow has to pause.
    pub async fn enrolled(&self, env: &Env, number: &str) -> Account {
        let account = self.account(env).await;
        let principal = principal(&account, "203.0.113.200");
        self.enroll(&principal, number).await.expect("a code");
        self.authn().sms.confirm(&principal, &self.last_code(env)).await.expect("the right code");
        self.clock.advance(PAUSE);
        account
    }

    pub async fn send(&self, account: &Account, flow: Flow) -> Result<SmsSent, FactorError> {
        self.clock.advance(TICK);
        let context = RequestContext::default();
        match self.authn().mfa.challenge_factor(account, ChallengedFactor::Sms, flow, &context).await? {
            FactorChallenge::Sent(sent) => Ok(sent),
            FactorChallenge::Options(options) => panic!("{options}"),
        }
    }

    pub async fn enroll(&self, principal: &Principal, number: &str) -> Result<SmsSent, SmsEnrollmentError> {
        self.clock.advance(TICK);
        self.authn().sms.enroll(principal, number).await
    }

    /// Sends a code and reads it.
    pub async fn code(&self, env: &Env, account: &Account, flow: Flow) -> String {
        self.send(account, flow).await.expect("a code");
        self.last_code(env)
    }

    /// Whether the code is right, and opens a session.
    pub async fn proves(&self, account: &Account, flow: Flow, code: &str) -> bool {
        let presented = PresentedFactor::Sms(Secret::new(code.to_owned()));
        let (factors, context) = (&self.authn().mfa.factors, RequestContext::default());
        let verified = match factors.verify(account, &presented, flow, &context).await {
            Ok(verified) => verified,
            Err(FactorError::Wrong | FactorError::NotACode | FactorError::Limited { .. }) => return false,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(verified.methods.names(), ["sms"]);
        match self.log_in(account, Some(&verified)).await {
            Ok(_) => factors.accept(verified),
            Err(OpenError::FactorSpent) => {
                let refused = factors.refuse_used(account, verified, &context).await.expect("a database");
                assert!(matches!(refused, FactorError::Wrong), "{refused:?}");
                return false;
            }
            Err(error) => panic!("{error}"),
        }
        true
    }

    /// The code of the youngest SMS, which waits in the outbox: no one sends it here.
    pub fn last_code(&self, env: &Env) -> String {
        self.letters(env).pop().expect("an SMS").1
    }

    /// Number and code of each SMS, the oldest first.
    pub fn letters(&self, env: &Env) -> Vec<(String, String)> {
        let id = if env.backend() == Backend::Sqlite { "hex(id)" } else { "replace(id::text, '-', '')" };
        let rows = sql(
            env,
            &format!("SELECT {id}, sealed FROM outbox WHERE channel = 'sms' ORDER BY created_at, id"),
        );
        let letter = |row: &str| {
            let (id, sealed) = row.split_once("|\\x").expect("two columns");
            let id = Uuid::parse_str(id).expect("an id");
            let letter = self.core.composer.open(id, &hex::decode(sealed).expect("hex")).expect("our seal");
            match letter.notice {
                Notice::SmsCode { code, .. } => (letter.to, code),
                other => panic!("{other:?}"),
            }
        };
        rows.lines().map(letter).collect()
    }

    pub async fn stop(self) {
        self.core.stop().await;
    }
}

/// The second session of someone; the first is called like its user, so that [`principal`] knows it.
pub fn second_session(user_id: Uuid) -> Uuid {
    Uuid::from_u128(user_id.as_u128() ^ 1)
}

pub fn principal(account: &Account, address: &str) -> Principal {
    let context = RequestContext { address: Some(address.to_owned()), ..RequestContext::default() };
    let acting_session = ActingSession { user_id: account.user.id, session_id: account.user.id };
    Principal { acting_session, context }
}

/// Another code than this one.
pub fn other_than(code: &str) -> String {
    let number: u32 = code.parse().expect("digits");
    format!("{:06}", (number + 1) % 1_000_000)
}
