//! The meaning of errors of a relay: RFC 5321 §4.2.1, and RFC 4954 §6 for logins.

use std::error::Error as _;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Mechanism;

use super::SendError;

/// The stage in which an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Connection,
    Mail,
}

/// Login required, mechanism too weak, credentials invalid, encryption required: the settings are wrong and not the
/// mail, so a later attempt may succeed.
const LOGIN: [u16; 4] = [530, 534, 535, 538];

/// An explanation without the text of the relay, which may name the recipient.
pub(super) fn explain(stage: Stage, error: &Error) -> SendError {
    let failed = |reason: &str| SendError::Failed(reason.to_owned());
    if let Some(code) = error.status() {
        let code = u16::from(code);
        return judge(stage, code);
    }
    if error.is_response() {
        return failed("the answer of the relay is not SMTP");
    }
    if error.is_client() {
        return match stage {
            Stage::Connection => failed("the relay offers no supported login mechanism"),
            Stage::Mail => SendError::Refused("the relay cannot carry this address or text".to_owned()),
        };
    }
    match stage {
        // These errors are about the network and certificates, and name no recipient.
        Stage::Connection => SendError::Failed(format!("no connection to the relay: {}", innermost(error))),
        Stage::Mail => failed("lost the connection to the relay"),
    }
}

/// An explanation of a login that failed. `offered` is the mechanism that was used.
///
/// A relay answers a token that it does not accept with a further challenge (RFC 7628 §3.2.3, and XOAUTH2 likewise),
/// which lettre does not expect.
pub(super) fn explain_login(offered: Option<Mechanism>, error: &Error) -> SendError {
    let is_challenged = error.status().is_none() && (error.is_client() || error.is_response());
    if offered == Some(Mechanism::Xoauth2) && is_challenged {
        return SendError::Failed("the relay did not accept the access token".to_owned());
    }
    explain(Stage::Connection, error)
}

/// Whether the relay takes no connection at the moment (RFC 5321 §3.8).
pub(super) fn is_refusal(error: &Error) -> bool {
    error.status().is_some_and(|code| u16::from(code) == 421)
}

fn judge(stage: Stage, code: u16) -> SendError {
    let reason = format!("the relay answered {code}");
    let is_permanent = (500..600).contains(&code) && !LOGIN.contains(&code);
    if stage == Stage::Mail && is_permanent { SendError::Refused(reason) } else { SendError::Failed(reason) }
}

fn innermost(error: &Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "refused".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_mail_is_refused() {
        let refused = |code| matches!(judge(Stage::Mail, code), SendError::Refused(_));
        assert!(refused(550) && refused(552) && refused(554));
        assert!(!refused(451) && !refused(421) && !refused(530) && !refused(535));
        assert!(matches!(judge(Stage::Connection, 554), SendError::Failed(_)));
    }
}
