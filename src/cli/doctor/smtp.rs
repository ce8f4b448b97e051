//! The way that mails leave.

use super::finding::{Check, Finding};
use crate::boot::smtp_mailer;
use crate::config::{Config, MailTransport};

const CHECK: Check = Check::Smtp;

pub(super) async fn check(config: &Config) -> Finding {
    match config.mail.transport {
        MailTransport::Smtp => {}
        MailTransport::File | MailTransport::Log if config.profile.is_production() => {
            return CHECK.warning(
                format!("no mail is delivered (mail.transport = {})", config.mail.transport),
                "Set `mail.transport = \"smtp\"` and `mail.smtp_host`.",
            );
        }
        MailTransport::File | MailTransport::Log => {
            return CHECK.skipped(format!("mail.transport = {}", config.mail.transport));
        }
    }
    let relay = format!("{}:{}", config.mail.smtp.host, config.mail.smtp.port);
    let mailer = match smtp_mailer(config) {
        Ok(mailer) => mailer,
        Err(error) => return CHECK.failed(error.to_string(), "Correct the settings `mail.*`."),
    };
    match mailer.try_out().await {
        Ok(()) => CHECK.ok(format!("{relay} accepts connections and the login")),
        Err(error) => CHECK.failed(
            format!("{relay}: {error}"),
            "Check `mail.smtp_*`, the firewall (port 587 or 465 outward), and user and password with the relay's \
             operator. Nothing was sent.",
        ),
    }
}
