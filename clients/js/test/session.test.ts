import assert from "node:assert/strict";
import { test } from "node:test";
import type { State } from "../src/index.js";
import { CALM } from "./world/browser.js";
import { keysOf, lostAfter, problem, reply, Script } from "./world/script.js";

const COOKIE = { transport: "cookie" } as const;
const OTHER_HOST = { transport: "cookie", isOtherHost: true } as const;
const BEARER = { transport: "bearer" } as const;
const ACCOUNT = { email: "ada@example.com", password: "right" };

for (const setup of [COOKIE, OTHER_HOST, BEARER]) {
  test(`a session is found again at the next visit: ${JSON.stringify(setup)}`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn(setup);
    tab.kill();
    const next = browser.open();
    assert.equal(next.client.state().status, "unknown");
    const seen: State["status"][] = [];
    next.client.subscribe(() => seen.push(next.client.state().status));
    assert.equal((await script.world.result(next.client.restore())).user?.email, "ada@example.com");
    // A page of another host shows what is stored, and asks: a login there may have replaced the session.
    assert.equal(browser.requests.length, "isOtherHost" in setup ? 2 : 0);
    assert.deepEqual([...new Set(seen)], ["signed-in"]);
  });

  test(`logout ends the session in all tabs: ${JSON.stringify(setup)}`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn(setup);
    const other = browser.open();
    await script.world.result(other.client.restore());
    await script.world.result(tab.client.logout());
    assert.deepEqual(tab.client.state(), { status: "signed-out", reason: "logout" });
    await script.world.until(() => other.client.state().status === "signed-out");
    assert.ok([...script.server.families.values()].every((family) => family.revoked === "logout"));
    assert.equal(browser.jar.has("kindred_rt_v1"), false);
    assert.equal((await script.world.result(other.client.restore())).status, "signed-out");
  });

  test(`a login while a refresh is running: ${JSON.stringify(setup)}`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn(setup);
    const other = browser.open();
    await script.world.result(other.client.restore());
    // The answers are on their way while the login is sent.
    const slow: Parameters<typeof script.next>[1] = async (_, serve) => {
      const answer = await serve();
      return new Promise((done) => script.world.after(2_000, () => done(answer)));
    };
    script.next("/auth/refresh", slow, slow);
    const running = [tab, other].map((tab) => tab.client.refresh().catch(({ code }: { code: string }) => code));
    await script.world.pass(500);
    await script.world.result(tab.client.login(ACCOUNT));
    assert.deepEqual(await script.world.result(Promise.all(running)), ["superseded", "superseded"]);
    await script.world.pass(5_000);
    const [, second] = [...script.server.families.keys()];
    assert.equal(browser.saved.session, second);
    if (setup.transport === "cookie") assert.match(browser.jar.get("kindred_rt_v1")!, new RegExp(`^${second}`));
    await script.world.result(other.client.refresh());
    assert.equal(other.client.state().session!.id, second);
  });
}

test("a visitor without a session costs no request where the cookie can be read", async () => {
  const script = new Script();
  const browser = script.browser(COOKIE);
  const tab = browser.open();
  assert.equal((await script.world.result(tab.client.restore())).status, "signed-out");
  assert.equal(browser.requests.length, 0);
});

test("a page of another host asks, and learns that there is no session", async () => {
  const script = new Script();
  const tab = script.browser(OTHER_HOST).open();
  assert.equal((await script.world.result(tab.client.restore())).status, "signed-out");
});

test("offline at the start: what is stored is shown, and no one is logged out", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(OTHER_HOST);
  tab.kill();
  browser.trouble = { ...CALM, lostBefore: 1 };
  const next = browser.open();
  await assert.rejects(script.world.result(next.client.restore()), { code: "unreachable", temporary: true });
  assert.equal(next.client.state().status, "signed-in");
  browser.trouble = CALM;
  assert.equal((await script.world.result(next.client.restore())).status, "signed-in");
});

test("a session that another page of the host began is taken over", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const page = script.browser(COOKIE);
  await script.world.result(page.open().client.login(ACCOUNT));
  browser.jar = page.jar;
  await script.world.result(tab.client.restore());
  assert.equal(tab.client.state().session!.id, [...script.server.families.keys()][1]);
});

