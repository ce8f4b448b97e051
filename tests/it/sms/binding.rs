//! OB-02, OB-04: a code is good for what it was made for, and the number for whom it was confirmed.

use std::time::Duration;

use kindred::authn::{FactorError, SmsEnrollmentError};
use kindred::model::factor::{Flow, FlowPurpose};
use macro_rules_attribute::apply;

use super::flows::{Flows, principal, second_session};
use super::scene::{NUMBER, PAUSE, remove_app};
use crate::support::backend::{Env, on_both_databases};
use crate::support::security_events::details_about;
use crate::support::sql::count;

const OTHER: &str = "+436641234577";
const HERE: &str = "192.0.2.1";

#[apply(on_both_databases)]
async fn a_code_is_for_one_flow_purpose_and_user(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let (ada, bob) = (flows.enrolled(&env, NUMBER).await, flows.enrolled(&env, OTHER).await);
    let flow = flows.login();
    let code = flows.code(&env, &ada, flow).await;
    let elsewhere = flows.login();
    flows.send(&ada, elsewhere).await.expect("a code");
    if flows.last_code(&env) != code {
        assert!(!flows.proves(&ada, elsewhere, &code).await, "another flow");
    }
    for purpose in [FlowPurpose::StepUp, FlowPurpose::Enrollment] {
        assert!(!flows.proves(&ada, Flow { purpose, ..flow }, &code).await, "{purpose:?}");
    }
    assert!(!flows.proves(&bob, flow, &code).await, "another user");
    assert!(flows.proves(&ada, flow, &code).await, "none of that was a try at it");

    // A code that confirms a number proves nothing, and one that proves confirms none.
    flows.enroll(&principal(&ada, HERE), OTHER).await.expect("a code");
    let enrollment = Flow { purpose: FlowPurpose::Enrollment, id: ada.user.id };
    let code = flows.last_code(&env);
    for purpose in [FlowPurpose::Login, FlowPurpose::StepUp] {
        assert!(!flows.proves(&ada, Flow { purpose, ..enrollment }, &code).await, "{purpose:?}");
    }
    let step_up = Flow { purpose: FlowPurpose::StepUp, id: second_session(ada.user.id) };
    let code = flows.code(&env, &ada, step_up).await;
    let confirmed = flows.authn().sms.confirm(&principal(&ada, HERE), &code).await;
    assert!(matches!(confirmed, Err(SmsEnrollmentError::Factor(FactorError::Wrong))), "{confirmed:?}");
    assert!(flows.proves(&ada, step_up, &code).await);
    let sent = details_about(&env, "sms_code.sent", &ada.user.id.to_string());
    let purposes: Vec<&str> = sent.iter().filter_map(|detail| detail["for"].as_str()).collect();
    assert_eq!(purposes, ["enrollment", "login", "login", "enrollment", "step_up"]);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn a_number_counts_once_it_is_confirmed(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let ada = flows.account(&env).await;
    let asked = flows.send(&ada, flows.login()).await;
    assert!(matches!(asked, Err(FactorError::NotEnrolled)), "{asked:?}");
    flows.enroll(&principal(&ada, HERE), NUMBER).await.expect("a code");
    let asked = flows.send(&ada, flows.login()).await;
    assert!(matches!(asked, Err(FactorError::NotEnrolled)), "{asked:?}");
    flows.authn().sms.confirm(&principal(&ada, HERE), &flows.last_code(&env)).await.expect("the right code");

    let (waiting, flow) = (flows.login(), flows.login());
    let old = flows.code(&env, &ada, waiting).await;
    flows.enroll(&principal(&ada, HERE), OTHER).await.expect("a code");
    let new = flows.last_code(&env);
    flows.send(&ada, flow).await.expect("a code");
    let goes_to = || flows.letters(&env).pop().expect("an SMS").0;
    assert_eq!(goes_to(), NUMBER, "until the new one is confirmed");
    flows.authn().sms.confirm(&principal(&ada, HERE), &new).await.expect("the right code");
    assert!(!flows.proves(&ada, waiting, &old).await, "what went to the old number is void");
    flows.clock.advance(PAUSE);
    flows.send(&ada, flow).await.expect("a code");
    assert_eq!(goes_to(), OTHER);
    assert_eq!(count(&env, "sms_authenticators"), 1);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn the_code_of_one_number_confirms_no_other(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let ada = flows.account(&env).await;
    let principal = principal(&ada, HERE);
    flows.enroll(&principal, NUMBER).await.expect("a code");
    let first = flows.last_code(&env);
    flows.clock.advance(PAUSE);
    flows.enroll(&principal, OTHER).await.expect("a code");
    let second = flows.last_code(&env);
    if first != second {
        let confirmed = flows.authn().sms.confirm(&principal, &first).await;
        assert!(matches!(confirmed, Err(SmsEnrollmentError::Factor(FactorError::Wrong))), "{confirmed:?}");
    }
    flows.authn().sms.confirm(&principal, &second).await.expect("the right code");
    flows.clock.advance(Duration::from_secs(60));
    flows.send(&ada, flows.login()).await.expect("a code");
    assert_eq!(flows.letters(&env).pop().expect("an SMS").0, OTHER);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn nothing_is_sent_without_a_stronger_factor(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    let sent = flows.letters(&env).len();
    remove_app(&env, &ada.user.id.to_string());
    let asked = flows.send(&ada, flows.login()).await;
    assert!(matches!(asked, Err(FactorError::NotEnrolled)), "{asked:?}");
    let named = flows.enroll(&principal(&ada, HERE), OTHER).await;
    assert!(matches!(named, Err(SmsEnrollmentError::NoStrongerFactor)), "{named:?}");
    assert_eq!(flows.letters(&env).len(), sent);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn prefixes_hold_for_numbers_of_before_as_well(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let (ada, bob) = (flows.enrolled(&env, NUMBER).await, flows.enrolled(&env, OTHER).await);
    flows.stop().await;
    let flows = Flows::start(&env, &[("KINDRED_MFA__SMS_PREFIXES", "+49, +41")]).await;
    flows.send(&ada, flows.login()).await.expect("a code");
    let asked = flows.send(&bob, flows.login()).await;
    assert!(matches!(asked, Err(FactorError::NotEnrolled)), "{asked:?}");
    let named = flows.enroll(&principal(&ada, HERE), OTHER).await;
    assert!(matches!(named, Err(SmsEnrollmentError::PrefixNotAllowed)), "{named:?}");
    flows.stop().await;
}
