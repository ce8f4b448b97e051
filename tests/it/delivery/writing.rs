//! Messages written into the outbox as a flow would write them, without one.

use kindred::boot::{Core, World};
use kindred::config::Config;
use kindred::delivery::Addressee;
use kindred::model::notice::Notice;
use kindred::store::Trail;

use crate::support::backend::Env;
use crate::support::process::environment;

/// A server's core, without its worker.
pub struct Writer(Core);

impl Writer {
    pub async fn of(env: &Env) -> Writer {
        let config = Config::from_sources(None, environment(&env.setup(&[]))).expect("a configuration");
        Writer(Core::start(&config, &World::default()).await.expect("it starts"))
    }

    pub fn core(&self) -> &Core {
        &self.0
    }

    /// Commits a mail to this address.
    pub async fn mail(&self, to: &str, notice: Notice) {
        let message = self.0.postbox.mail(&somebody(to), notice).expect("it is sealed");
        self.0.store.record(&Trail::default().telling(message)).await.expect("it is written");
    }

    pub async fn stop(self) {
        self.0.stop().await;
    }
}

pub fn somebody(to: &str) -> Addressee {
    Addressee { user_id: None, to: to.to_owned(), display_name: None, locale: None }
}

pub fn link(token: &str) -> Notice {
    Notice::VerifyEmail {
        link: format!("http://id.example/account/verify-email?token={token}"),
        expires_in: "24 hours".to_owned(),
    }
}
