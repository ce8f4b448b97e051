//! A provider that is down holds up no one, and a code that could not leave in time never does.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::scene::{Holder, NUMBER, start};
use crate::delivery::writing::outcomes;
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::fake_http::{Answer, FakeHttp};
use crate::support::phones::code;

#[apply(on_both_databases)]
async fn a_provider_that_is_down_holds_up_no_one(env: Env) {
    let provider = FakeHttp::answering(Answer::status(503, "")).await;
    let scene = start(
        &env,
        &[
            ("KINDRED_SMS__TRANSPORT", "twilio"),
            ("KINDRED_SMS__TWILIO_BASE_URL", provider.url()),
            ("KINDRED_SMS__ALLOW_PRIVATE", "true"),
            ("KINDRED_SMS__TWILIO_ACCOUNT_SID", "AC123"),
            ("KINDRED_SMS__TWILIO_AUTH_TOKEN", "sms-auth-token"),
            ("KINDRED_SMS__FROM", "+15005550006"),
            ("KINDRED_OUTBOX__RETRY_BASE", "20ms"),
            ("KINDRED_OUTBOX__RETRY_MAX", "50ms"),
        ],
    )
    .await;
    let ada = Holder::of(&env, scene.client()).await;
    assert_eq!(ada.enroll(scene.client(), NUMBER).await.status, 202);
    eventually("a try", async || (!provider.requests().is_empty()).then_some(())).await;
    // The clock moves the message on to its next try, beyond which it is of no use. It goes on moving: whether that
    // try is counted from before or after this depends on when the first one ended.
    scene.clock.advance(Duration::from_secs(601));
    eventually("it is given up", async || {
        scene.clock.advance(Duration::from_millis(50));
        outcomes(&env).iter().any(|outcome| outcome.starts_with("expired")).then_some(())
    })
    .await;
    provider.answer(Answer::status(201, "{}"));
    let before = provider.requests().len();
    let bob = Holder::of(&env, scene.client()).await;
    assert_eq!(bob.enroll(scene.client(), NUMBER).await.status, 202);
    eventually("the next one leaves", async || (provider.requests().len() > before).then_some(())).await;
    let request = provider.requests().pop().expect("a request");
    let text = request.member("Body").expect("a text");
    assert_eq!(bob.confirm(scene.client(), &code(text)).await.status, 204);
    scene.server.stop().await;
}
