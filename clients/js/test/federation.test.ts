import assert from "node:assert/strict";
import { test } from "node:test";
import {
  completeLink,
  completeLogin,
  identities,
  isAddressCheck,
  linkUrl,
  loginUrl,
  loginWithIdToken,
  removeIdentity,
  returnOf,
  stepUpUrl,
  stepUpWithProvider,
  withoutReturn,
} from "../src/federation.js";
import { fetchWithStepUp } from "../src/step-up.js";
import type { Browser } from "./world/browser.js";
import { keysOf, problem, reply, Script } from "./world/script.js";

const COMPLETE = "/auth/federation/complete";
const OWN = "/me/identities";
const COOKIE = { transport: "cookie" } as const;

/** What the requests to a path have sent. */
const bodiesOf = (browser: Browser, path: string) =>
  browser.requests
    .filter((request) => request.path === `/api/v1${path}`)
    .map((request) => JSON.parse(request.body ?? "null") as unknown);

/** The provider has vouched for someone: the server logs them in as it does with a password. */
const loggedIn = (script: Script) =>
  script.next(COMPLETE, (request) =>
    script.server.handle({
      ...request,
      path: "/api/v1/auth/login",
      body: JSON.stringify({ ...JSON.parse(request.body!), password: "right" }),
    }),
  );

test("the way to a provider names where it leads back to", () => {
  const { client } = new Script().browser().open();
  const departure = { returnTo: "https://app.test/login?next=/a&b=c#d", codeChallenge: "challenge-_" };
  const url = new URL(loginUrl(client, "my provider/x", departure));
  assert.equal(url.origin + url.pathname, "http://auth.test/api/v1/auth/federation/my%20provider%2Fx/start");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    return_to: departure.returnTo,
    purpose: "login",
    code_challenge: "challenge-_",
  });
  const { searchParams } = new URL(stepUpUrl(client, "google", { returnTo: "/account" }));
  assert.deepEqual(Object.fromEntries(searchParams), { return_to: "/account", purpose: "step_up" });
});

test("what comes back is read, and taken out of the address", () => {
  const page = "https://app.test/login?next=%2Fa%3Fb&";
  assert.deepEqual(returnOf(`${page}federation_code=kf1_x`), { code: "kf1_x" });
  const failed = `${page}federation_error=federation_cancelled&federation_provider=google`;
  assert.deepEqual(returnOf(failed), { error: "federation_cancelled", provider: "google" });
  // An error and a code at the same time come from no server.
  assert.deepEqual(returnOf(`${failed}&federation_code=x`), { error: "federation_cancelled", provider: "google" });
  for (const other of [page, `${page}code=x`, `${page}federation_code=`, `${page}federation_provider=google`]) {
    assert.equal(returnOf(other), undefined, other);
  }
  assert.equal(withoutReturn(`${failed}&federation_code=x#part`), "https://app.test/login?next=%2Fa%3Fb#part");
});

for (const transport of ["cookie", "bearer"] as const) {
  test(`a login with a provider begins a session, by ${transport}`, async () => {
    const script = new Script();
    const browser = script.browser({ transport });
    const { client } = browser.open();
    loggedIn(script);
    const more = { codeVerifier: "verifier", time_zone: "Europe/Berlin" };
    assert.equal(await script.world.result(completeLogin(client, "the code", more)), undefined);
    assert.equal(client.state().status, "signed-in");
    assert.deepEqual(bodiesOf(browser, COMPLETE), [
      { code: "the code", code_verifier: "verifier", time_zone: "Europe/Berlin", transport },
    ]);
  });
}

test("a second factor is asked for as after a password", async () => {
  const script = new Script();
  const { client } = script.browser(COOKIE).open();
  const challenge = { mfa_required: true, challenge_token: "kc1_x", expires_in: 300, methods: ["totp"] };
  script.next(COMPLETE, reply(200, JSON.stringify(challenge)));
  const answer = await script.world.result(completeLogin(client, "the code"));
  assert.deepEqual(answer, challenge);
  assert.equal(isAddressCheck(answer), false);
  assert.notEqual(client.state().status, "signed-in");
});

test("an address is named, then proven by the code of a mail", async () => {
  const script = new Script();
  const browser = script.browser(COOKIE);
  const { client } = browser.open();
  const sent = { status: "verification_sent", code: "the next code", expires_in: 1800 };
  script.next(COMPLETE, problem(409, "federation_email_missing"), reply(202, JSON.stringify(sent)));
  await assert.rejects(script.world.result(completeLogin(client, "the code")), { code: "federation_email_missing" });
  const answer = await script.world.result(completeLogin(client, "the code", { email: "ada@example.com" }));
  assert.ok(isAddressCheck(answer) && answer.code === "the next code" && answer.expires_in === 1800);
  assert.notEqual(client.state().status, "signed-in");
  loggedIn(script);
  const proven = completeLogin(client, answer.code, { email_code: "ABCDE-FGHIJ" });
  assert.equal(await script.world.result(proven), undefined);
  assert.equal(client.state().status, "signed-in");
  const bodies = bodiesOf(browser, COMPLETE);
  assert.deepEqual(bodies.at(-1), { code: "the next code", email_code: "ABCDE-FGHIJ", transport: "cookie" });
});

