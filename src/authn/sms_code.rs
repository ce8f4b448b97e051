//! Codes by SMS: sent, and proven.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::factor_proof::Verdict;
use super::{Authn, FactorError, retry_after};
use crate::crypto::seal::SealError;
use crate::entropy::uuid_v7;
use crate::model::factor::{Flow, FlowPurpose};
use crate::model::notice::Notice;
use crate::model::phone::PhoneNumber;
use crate::model::sealed_row::SealedRow;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::sms_code::SmsCode;
use crate::model::sms_limit::{SmsLimits, network};
use crate::notification::Addressee;
use crate::secret::Secret;
use crate::store::Effects;
use crate::store::account::Account;
use crate::store::authenticator::sms_code::{CodeNumber, NewSmsCode, Sending, SmsCount, SpentCode};
use crate::store::credential::proof_spending::SpentFactor;
use crate::store::session::acting_session::ActingSession;

/// A code on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsSent {
    /// `•••• 42`
    pub to: String,
    pub expires_in: Duration,
}

/// What was typed is right; it is not spent yet.
pub(super) struct RightCode {
    pub spent: SpentCode,
    /// The number that the code confirms, if it is for that.
    pub number_sealed: Option<Vec<u8>>,
}

/// What was found of what was typed.
pub(super) enum Judged {
    Right(RightCode),
    Wrong,
    /// It cannot be a code, or the flow has none that works: it is spent, too old, was tried too often, or there
    /// was none.
    NoCode,
}

impl From<SealError> for FactorError {
    fn from(error: SealError) -> Self {
        tracing::error!(%error, "a code or a number cannot be opened or sealed");
        Self::Internal("the seal of a code or a number")
    }
}

