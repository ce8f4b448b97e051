//! Codes by SMS: sent, and verified.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::factor::{FactorError, Verdict};
use crate::authn::environment::FlowEnvironment;
use crate::authn::retry_after;
use crate::config;
use crate::entropy::uuid_v7;
use crate::model::factor::{Flow, FlowPurpose};
use crate::model::notice::Notice;
use crate::model::phone::PhoneNumber;
use crate::model::principal::ActingSession;
use crate::model::sealed_row::SealedRow;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::sms_code::SmsCode;
use crate::model::sms_limit::{SmsLimits, network};
use crate::notification::Addressee;
use crate::secret::Secret;
use crate::store::Effects;
use crate::store::account::Account;
use crate::store::authenticator::sms_code::{CodeNumber, NewSmsCode, SmsCodeOutcome, SpentCode};
use crate::store::authenticator::sms_limit::SmsCount;
use crate::store::credential::reauthentication::SpentFactor;

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsSent {
    /// `•••• 42`
    pub to: String,
    /// How long the code works.
    pub expires_in: Duration,
}

/// A right code that is not spent yet.
pub(in crate::authn) struct RightCode {
    pub spent: SpentCode,
    /// The number that the code confirms, if it was sent for that.
    pub number_sealed: Option<Vec<u8>>,
}

/// The result of comparing a code.
pub(in crate::authn) enum Comparison {
    Right(RightCode),
    Wrong,
    /// The flow has no code that works: it is spent, too old or was tried too often, or none was sent.
    NoCode,
}

/// Sends and verifies codes.
pub(in crate::authn) struct SmsCodes {
    pub env: Arc<FlowEnvironment>,
    pub rules: config::SmsCodes,
    pub limits: SmsLimits,
}

impl SmsCodes {
    /// Sends a code for this flow to the account's number. It replaces the flow's last code.
    ///
    /// # Errors
    /// [`FactorError::NotEnrolled`] if there is no confirmed number, if messages may not be sent to it, or if there is no
    /// stronger factor beside it; [`FactorError::Limited`] if too many codes were sent. Then nothing has changed.
    pub async fn send(
        &self,
        account: &Account,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<SmsSent, FactorError> {
        let stored = self.env.store.sms_number(account.user.id).await?.ok_or(FactorError::NotEnrolled)?;
        let row = SealedRow::SmsAuthenticator(account.user.id);
        let number = self.open_number(&row, &stored.sealed)?;
        if !number.is_among(&self.rules.prefixes) {
            return Err(FactorError::NotEnrolled);
        }
        let binding = CodeNumber::Confirmed { at: stored.confirmed_at };
        self.write(account, flow, (&number, binding), context).await
    }

    /// Compares what was typed with the flow's code.
    pub async fn check(
        &self,
        user_id: Uuid,
        flow: Flow,
        typed: &Secret<String>,
    ) -> Result<Verdict, FactorError> {
        let typed = SmsCode::parse(typed.expose()).ok_or(FactorError::NotACode)?;
        match self.compare(user_id, flow, &typed).await? {
            Comparison::Right(right) => Ok(Verdict::Right(SpentFactor::Sms(right.spent))),
            Comparison::Wrong => Ok(Verdict::Wrong),
            // Without a code there is nothing to guess.
            Comparison::NoCode => Ok(Verdict::Spent),
        }
    }

    /// Writes a code, bound to a number, along with the message.
    pub async fn write(
        &self,
        account: &Account,
        flow: Flow,
        (number, binding): (&PhoneNumber, CodeNumber),
        context: &RequestContext,
    ) -> Result<SmsSent, FactorError> {
        let (at, ttl, entropy) = (self.env.now(), self.rules.ttl, self.env.entropy.as_ref());
        let code = SmsCode::generate(entropy);
        let notice = Notice::SmsCode { code: code.expose().to_owned(), expires_in: ttl };
        let to = Addressee {
            user_id: Some(account.user.id),
            to: number.expose().to_owned(),
            display_name: None,
            locale: account.locale.clone(),
            ..Addressee::default()
        };
        let message = self.env.composer.sms_until(&to, notice, at.plus(ttl))?;
        let sealed = self.env.composer.master.seal(
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
        match self.env.store.write_sms_code(&new).await? {
            SmsCodeOutcome::Written => Ok(SmsSent { to: number.masked(), expires_in: ttl }),
            SmsCodeOutcome::NotEnrolled => Err(FactorError::NotEnrolled),
            SmsCodeOutcome::Limited(exceeded) => {
                Err(FactorError::Limited { retry_after: retry_after(exceeded.retry_after) })
            }
        }
    }

    /// Compares what was typed with the flow's code, which counts as an attempt.
    pub async fn compare(
        &self,
        user_id: Uuid,
        flow: Flow,
        typed: &SmsCode,
    ) -> Result<Comparison, FactorError> {
        let at = self.env.now();
        let Some(tried) = self.env.store.try_sms_code(user_id, flow, at).await? else {
            return Ok(Comparison::NoCode);
        };
        let code = self.env.composer.master.open(&SealedRow::SmsCode(flow.id).to_string(), &tried.sealed)?;
        if !typed.is(&code) {
            return Ok(Comparison::Wrong);
        }
        let spent = SpentCode { user_id, flow, sealed: tried.sealed, at };
        Ok(Comparison::Right(RightCode { spent, number_sealed: tried.number_sealed }))
    }

    pub fn open_number(&self, row: &SealedRow, sealed: &[u8]) -> Result<PhoneNumber, FactorError> {
        let plain = self.env.composer.master.open(&row.to_string(), sealed)?;
        let number = std::str::from_utf8(&plain).ok().and_then(|text| PhoneNumber::parse(text).ok());
        number.ok_or(FactorError::Internal("a stored phone number"))
    }

    pub fn seal_number(&self, row: &SealedRow, number: &PhoneNumber) -> Result<Vec<u8>, FactorError> {
        let master = &self.env.composer.master;
        Ok(master.seal(self.env.entropy.as_ref(), &row.to_string(), number.expose().as_bytes())?)
    }

    fn sms_count(&self, number: &PhoneNumber, context: &RequestContext) -> SmsCount {
        let master = &self.env.composer.master;
        let address = context.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        SmsCount {
            phone_hash: master.pseudonym("sms_sends/phone", number.expose().as_bytes()),
            network_hash: address
                .map(|address| master.pseudonym("sms_sends/network", network(address).as_bytes())),
            limits: self.limits,
        }
    }

    fn sent_event(&self, user_id: Uuid, flow: Flow, context: &RequestContext) -> SecurityEvent {
        let event = self.env.event(EventKind::SmsCodeSent, context.clone()).about(user_id);
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
