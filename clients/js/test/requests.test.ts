import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi } from "../src/api.js";
import { keysOf, lostBefore, problem, reply, Script } from "./world/script.js";

const ME = "http://auth.test/api/v1/me";
const THINGS = "http://auth.test/api/v1/things";
const COOKIE = { transport: "cookie" } as const;
const expired = problem(401, "token_expired");
const paths = (browser: { requests: { path: string }[] }) =>
  browser.requests.map((request) => request.path.replace("/api/v1", ""));

test("one 401, one refresh, one replay", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next("/things", expired);
  const init = { method: "POST", body: JSON.stringify({ a: 1 }), headers: { "X-Correlation-ID": "page-7" } };
  const answer = await script.world.result(tab.client.fetch(THINGS, init));
  assert.deepEqual(((await answer.json()) as { echo: object }).echo, { a: 1 });
  assert.deepEqual(paths(browser), ["/things", "/auth/refresh", "/things"]);
  assert.deepEqual(browser.requests.map((request) => request.headers["x-correlation-id"]), ["page-7", "page-7", "page-7"]);
  const [before, , after] = browser.requests.map((request) => request.headers["authorization"]);
  assert.notEqual(before, after);
});

test("many requests at once share one refresh", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next("/me", ...Array.from({ length: 8 }, () => expired));
  const all = Array.from({ length: 8 }, () => tab.client.fetch(ME));
  for (const answer of await script.world.result(Promise.all(all))) assert.equal(answer.status, 200);
  assert.equal(keysOf(browser, "/auth/refresh").length, 1);
});

test("a 401 that another tab's refresh has mended is only replayed", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const other = browser.open();
  await script.world.result(other.client.restore());
  script.next("/me", async (request, serve) => {
    await serve();
    await other.client.refresh();
    return expired(request, serve);
  });
  browser.requests = [];
  assert.equal((await script.world.result(tab.client.fetch(ME))).status, 200);
  assert.equal(keysOf(browser, "/auth/refresh").length, 1);
});

test("a body that can be read once is not sent again", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next("/things", expired);
  const body = new ReadableStream();
  const answer = await script.world.result(
    tab.client.fetch(THINGS, { method: "POST", body, duplex: "half" } as RequestInit),
  );
  assert.equal(answer.status, 401);
  assert.deepEqual(paths(browser), ["/things", "/auth/refresh"], "the next one has a new token");
});

test("at most two refreshes in a row that do not help", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next("/me", ...Array.from({ length: 8 }, () => expired));
  for (let request = 0; request < 4; request++) {
    assert.equal((await script.world.result(tab.client.fetch(ME))).status, 401);
  }
  assert.equal(keysOf(browser, "/auth/refresh").length, 2);
  // 2 × 2 and 2 × 1 were refused; two more, and then one that helps.
  await script.world.result(tab.client.fetch(ME));
  await script.world.result(tab.client.fetch(ME));
  assert.equal((await script.world.result(tab.client.fetch(ME))).status, 200);
  script.next("/me", expired);
  assert.equal((await script.world.result(tab.client.fetch(ME))).status, 200);
  assert.equal(keysOf(browser, "/auth/refresh").length, 3);
});

for (const code of ["invalid_credentials", "mfa_code_invalid", "challenge_invalid"]) {
  test(`401 ${code} is about what was entered`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn();
    script.next("/things", problem(401, code));
    assert.equal((await script.world.result(tab.client.fetch(THINGS, { method: "POST" }))).status, 401);
    assert.equal(keysOf(browser, "/auth/refresh").length, 0);
  });
}

test("an ended session leaves the 401 to the application", async () => {
  const script = new Script();
  const { tab } = await script.signedIn();
  for (const family of script.server.families.values()) family.revoked = "revoke_all";
  const answer = await script.world.result(tab.client.fetch(ME));
  assert.equal(answer.status, 401);
  assert.equal(tab.client.state().reason, "session_revoked");
});