impl Authn {
    /// Sends a code for this flow to the account's number. The flow's last code is void then.
    ///
    /// # Errors
    /// [`FactorError::NotEnrolled`] if there is no confirmed number, none that messages may go to, or no factor
    /// that SMS stands beside; [`FactorError::Limited`] if too many codes were sent: nothing has changed then.
    pub async fn send_sms_code(
        &self,
        account: &Account,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<SmsSent, FactorError> {
        let stored = self.store.sms_number(account.user.id).await?.ok_or(FactorError::NotEnrolled)?;
        let row = SealedRow::SmsAuthenticator(account.user.id);
        let number = self.open_number(&row, &stored.sealed)?;
        if !number.is_among(&self.mfa.sms.prefixes) {
            return Err(FactorError::NotEnrolled);
        }
        let binding = CodeNumber::Confirmed { at: stored.confirmed_at };
        self.write_code(account, flow, (&number, binding), context).await
    }

    /// Compares what was typed with the flow's code.
    pub(super) async fn check_sms_code(
        &self,
        user_id: Uuid,
        flow: Flow,
        typed: &Secret<String>,
    ) -> Result<Verdict, FactorError> {
        match self.judge_code(user_id, flow, typed.expose()).await? {
            Judged::Right(right) => Ok(Verdict::Right(SpentFactor::Sms(right.spent))),
            Judged::Wrong => Ok(Verdict::Wrong),
            // There is nothing to guess at.
            Judged::NoCode => Ok(Verdict::Spent),
        }
    }

    /// Writes a code with its message, to a number which it is bound to.
    pub(super) async fn write_code(
        &self,
        account: &Account,
        flow: Flow,
        (number, binding): (&PhoneNumber, CodeNumber),
        context: &RequestContext,
    ) -> Result<SmsSent, FactorError> {
        let (at, ttl, entropy) = (self.clock.now(), self.mfa.sms.ttl, self.entropy.as_ref());
        let code = SmsCode::generate(entropy);
        let notice = Notice::SmsCode { code: code.expose().to_owned(), expires_in: ttl };
        let to = Addressee {
            user_id: Some(account.user.id),
            to: number.expose().to_owned(),
            display_name: None,
            locale: account.locale.clone(),
            ..Addressee::default()
        };
        let message = self.composer.sms_until(&to, notice, at.plus(ttl))?;
        let sealed = self.composer.master.seal(
            entropy,
            &SealedRow::SmsCode(flow.id).to_string(),
            code.expose().as_bytes(),
        )?;
        let acting_session = acting_session(account.user.id, flow, &binding);
        let event = self.sent_event(account.user.id, flow, context);
        let event = match acting_session {
            Some(acting_session) => event.by(acting_session.user_id).in_session(acting_session.session_id),
            None => event,
        };
        let new = NewSmsCode {
            send_id: uuid_v7(entropy, at),
            user_id: account.user.id,
            flow,
            sealed,
            number: binding,
            count: self.sms_count(number, context),
            at,
            expires_at: at.plus(ttl),
            effects: Effects::of(event).telling(message).by_session(acting_session),
        };
        match self.store.write_sms_code(&new).await? {
            Sending::Written => Ok(SmsSent { to: number.masked(), expires_in: ttl }),
            Sending::NotEnrolled => Err(FactorError::NotEnrolled),
            Sending::Limited(exceeded) => {
                Err(FactorError::Limited { retry_after: retry_after(exceeded.retry_after) })
            }
        }
    }

    /// Compares what was typed with the flow's code, which counts as a try.
    pub(super) async fn judge_code(
        &self,
        user_id: Uuid,
        flow: Flow,
        typed: &str,
    ) -> Result<Judged, FactorError> {
        let Some(typed) = SmsCode::parse(typed) else { return Ok(Judged::NoCode) };
        let at = self.clock.now();
        let Some(tried) = self.store.try_sms_code(user_id, flow, at).await? else {
            return Ok(Judged::NoCode);
        };
        let code = self.composer.master.open(&SealedRow::SmsCode(flow.id).to_string(), &tried.sealed)?;
        if !typed.is(&code) {
            return Ok(Judged::Wrong);
        }
        let spent = SpentCode { user_id, flow, sealed: tried.sealed, at };
        Ok(Judged::Right(RightCode { spent, number_sealed: tried.number_sealed }))
    }

    pub(super) fn open_number(&self, row: &SealedRow, sealed: &[u8]) -> Result<PhoneNumber, FactorError> {
        let plain = self.composer.master.open(&row.to_string(), sealed)?;
        let number = std::str::from_utf8(&plain).ok().and_then(|text| PhoneNumber::parse(text).ok());
        number.ok_or(FactorError::Internal("a stored number"))
    }

    fn sms_count(&self, number: &PhoneNumber, context: &RequestContext) -> SmsCount {
        let master = &self.composer.master;
        let address = context.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        let codes = &self.mfa.sms;
        SmsCount {
            phone_hash: master.pseudonym("sms_sends/phone", number.expose().as_bytes()),
            network_hash: address
                .map(|address| master.pseudonym("sms_sends/network", network(address).as_bytes())),
            limits: SmsLimits {
                per_number_hour: codes.per_number_hour,
                per_number_day: codes.per_number_day,
                per_user_hour: codes.per_user_hour,
                per_user_day: self.quotas.sms_per_user,
                per_network_hour: codes.per_network_hour,
                global_day: self.quotas.sms_global,
            },
        }
    }

    fn sent_event(&self, user_id: Uuid, flow: Flow, context: &RequestContext) -> SecurityEvent {
        let event = self.event(EventKind::SmsCodeSent, context.clone()).about(user_id);
        event.with(json!({ "for": flow.purpose.as_str() }))
    }
}

/// The session that asks for a code, if one does.
fn acting_session(user_id: Uuid, flow: Flow, number: &CodeNumber) -> Option<ActingSession> {
    match (number, flow.purpose) {
        (CodeNumber::New { session_id, .. }, _) => Some(ActingSession { user_id, session_id: *session_id }),
        // The steps of a session are named after it.
        (CodeNumber::Confirmed { .. }, FlowPurpose::StepUp) => {
            Some(ActingSession { user_id, session_id: flow.id })
        }
        (CodeNumber::Confirmed { .. }, _) => None,
    }
}
