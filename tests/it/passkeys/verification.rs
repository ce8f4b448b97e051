//! A passkey as a factor within another flow.

use std::sync::Arc;

use futures_util::future::join_all;
use kindred::authn::{Authn, FactorError};
use kindred::model::assurance::Amr;
use kindred::model::factor::{Flow, FlowPurpose};
use kindred::model::security_event::RequestContext;
use kindred::store::Effects;
use kindred::store::credential::reauthentication::SpentFactor;
use macro_rules_attribute::apply;
use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::{Holder, SERVICE, begin_login, usual};
use crate::support::authenticator::Behaviour;
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::claims;
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::security_events::details;

struct Verifications {
    server: InProcess,
    clock: Arc<StoppedClock>,
    authn: Arc<Authn>,
}

impl Verifications {
    async fn start(env: &Env) -> Verifications {
        let clock = StoppedClock::new();
        let server = InProcess::start(env, clock.clone(), SERVICE).await;
        let authn = Arc::clone(server.kindred.authn());
        Verifications { server, clock, authn }
    }

    async fn begin(&self, user: Uuid, flow: Flow) -> Value {
        self.authn.passkeys.verifier.begin(user, flow).await.expect("options")
    }

    async fn verify(&self, user: Uuid, flow: Flow, credential: &Value) -> Result<Amr, FactorError> {
        let verifier = &self.authn.passkeys.verifier;
        let verified = verifier.verify(user, flow, credential, &RequestContext::default()).await?;
        let SpentFactor::Passkey(used) = &verified.spending.factor else { panic!("{verified:?}") };
        let spent = self.server.kindred.sessions().store.use_passkey(used, &Effects::default()).await?;
        if spent { Ok(verified.methods) } else { Err(FactorError::Wrong) }
    }

    #[track_caller]
    fn refused(result: Result<Amr, FactorError>) {
        assert!(matches!(result, Err(FactorError::Wrong)), "{result:?}");
    }
}

fn user(holder: &Holder) -> Uuid {
    claims(holder.family.access())["sub"].as_str().expect("an id").parse().expect("a UUID")
}

fn flow(purpose: FlowPurpose, number: u128) -> Flow {
    Flow { purpose, id: Uuid::from_u128(number) }
}

#[apply(on_both_databases)]
async fn a_verification_is_for_one_flow_and_counts_once(env: Env) {
    let scene = Verifications::start(&env).await;
    let (holder, other) = (Holder::new(&scene.server.client).await, Holder::new(&scene.server.client).await);
    let (ada, bob) = (user(&holder), user(&other));
    let login = flow(FlowPurpose::Login, 1);
    let options = scene.begin(ada, login).await;
    let allowed = options["publicKey"]["allowCredentials"].as_array().expect("a list");
    assert_eq!((allowed.len(), &allowed[0]["transports"]), (1, &json!(["internal", "hybrid"])));
    let right = holder.passkey.get(&options, &usual());
    for (whose, where_to) in [
        (ada, flow(FlowPurpose::Login, 2)),
        (ada, flow(FlowPurpose::StepUp, 1)),
        (ada, flow(FlowPurpose::Enrollment, 1)),
        (bob, login),
    ] {
        Verifications::refused(scene.verify(whose, where_to, &right).await);
    }
    let told = details(&env, "factor.failed");
    let mut checks: Vec<_> = told.iter().map(|told| told["check"].as_str().unwrap_or_default()).collect();
    checks.sort_unstable();
    assert_eq!(checks, ["ceremony", "ceremony", "ceremony", "user_handle"]);
    assert!(told.iter().all(|told| told["reason"] == "wrong"));
    // No one else's passkey, and none that is not right.
    Verifications::refused(scene.verify(ada, login, &other.passkey.get(&options, &usual())).await);
    for wrong in [
        Behaviour { tamper: true, ..usual() },
        Behaviour { user_verified: false, ..usual() },
        Behaviour { user_handle: Some(Some(other.passkey.user_handle.clone())), ..usual() },
        Behaviour { user_handle: Some(Some(b"x".to_vec())), ..usual() },
        Behaviour::at("https://evil.test"),
    ] {
        Verifications::refused(scene.verify(ada, login, &holder.passkey.get(&options, &wrong)).await);
    }
    Verifications::refused(scene.verify(ada, login, &json!({})).await);
    let (_, discoverable) = begin_login(&scene.server.client).await;
    Verifications::refused(scene.verify(ada, login, &holder.passkey.get(&discoverable, &usual())).await);

    // None of that has cost the ceremony; of many at once one counts.
    let answers = join_all((0..8).map(async |_| scene.verify(ada, login, &right).await)).await;
    let proven: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
    assert_eq!(proven.iter().map(|amr| amr.names()).collect::<Vec<_>>(), [["swk", "user", "mfa"]]);
    Verifications::refused(scene.verify(ada, login, &right).await);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn each_ceremony_of_a_flow_counts_once_within_its_time(env: Env) {
    let scene = Verifications::start(&env).await;
    let holder = Holder::new(&scene.server.client).await;
    let (ada, step_up) = (user(&holder), flow(FlowPurpose::StepUp, 7));
    let older = scene.begin(ada, step_up).await;
    let newer = scene.begin(ada, step_up).await;
    // Without a user handle, as an authenticator may answer that was asked for its credential.
    let quiet = Behaviour { user_handle: Some(None), ..usual() };
    for options in [&newer, &older] {
        let credential = holder.passkey.get(options, &quiet);
        assert!(scene.verify(ada, step_up, &credential).await.is_ok());
        Verifications::refused(scene.verify(ada, step_up, &credential).await);
    }
    let third = scene.begin(ada, step_up).await;
    scene.clock.advance(std::time::Duration::from_secs(300));
    Verifications::refused(scene.verify(ada, step_up, &holder.passkey.get(&third, &quiet)).await);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_copy_of_a_passkey_is_found_by_its_counter(env: Env) {
    let scene = Verifications::start(&env).await;
    let counting = |counter: u32| Behaviour { counter: Some(counter), ..usual() };
    let holder = Holder::with(&scene.server.client, &counting(1)).await;
    let (ada, one, two) = (user(&holder), flow(FlowPurpose::Login, 1), flow(FlowPurpose::Login, 2));
    // Both begun before either is finished: the counter that counts is the one that is stored then.
    let (first, second) = (scene.begin(ada, one).await, scene.begin(ada, two).await);
    assert!(scene.verify(ada, one, &holder.passkey.get(&first, &counting(5))).await.is_ok());
    Verifications::refused(scene.verify(ada, two, &holder.passkey.get(&second, &counting(5))).await);
    let told = details(&env, "factor.failed");
    assert_eq!(told.len(), 1, "once for one attempt: {told:?}");
    assert_eq!((&told[0]["reason"], &told[0]["for"]), (&json!("counter_regressed"), &json!("login")));
    assert_eq!(told[0]["passkey"], json!(holder.id));
    assert!(scene.verify(ada, two, &holder.passkey.get(&second, &counting(6))).await.is_ok());
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn who_has_no_passkey_is_not_asked_for_one(env: Env) {
    let scene = Verifications::start(&env).await;
    let stranger = Uuid::from_u128(9);
    let refused = scene.authn.passkeys.verifier.begin(stranger, flow(FlowPurpose::Login, 1)).await;
    assert!(matches!(refused, Err(FactorError::NotEnrolled)), "{refused:?}");
    scene.server.stop().await;
}
