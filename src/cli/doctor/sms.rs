//! The way that SMS leave.

use super::examination::Examination;
use super::finding::{Check, Finding};
use crate::config::SmsTransport;
use crate::notification::transport::twilio::TwilioSender;
use crate::outgoing::Outgoing;

const CHECK: Check = Check::Sms;

pub(super) async fn check(examination: &Examination<'_>) -> Finding {
    let (config, Some(metrics)) = (examination.config, &examination.metrics) else {
        return CHECK.skipped("needs the metrics");
    };
    match config.sms.transport {
        SmsTransport::Twilio => {}
        SmsTransport::File | SmsTransport::Log => {
            return CHECK.skipped(format!("sms.transport = {}", config.sms.transport));
        }
    }
    let outgoing = Outgoing::new(&config.outgoing, metrics);
    let sender = match TwilioSender::new(&config.sms.twilio, &outgoing) {
        Ok(sender) => sender,
        Err(error) => return CHECK.failed(error.to_string(), "Correct the settings `sms.*`."),
    };
    match sender.try_out().await {
        Ok(()) => CHECK.ok("the provider accepts the account and its secret"),
        Err(error) => CHECK.failed(
            error.to_string(),
            "Check `sms.twilio_account_sid`, `sms.twilio_auth_token` and `sms.twilio_base_url`, and that this machine \
             may call the provider (`outgoing.proxy`). Nothing was sent.",
        ),
    }
}