test("a second factor is a challenge, and its answer signs in", async () => {
  const script = new Script();
  const browser = script.browser();
  const { client } = browser.open();
  script.next("/auth/login", reply(200, JSON.stringify({ mfa_required: true, challenge_token: "kc1_x", methods: ["totp"] })));
  const challenge = await script.world.result(client.login(ACCOUNT));
  assert.equal(challenge?.challenge_token, "kc1_x");
  assert.equal(client.state().status, "signed-out");
  script.next("/auth/mfa/verify", (request) => script.server.handle({ ...request, path: "/api/v1/auth/login", body: JSON.stringify({ ...ACCOUNT, transport: "bearer" }) }));
  await script.world.result(client.signIn("/auth/mfa/verify", { challenge_token: "kc1_x", method: "totp", code: "1" }));
  assert.equal(client.state().status, "signed-in");
});

test("the device is a known one at the next login", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await script.world.result(tab.client.logout());
  await script.world.result(tab.client.login(ACCOUNT));
  assert.equal(JSON.parse(browser.requests.at(-1)!.body!).device_token, "kd2_device");
});

test("the answer to a CAPTCHA goes with the same login, once", async () => {
  const script = new Script();
  const browser = script.browser();
  const { client } = browser.open();
  const asked: string[] = [];
  const captcha = async (action: string) => `answer ${asked.push(action)}`;
  const demanded = () => problem(403, "captcha_required");
  script.next("/auth/login", demanded());
  await assert.rejects(script.world.result(client.login(ACCOUNT)), { code: "captcha_required", status: 403 });
  script.next("/auth/login", demanded());
  await script.world.result(client.login(ACCOUNT, captcha));
  assert.deepEqual(asked, ["login"]);
  const bodies = browser.requests.filter(({ path }) => path === "/api/v1/auth/login").map(({ body }) => JSON.parse(body!));
  assert.deepEqual(bodies.map(({ captcha_token }) => captcha_token), [undefined, undefined, "answer 1"]);
  assert.ok(bodies.every(({ email, password }) => email === ACCOUNT.email && password === ACCOUNT.password));
  assert.equal(client.state().status, "signed-in");
  // An answer that is not accepted is the user's matter: they are not asked again and again.
  script.next("/auth/login", demanded(), problem(403, "captcha_invalid"));
  await assert.rejects(script.world.result(client.login(ACCOUNT, captcha)), { code: "captcha_invalid" });
  assert.equal(asked.length, 2);
});

test("a wrong password ends no session", async () => {
  const script = new Script();
  const { tab } = await script.signedIn();
  await assert.rejects(script.world.result(tab.client.login({ ...ACCOUNT, password: "wrong" })), { code: "invalid_credentials" });
  assert.equal(tab.client.state().status, "signed-in");
  await script.world.result(tab.client.refresh());
});

test("a logout that the server did not confirm keeps the session", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  script.next("/auth/logout", problem(503, "unavailable"), problem(503, "unavailable"), problem(503, "unavailable"));
  await assert.rejects(script.world.result(tab.client.logout()), { temporary: true });
  assert.equal(tab.client.state().status, "signed-in");
  script.next("/auth/logout", lostAfter);
  await script.world.result(tab.client.logout());
  assert.equal(tab.client.state().status, "signed-out");
  assert.equal(browser.jar.size, 0);
});

test("the answer of a tab that died is not waited for", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn(COOKIE);
  const other = browser.open();
  await script.world.result(other.client.restore());
  const refresh = tab.client.refresh();
  await script.world.until(() => script.server.counts.rotated === 1);
  tab.kill();
  void refresh;
  await script.world.until(() => browser.jar.get("kindred_gen_v1")!.endsWith(".2"));
  await script.world.result(other.client.refresh());
  await script.world.pass(60_000);
  assert.equal(browser.saved.answer!.session.generation, browser.saved.generation, "it gets an answer of its own");
  assert.equal(script.server.counts.reused, 0);
});

test("tokens and keys stay in the store", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  await script.world.result(tab.client.refresh());
  assert.equal(keysOf(browser, "/auth/refresh").length, 1);
  const shown = JSON.stringify(tab.client.state());
  assert.ok(!shown.includes(browser.saved.answer!.refresh_token!) && !shown.includes(browser.saved.keys[1]!));
});
