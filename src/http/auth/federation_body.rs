//! What the bodies of logins with other providers have in common.

use crate::authn::CompletionAnswers;
use crate::http::extract::presented::Delivery;
use crate::http::problem::{Code, Problem};
use crate::model::locale::Locale;
use crate::secret::Secret;
use crate::store::session::login::LoginClient;

/// What every such body says, beside what it proves.
pub struct FederatedLoginParts {
    pub answers: CompletionAnswers,
    /// The answer to a challenge of the network's limits.
    pub captcha: Option<Secret<String>>,
    pub client: LoginClient,
    pub delivery: Delivery,
}

/// The language that a client names.
///
/// # Errors
/// 422 for text that is no language tag.
pub fn locale(tag: Option<&str>) -> Result<Option<Locale>, Problem> {
    let locale = tag.map(str::parse::<Locale>).transpose();
    locale.map_err(|_| {
        Problem::field(Code::ValidationFailed, "locale", "invalid", "This must be a BCP 47 language tag.")
    })
}

/// Declares a body by the members that it has for itself. A macro, and not a struct within a struct: Serde refuses unknown
/// members only where a body is one struct, and its schema is one object that clients can read.
macro_rules! federated_login_body {
    ($name:ident { $($own:tt)+ }) => {
        #[derive(::serde::Deserialize, ::utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($own)+
            /// The version of the terms that the user has accepted, where `accounts.terms_version` is set and the account is new.
            #[schema(example = "2026-11")]
            accepted_terms: Option<String>,
            /// The language of mails to a new account, as a BCP 47 tag.
            #[schema(example = "de", pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length = 35)]
            locale: Option<String>,
            /// How the tokens are transmitted; `bearer` by default.
            #[serde(default)]
            transport: $crate::http::dto::tokens::Transport,
            /// Whether the session outlives the browser.
            #[serde(default = "crate::http::dto::tokens::remembered")]
            remember: bool,
            /// A name for the device, shown in the list of sessions.
            #[schema(example = "Ada's laptop")]
            device_name: Option<String>,
            /// The `device_token` of this device's last login to the account.
            #[schema(format = Password)]
            device_token: Option<String>,
            /// The time zone of the device, by its name in the database of IANA.
            #[schema(example = "Europe/Berlin", pattern = "^[A-Za-z][A-Za-z0-9/_+-]*$", max_length = 64)]
            time_zone: Option<String>,
            /// The answer to a CAPTCHA, after `captcha_required`.
            #[schema(format = Password)]
            captcha_token: Option<String>,
        }

        impl $name {
            /// Takes what all such bodies have.
            ///
            /// # Errors
            /// 403 `origin_not_allowed` or `csrf_failed` where cookies are asked for; 422 for a malformed language or time zone.
            fn take_parts(
                &mut self,
                request: &::actix_web::HttpRequest,
                client: $crate::http::extract::client::Client,
            ) -> Result<$crate::http::auth::federation_body::FederatedLoginParts, $crate::http::problem::Problem> {
                let delivery = self.transport.delivery(request)?;
                let (name, token) = (self.device_name.as_deref(), self.device_token.take());
                let client = delivery.login_client(request, client, name, token);
                let time_zone = $crate::http::extract::client::time_zone(self.time_zone.as_deref())?;
                Ok($crate::http::auth::federation_body::FederatedLoginParts {
                    answers: $crate::authn::CompletionAnswers {
                        accepted_terms: self.accepted_terms.take(),
                        locale: $crate::http::auth::federation_body::locale(self.locale.as_deref())?,
                        ..$crate::authn::CompletionAnswers::default()
                    },
                    captcha: self.captcha_token.take().map($crate::secret::Secret::new),
                    client: $crate::store::session::login::LoginClient {
                        remembered: self.remember,
                        time_zone,
                        ..client
                    },
                    delivery,
                })
            }
        }
    };
}

pub(super) use federated_login_body;
