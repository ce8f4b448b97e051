import assert from "node:assert/strict";
import { test } from "node:test";
import { changePassword } from "../src/password.js";
import { fetchWithStepUp, stepUp, type Proof, type Question } from "../src/step-up.js";
import { HOSTILE } from "./world/browser.js";
import { keysOf, lostAfter, lostBefore, problem, Script } from "./world/script.js";

const STEP_UP = "/auth/step-up";
const REFRESH = "/auth/refresh";
const RIGHT: Proof = { method: "password", password: "right" };
const WRONG: Proof = { method: "password", password: "wrong" };
const COOKIE = { transport: "cookie" } as const;
const SENSITIVE = "http://auth.test/api/v1/sensitive";

/** Long enough that authentication is no longer recent. */
const later = (script: Script) => script.world.pass(400_000);

test("a step-up spends the token with its own key", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await later(script);
  const before = tab.client.state().session!;
  const after = await script.world.result(stepUp(tab.client, RIGHT));
  assert.ok(after.auth_time > before.auth_time && after.generation === before.generation + 1);
  assert.equal(keysOf(browser, STEP_UP).length, 1);
});

for (const [name, trouble] of Object.entries({ lostBefore, lostAfter, "503": problem(503, "unavailable"), "409": problem(409, "refresh_in_flight", { retry_until: 9 }) })) {
  test(`a step-up whose answer is ${name} counts once`, async () => {
    const script = new Script();
    const { tab } = await script.signedIn(COOKIE);
    await later(script);
    script.next(STEP_UP, trouble);
    const { auth_time } = tab.client.state().session!;
    assert.ok((await script.world.result(stepUp(tab.client, RIGHT))).auth_time > auth_time);
    assert.equal(script.server.stepUps, 1);
    assert.equal(script.server.counts.reused, 0);
  });
}

test("a pending attempt is finished first", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await later(script);
  script.next(REFRESH, ...Array.from({ length: 5 }, () => lostAfter));
  await assert.rejects(script.world.result(tab.client.refresh()), { temporary: true });
  const [pending] = keysOf(browser, REFRESH);
  browser.requests = [];
  await script.world.result(stepUp(tab.client, RIGHT));
  assert.deepEqual(keysOf(browser, REFRESH), [pending]);
  assert.equal(keysOf(browser, STEP_UP).length, 1);
  assert.notEqual(keysOf(browser, STEP_UP)[0], pending);
  for (const keys of script.server.keysOfTokens.values()) assert.equal(keys.size, 1, "one key for one token");
});

test("a 200 that belongs to another tab's refresh does not count", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const other = browser.open();
  await script.world.result(other.client.restore());
  await later(script);
  const { auth_time } = tab.client.state().session!;
  // The other tab's refresh, with the key that the step-up has chosen, reaches the server first.
  script.next(STEP_UP, async (_, serve) => {
    await other.client.refresh();
    return serve();
  });
  assert.ok((await script.world.result(stepUp(tab.client, RIGHT))).auth_time > auth_time);
  assert.equal(script.server.stepUps, 1);
  for (const keys of script.server.keysOfTokens.values()) assert.equal(keys.size, 1);
});

test("a wrong password is told, and the next try needs no refresh", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await later(script);
  browser.requests = [];
  await assert.rejects(script.world.result(stepUp(tab.client, WRONG)), { code: "invalid_credentials" });
  await script.world.result(stepUp(tab.client, RIGHT));
  assert.deepEqual(browser.requests.map((request) => request.path.replace("/api/v1", "")), [STEP_UP, STEP_UP]);
  assert.equal(new Set(keysOf(browser, STEP_UP)).size, 1, "one token, one key");
});

test("a locked factor is told at once", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next(STEP_UP, problem(429, "rate_limited", {}, { "retry-after": "60" }));
  await assert.rejects(script.world.result(stepUp(tab.client, RIGHT)), { code: "rate_limited", retryAfter: 60 });
  assert.equal(keysOf(browser, STEP_UP).length, 1);
});

test("step-up in one tab while four others refresh, through a hostile network", async () => {
  for (const setup of [COOKIE, { transport: "bearer" } as const]) {
    for (let round = 0; round < 10; round++) {
      const script = new Script();
      for (let draw = 0; draw < round; draw++) script.world.random();
      const { browser, tab } = await script.signedIn(setup);
      const others = Array.from({ length: 4 }, () => browser.open());
      for (const other of others) await script.world.result(other.client.restore());
      await later(script);
      browser.trouble = { ...HOSTILE, copied: 0 };
      const { auth_time } = tab.client.state().session!;
      const refreshes = others.map((other) => other.client.refresh().catch(() => {}));
      const stepped = stepUp(tab.client, RIGHT).catch(() => undefined);
      await script.world.result(Promise.all([...refreshes, stepped]));
      const session = await stepped;
      if (session) assert.ok(session.auth_time > auth_time && script.server.stepUps > 0);
      assert.equal(script.server.counts.reused, 0);
      for (const keys of script.server.keysOfTokens.values()) assert.equal(keys.size, 1);
    }
  }
});

test("step_up_required shows one dialog, and the requests are repeated", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await later(script);
  const questions: Question[] = [];
  const proofs = [WRONG, RIGHT];
  const fetch = fetchWithStepUp(tab.client, async (question) => {
    questions.push({ ...question });
    return proofs.shift();
  });
  const both = [fetch(SENSITIVE, { method: "POST" }), fetch(SENSITIVE, { method: "POST" })];
  for (const answer of await script.world.result(Promise.all(both))) assert.equal(answer.status, 200);
  assert.deepEqual(questions.map(({ methods, error }) => [methods, error?.code]), [
    [["password"], undefined],
    [["password"], "invalid_credentials"],
  ]);
  assert.equal(keysOf(browser, STEP_UP).length, 2);
});

test("a dialog that is dismissed leaves the 403 to the application", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await later(script);
  const fetch = fetchWithStepUp(tab.client, async () => undefined);
  assert.equal((await script.world.result(fetch(SENSITIVE, { method: "POST" }))).status, 403);
  assert.equal(keysOf(browser, STEP_UP).length, 0);
  script.next("/things", problem(403, "forbidden"));
  assert.equal((await script.world.result(fetch("http://auth.test/api/v1/things", { method: "POST" }))).status, 403);
});

test("a Request is repeated, too", async () => {
  const script = new Script();
  const { tab } = await script.signedIn();
  await later(script);
  const fetch = fetchWithStepUp(tab.client, async () => RIGHT);
  const request = new Request(SENSITIVE, { method: "POST", body: "{}" });
  assert.equal((await script.world.result(fetch(request))).status, 200);
});

for (const [name, trouble] of Object.entries({ lostBefore, lostAfter })) {
  test(`a change of the password counts once: ${name}`, async () => {
    const script = new Script();
    const { tab } = await script.signedIn(COOKIE);
    script.next("/auth/password/change", trouble);
    await script.world.result(changePassword(tab.client, "right", "next"));
    assert.deepEqual([script.server.password, script.server.passwordChanges.length], ["next", 1]);
  });
}

test("a change that another tab's refresh has overtaken is sent again", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const other = browser.open();
  await script.world.result(other.client.restore());
  script.next("/auth/password/change", async (_, serve) => {
    await other.client.refresh();
    return serve();
  });
  await script.world.result(changePassword(tab.client, "right", "next"));
  assert.deepEqual([script.server.password, script.server.passwordChanges.length], ["next", 1]);
  await assert.rejects(script.world.result(changePassword(tab.client, "right", "x")), { code: "invalid_credentials" });
});