test("a network that fails during the refresh is an error, and no log-out", async () => {
  const script = new Script();
  const { tab } = await script.signedIn();
  script.next("/me", expired);
  script.next("/auth/refresh", ...Array.from({ length: 5 }, () => reply(502, "Bad gateway")));
  await assert.rejects(script.world.result(tab.client.fetch(ME)), { code: "unreachable", temporary: true });
  assert.equal(tab.client.state().status, "signed-in");
});

test("with cookies, requests with effects carry the CSRF token, and only those to the server", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  await script.world.result(tab.client.fetch(ME));
  await script.world.result(tab.client.fetch(THINGS, { method: "POST", body: "{}" }));
  const [get, post] = browser.requests;
  assert.equal(get!.headers["x-csrf-token"], undefined);
  assert.match(post!.headers["x-csrf-token"]!, /^csrf-s1/);
  assert.equal(post!.headers["authorization"], undefined);
});

test("csrf_failed: the cached session is read again, and the request repeated once", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  script.next("/things", problem(403, "csrf_failed"));
  const send = () => script.world.result(tab.client.fetch(THINGS, { method: "POST", body: "{}" }));
  assert.equal((await send()).status, 200);
  assert.deepEqual(paths(browser), ["/things", "/auth/csrf", "/things"]);
  script.next("/things", problem(403, "csrf_failed"), problem(403, "csrf_failed"));
  assert.equal((await send()).status, 403);
  script.next("/things", problem(403, "forbidden"));
  browser.requests = [];
  assert.equal((await send()).status, 403);
  assert.equal(browser.requests.length, 1, "every other 403 goes to the application");
});

test("the session goes to the server and to named resources only", async () => {
  const script = new Script();
  const browser = script.browser();
  const tab = browser.open({ resources: ["http://api.test"] });
  await script.world.result(tab.client.login({ email: "ada@example.com", password: "right" }));
  browser.requests = [];
  for (const url of ["http://api.test/api/v1/me", "http://evil.test/api/v1/me", "http://auth.test.evil.test/api/v1/me"]) {
    await script.world.result(tab.client.fetch(url));
  }
  const sent = browser.requests.map((request) => "authorization" in request.headers);
  assert.deepEqual(sent, [true, false, false]);
  await script.world.result(tab.client.fetch(ME, { headers: { Authorization: "Basic own" } }));
  assert.equal(browser.requests.at(-1)!.headers["authorization"], "Basic own");
});

test("an access token that has expired for certain is not sent", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  tab.show(false);
  await script.world.pass(3_600_000);
  assert.equal((await script.world.result(tab.client.fetch(ME))).status, 200);
  assert.deepEqual(paths(browser), ["/auth/refresh", "/me"]);
});

test("typed operations fill paths, and give problems as errors", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  const api = createApi(tab.client);
  script.next("/me/sessions/a%2Fb", reply(204, ""));
  const path = { id: "a/b" };
  assert.equal(await script.world.result(api("delete", "/api/v1/me/sessions/{id}", { path })), undefined);
  script.next("/me", problem(404, "not_found"));
  await assert.rejects(script.world.result(api("get", "/api/v1/me")), { code: "not_found", correlationId: "c-1" });
  script.next("/me", reply(200, "<html>Welcome"));
  await assert.rejects(script.world.result(api("get", "/api/v1/me")), { code: "unreachable", temporary: true });
  script.next("/me/security-events?limit=5", reply(200, '{"items":[]}'));
  await script.world.result(api("get", "/api/v1/me/security-events", { query: { limit: 5 }, correlationId: "x" }));
  assert.equal(browser.requests.at(-1)!.headers["x-correlation-id"], "x");
});

test("a login that is not answered is not repeated", async () => {
  const script = new Script();
  const browser = script.browser();
  const tab = browser.open();
  script.next("/auth/login", lostBefore);
  const login = script.world.result(tab.client.login({ email: "ada@example.com", password: "right" }));
  await assert.rejects(login, { code: "unreachable", temporary: true });
  assert.equal(browser.requests.length, 1);
});
