import assert from "node:assert/strict";
import { test } from "node:test";
import { KindredError } from "../src/index.js";
import { CALM, HOSTILE } from "./world/browser.js";
import { keysOf, lostAfter, lostBefore, problem, reply, Script } from "./world/script.js";

const REFRESH = "/auth/refresh";
const COOKIE = { transport: "cookie" } as const;
const OTHER_HOST = { transport: "cookie", isOtherHost: true } as const;

const noAnswers = {
  "lost before the server": lostBefore,
  "lost after the server": lostAfter,
  "408": problem(408, "request_timeout"),
  "another 409": problem(409, "conflict"),
  "429": problem(429, "rate_limited", {}, { "retry-after": "2" }),
  "500": problem(500, "internal"),
  "502 of a proxy": reply(502, "Bad gateway"),
  "503": problem(503, "unavailable", {}, { "retry-after": "1" }),
  "a captive portal": reply(200, "<html>Welcome"),
  "a captive portal with JSON": reply(200, "{}"),
  "a login page with 401": reply(401, "<html>Login"),
};

for (const [name, trouble] of Object.entries(noAnswers)) {
  test(`the same key again after ${name}`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn();
    script.next(REFRESH, trouble, trouble);
    await script.world.result(tab.client.refresh());
    const keys = keysOf(browser, REFRESH);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.equal(browser.saved.generation, 2);
  });
}

test("Retry-After is heeded, and a long one is left to the caller", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next(REFRESH, problem(503, "overloaded", {}, { "retry-after": "20" }));
  const begin = script.world.time;
  await script.world.result(tab.client.refresh());
  assert.ok(script.world.time - begin >= 20_000);
  script.next(REFRESH, problem(503, "overloaded", {}, { "retry-after": "600" }));
  const error = await script.world.result(tab.client.refresh()).catch((error: unknown) => error);
  assert.ok(error instanceof KindredError && error.temporary);
  assert.deepEqual([error.retryAfter, error.correlationId], [600, "c-1"]);
  assert.equal(browser.saved.generation, 2);
});

test("pauses are drawn at random", async () => {
  const pauses = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const script = new Script();
    for (let draw = 0; draw < round; draw++) script.world.random();
    const { tab } = await script.signedIn();
    script.next(REFRESH, problem(500, "internal"));
    const begin = script.world.time;
    await script.world.result(tab.client.refresh());
    pauses.add(Math.round((script.world.time - begin) / 10));
  }
  assert.ok(pauses.size >= 4);
});

test("a server that cannot be reached is a temporary error, and the same key goes on later", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  browser.trouble = { ...CALM, lostBefore: 1 };
  await assert.rejects(script.world.result(tab.client.refresh()), { code: "unreachable", temporary: true });
  assert.equal(tab.client.state().status, "signed-in");
  browser.trouble = CALM;
  await script.world.result(tab.client.refresh());
  assert.equal(new Set(keysOf(browser, REFRESH)).size, 1);
});

test("a tab that dies with a lost answer leaves its key to the next visit", async () => {
  for (const setup of [COOKIE, OTHER_HOST, { transport: "bearer" } as const]) {
    const script = new Script();
    const { browser, tab } = await script.signedIn(setup);
    script.next(REFRESH, lostAfter);
    void tab.client.refresh();
    await script.world.pass(1_000);
    tab.kill();
    await script.world.pass(86_400_000);
    const next = browser.open();
    await script.world.result(next.client.restore());
    await script.world.result(next.client.refresh());
    assert.equal(script.server.counts.reused, 0);
    assert.equal(script.server.counts.retried, 1);
  }
});

for (const code of ["session_revoked", "session_expired", "refresh_token_reused", "refresh_token_invalid", "token_missing"]) {
  test(`${code} ends the session`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn();
    script.next(REFRESH, problem(401, code));
    await assert.rejects(script.world.result(tab.client.refresh()), { code, status: 401 });
    assert.deepEqual(tab.client.state(), { status: "signed-out", reason: code });
    assert.deepEqual([browser.saved.session, browser.saved.keys, browser.saved.answer], ["", {}, undefined]);
  });
}

for (const [status, code] of [[401, "token_expired"], [401, "something_new"], [403, "forbidden"], [400, "invalid_request"], [422, "validation_failed"]] as const) {
  test(`${status} ${code} does not end the session, and is not repeated`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn();
    script.next(REFRESH, problem(status, code));
    await assert.rejects(script.world.result(tab.client.refresh()), { code, temporary: false });
    assert.equal(tab.client.state().status, "signed-in");
    assert.equal(keysOf(browser, REFRESH).length, 1);
    await script.world.result(tab.client.refresh());
    assert.equal(new Set(keysOf(browser, REFRESH)).size, 1, "the token was not spent, so its key is the same");
  });
}

const inFlight = (retry_until: number) =>
  problem(409, "refresh_in_flight", { retry_until, presented_generation: 2 }, { "retry-after": "1" });

