//! `sms.*`: how SMS are sent.

use std::time::Duration;

use url::Url;

use super::{Environment, Reader, setting};
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub struct Sms {
    pub transport: SmsTransport,
    pub twilio: Twilio,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsTransport {
    /// One `.json` file each in `outbox/` of the data directory.
    File,
    /// The HTTP API of Twilio.
    Twilio,
    /// A line in the log, without the secrets: nothing is delivered.
    Log,
}

super::text_enum!(SmsTransport { File => "file", Twilio => "twilio", Log => "log" });

#[derive(Clone, Debug)]
pub struct Twilio {
    pub base_url: Url,
    pub account_sid: Option<String>,
    pub auth_token: Option<Secret<String>>,
    /// The sender: a number in E.164, or the id of a messaging service.
    pub from: Option<String>,
    /// Whether the API may be at an address that is not public.
    pub allow_private: bool,
    /// For a whole request.
    pub timeout: Duration,
}

impl Sms {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let is_named = reader.is_given("sms.twilio_account_sid");
        let default = if is_named { SmsTransport::Twilio } else { SmsTransport::File };
        reader.section("SMS");
        let transport = reader.choice(
            setting(
                "sms.transport",
                "How SMS are sent: as `.json` files in `outbox/` of `data_dir`, by Twilio, or not \
                at all (`log`). By default `twilio` where `sms.twilio_account_sid` is given.",
            ),
            default,
        );
        let base = "https://api.twilio.com/".parse().unwrap_or_else(|_| unreachable!("it is a URL"));
        let twilio = Twilio {
            base_url: reader.value(
                setting("sms.twilio_base_url", "The API of Twilio, or one that is compatible with it.")
                    .note("https; outside production also http, with `sms.allow_private`"),
                base,
            ),
            account_sid: reader
                .optional(setting("sms.twilio_account_sid", "The account.").note("required for `twilio`")),
            auth_token: reader
                .secret::<String>(
                    setting("sms.twilio_auth_token", "The secret of the account.")
                        .note("required for `twilio`"),
                )
                .map(Secret::new),
            from: reader.optional(
                setting("sms.from", "The sender: a number in E.164, or the id of a messaging service.")
                    .note("required for `twilio`"),
            ),
            allow_private: reader.value(
                setting(
                    "sms.allow_private",
                    "Whether the API may be at an address that is not public, such as a gateway in \
                    the internal network.",
                ),
                false,
            ),
            timeout: reader.value(
                setting("sms.timeout", "The time limit of one request.")
                    .between(Duration::from_millis(100), Duration::from_secs(120)),
                Duration::from_secs(10),
            ),
        };
        if transport == SmsTransport::Twilio {
            for (key, is_given) in [
                ("sms.twilio_account_sid", twilio.account_sid.is_some()),
                ("sms.twilio_auth_token", twilio.auth_token.is_some()),
                ("sms.from", twilio.from.is_some()),
            ] {
                reader.check(key, is_given, "is required to send SMS by Twilio");
            }
        }
        let is_safe = super::is_safe(&twilio.base_url, twilio.allow_private, profile);
        reader.check(
            "sms.twilio_base_url",
            is_safe,
            "must be an https URL (http is accepted outside production where sms.allow_private is set)",
        );
        Self { transport, twilio }
    }
}