test("refusals of a login have the code of the server, and begin no session", async () => {
  const script = new Script();
  const { client } = script.browser(COOKIE).open();
  for (const [status, code] of [[401, "federation_failed"], [409, "account_exists"], [403, "forbidden"]] as const) {
    script.next(COMPLETE, problem(status, code));
    await assert.rejects(script.world.result(completeLogin(client, "x")), { code, status });
  }
  assert.notEqual(client.state().status, "signed-in");
});

test("a device presents the token that its SDK has got for the nonce", async () => {
  const script = new Script();
  const browser = script.browser();
  const { client } = browser.open();
  script.next("/auth/federation/google/nonce", reply(200, JSON.stringify({ nonce: "n-1", expires_in: 600 })));
  script.next("/auth/federation/google/token", (request) =>
    script.server.handle({
      ...request,
      path: "/api/v1/auth/login",
      body: JSON.stringify({ ...JSON.parse(request.body!), password: "right" }),
    }),
  );
  const obtain = async (nonce: string) => ({ id_token: `token for ${nonce}`, name: "Ada" });
  const login = loginWithIdToken(client, "google", obtain, { device_name: "Ada's phone" });
  assert.equal(await script.world.result(login), undefined);
  assert.equal(client.state().status, "signed-in");
  assert.deepEqual(bodiesOf(browser, "/auth/federation/google/token"), [
    { id_token: "token for n-1", name: "Ada", nonce: "n-1", device_name: "Ada's phone", transport: "bearer" },
  ]);
});

test("an identity is linked after the step-up, by what the browser comes back with", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const fetch = fetchWithStepUp(tab.client, async ({ methods }) => {
    assert.deepEqual(methods, ["password"]);
    return { method: "password", password: "right" };
  });
  await script.world.pass(400_000);
  const url = "http://auth.test/api/v1/auth/federation/google/start?link=x";
  script.next(`${OWN}/google`, problem(403, "step_up_required", { methods: ["password"], acr_required: "aal1" }));
  script.next(`${OWN}/google`, reply(200, JSON.stringify({ authorize_url: url })));
  assert.equal(await script.world.result(linkUrl(tab.client, "google", { returnTo: "/account/security" }, fetch)), url);
  assert.equal(script.server.stepUps, 1);
  assert.deepEqual(bodiesOf(browser, `${OWN}/google`).at(-1), { return_to: "/account/security" });

  script.next(OWN, async () => ({ status: 204, headers: {}, cookies: [], body: "" }));
  await script.world.result(completeLink(tab.client, "the code", "verifier", fetch));
  assert.deepEqual(bodiesOf(browser, OWN), [{ code: "the code", code_verifier: "verifier" }]);
  script.next(OWN, problem(409, "conflict"));
  await assert.rejects(script.world.result(completeLink(tab.client, "the code")), { code: "conflict" });
});

test("a code that does not count says nothing about the session", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  script.next(OWN, problem(401, "federation_failed"));
  await assert.rejects(script.world.result(completeLink(tab.client, "old")), { code: "federation_failed" });
  assert.deepEqual(keysOf(browser, "/auth/refresh"), []);
  assert.equal(tab.client.state().status, "signed-in");
});

test("identities are listed and removed", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  const identity = { id: "i/1", provider: "google", email: null, created_at: "2026-01-01T00:00:00Z", usable: true };
  script.next(OWN, reply(200, JSON.stringify({ items: [identity], next_cursor: null })));
  assert.deepEqual(await script.world.result(identities(tab.client)), [identity]);
  script.next(`${OWN}/i%2F1`, problem(409, "conflict"));
  await assert.rejects(script.world.result(removeIdentity(tab.client, identity.id)), { code: "conflict" });
  assert.equal(browser.requests.at(-1)!.method, "DELETE");
});

test("a step-up with a provider counts only by the time of the authentication", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  await script.world.pass(400_000);
  const { auth_time } = tab.client.state().session!;
  script.next("/auth/step-up", (request) =>
    script.server.handle({ ...request, body: JSON.stringify({ ...JSON.parse(request.body!), password: "right" }) }),
  );
  const session = await script.world.result(stepUpWithProvider(tab.client, "the code"));
  assert.ok(session.auth_time > auth_time);
  assert.deepEqual(bodiesOf(browser, "/auth/step-up"), [{ method: "federation", code: "the code" }]);
});