test("409: the same key, then the other stored key in turn", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await script.world.result(tab.client.refresh());
  const [old] = keysOf(browser, REFRESH);
  browser.requests = [];
  script.next(REFRESH, inFlight(10), inFlight(9), inFlight(8));
  await script.world.result(tab.client.refresh());
  const [first, second, third, fourth] = keysOf(browser, REFRESH);
  assert.notEqual(first, old);
  assert.deepEqual([second, third, fourth], [first, old, first]);
});

test("409 until the end of the race window: the session is kept, and nothing arrives after it", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  const until = script.world.time + 5_000;
  const raced: Parameters<typeof script.next>[1] = async (request, serve) =>
    inFlight(Math.floor((until - script.world.time) / 1000))(request, serve);
  script.next(REFRESH, ...Array.from({ length: 20 }, () => raced));
  await assert.rejects(script.world.result(tab.client.refresh()), { code: "refresh_in_flight", temporary: true });
  assert.ok(script.world.time < until);
  assert.ok(keysOf(browser, REFRESH).length >= 3);
  assert.equal(tab.client.state().status, "signed-in");
  assert.equal(new Set(keysOf(browser, REFRESH)).size, 1, "no key is chosen after a 409");
});

test("a newer generation in the store ends the attempt, and its request is aborted", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const other = browser.open();
  await script.world.result(other.client.restore());
  script.next(REFRESH, lostBefore);
  const slow = tab.client.refresh();
  await script.world.pass(500);
  await script.world.result(other.client.refresh());
  const begin = script.world.time;
  await script.world.result(slow);
  assert.ok(script.world.time - begin < 1_000, "it does not wait for the time-out");
  assert.equal(keysOf(browser, REFRESH).length, 2);
  assert.equal(tab.client.state().session!.generation, 2);
});

test("an answer that was sent before a logout changes nothing", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next(REFRESH, async (_, serve) => {
    const answer = await serve();
    return new Promise((done) => script.world.after(3_000, () => done(answer)));
  });
  const late = tab.client.refresh().catch((error: KindredError) => error.code);
  await script.world.pass(1_000);
  await script.world.result(tab.client.logout());
  assert.equal(await script.world.result(late), "superseded");
  assert.deepEqual([tab.client.state().status, browser.saved.answer], ["signed-out", undefined]);
});

for (const setup of [COOKIE, OTHER_HOST]) {
  test(`a jar that was turned back is set right, ${setup === COOKIE ? "same" : "other"} host`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn(setup);
    await script.world.result(tab.client.refresh());
    const older = new Map(browser.jar);
    await script.world.result(tab.client.refresh());
    // The late answer of an abandoned request.
    browser.jar = older;
    // A page of another host notices it by the answer only, which must come within the race window.
    await script.world.pass(setup === COOKIE ? 60_000 : 1_000);
    await script.world.result(tab.client.refresh());
    await script.world.result(tab.client.refresh());
    assert.equal(script.server.counts.reused, 0);
    assert.equal(browser.jar.get("kindred_gen_v1")!.split(".")[1], String(browser.saved.generation));
  });
}

test("csrf_failed: the token is fetched again, and the request sent once more with its key", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  script.next(REFRESH, problem(403, "csrf_failed"));
  await script.world.result(tab.client.refresh());
  assert.deepEqual(browser.requests.map((request) => request.path.replace("/api/v1", "")), [REFRESH, "/auth/csrf", REFRESH]);
  assert.equal(new Set(keysOf(browser, REFRESH)).size, 1);
  script.next(REFRESH, problem(403, "csrf_failed"), problem(403, "csrf_failed"));
  await assert.rejects(script.world.result(tab.client.refresh()), { code: "csrf_failed" });
  assert.equal(tab.client.state().status, "signed-in");
});

test("a tab that froze between reading and sending reads again", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  const other = browser.open();
  await script.world.result(other.client.restore());
  const refresh = tab.client.refresh();
  // The store has been read, and its answer waits in the tab.
  await script.world.until(() => Object.keys(browser.saved.keys).length > 0);
  tab.isFrozen = true;
  for (let generation = 2; generation < 6; generation++) {
    await script.world.result(other.client.refresh());
    await script.world.pass(60_000);
  }
  tab.thaw();
  await script.world.result(refresh);
  assert.equal(script.server.counts.reused, 0);
  assert.equal(script.server.counts.raced, 0);
});

test("refreshes of one tab at the same time are one", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await script.world.result(Promise.all([tab.client.refresh(), tab.client.refresh(), tab.client.refresh()]));
  assert.equal(keysOf(browser, REFRESH).length, 1);
});

test("five tabs at the same moment get one successor", async () => {
  for (const setup of [COOKIE, OTHER_HOST, { transport: "bearer" } as const]) {
    const script = new Script();
    const { browser } = await script.signedIn(setup);
    const tabs = Array.from({ length: 5 }, () => browser.open());
    for (const tab of tabs) await script.world.result(tab.client.restore());
    browser.trouble = { ...HOSTILE, copied: 0 };
    const begun = script.server.counts.rotated;
    await script.world.result(Promise.all(tabs.map((tab) => tab.client.refresh().catch(() => {}))));
    assert.equal(script.server.counts.rotated, begun + 1);
    assert.equal(script.server.counts.reused, 0);
  }
});
