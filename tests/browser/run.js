// A real Chromium against the server: pages of the server's own site and of another one.
//
// usage: node run.js BINARY [ROUNDS]

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

import { install } from "./page.js";
import { NAMES, start } from "./servers.js";

const [binary, rounds = "200"] = process.argv.slice(2);
const TABS = 5;
const PASSWORD = "correct-Horse-42-battery";
const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

const rules = Object.values(NAMES).map((name) => `MAP ${name} 127.0.0.1`);
const { origin, stop } = await start(binary);
const browser = await chromium.launch({
  executablePath: EXECUTABLES.find(existsSync),
  args: [`--host-resolver-rules=${rules.join(",")},MAP * ~NOTFOUND`, "--ignore-certificate-errors", "--no-sandbox"],
});

const api = origin("auth");

async function open(context, name, path = "/") {
  const tab = await context.newPage();
  await tab.addInitScript(install, api);
  await tab.goto(origin(name) + path);
  return tab;
}

const call = (tab, ...words) => tab.evaluate((words) => page.call(...words), words);

async function register(tab, email) {
  await tab.evaluate(() => page.fetchCsrf());
  const registered = await call(tab, "POST", "/api/v1/auth/register", { email, password: PASSWORD });
  assert.equal(registered.status, 201, JSON.stringify(registered));
}

async function logIn(tab, email) {
  await tab.evaluate(() => page.fetchCsrf());
  const login = await call(tab, "POST", "/api/v1/auth/login", { email, password: PASSWORD, transport: "cookie" });
  assert.equal(login.status, 200, JSON.stringify(login));
}

// The cookies that the browser would send to the server, without the order.
async function jar(context) {
  const cookies = await context.cookies(api);
  return Object.fromEntries(cookies.map(({ name, value }) => [name, value]));
}

async function signedIn(context, email) {
  const tab = await open(context, "app");
  await register(tab, email);
  await logIn(tab, email);
  return tab;
}

async function anAllowedPageUsesTheServer(context) {
  const tab = await signedIn(context, "ada@example.com");
  assert.equal((await call(tab, "GET", "/api/v1/me")).status, 200);
  for (const cookie of await context.cookies(api)) {
    assert.match(cookie.name, /^__Host-kindred_/);
    assert.equal(cookie.secure, true, cookie.name);
    assert.equal(cookie.sameSite, "Lax", cookie.name);
    assert.equal(cookie.httpOnly, !cookie.name.includes("kindred_gen"), cookie.name);
    assert.equal(cookie.domain, NAMES.auth, "it is sent to this host only");
  }
  const own = await open(context, "auth", "/docs/");
  assert.match(await own.evaluate(() => document.cookie), /^__Host-kindred_gen_v1=[^;]+$/, "nothing else is readable");
  assert.equal(await tab.evaluate(() => document.cookie), "");
  const other = await open(context, "app");
  await other.evaluate(() => page.fetchCsrf());
  let waits = [];
  for (let round = 0; round < 50 && waits.length === 0; round += 1) {
    const woken = await Promise.all([tab, other].map((each) => each.evaluate(() => page.wake())));
    assert.ok(woken.every(({ me }) => me === 200), JSON.stringify(woken));
    waits = woken.filter(({ refreshed }) => refreshed === 409).map(({ retryAfter }) => Number(retryAfter));
  }
  assert.ok(waits.length > 0 && waits.every((wait) => wait > 0), `Retry-After can be read: ${waits}`);
}

async function aFormOf(tab, path, fields) {
  await tab.evaluate(([action, fields]) => {
    const form = document.createElement("form");
    Object.assign(form, { action, method: "post", enctype: "text/plain" });
    for (const [name, value] of Object.entries(fields)) {
      form.append(Object.assign(document.createElement("input"), { name, value, type: "hidden" }));
    }
    document.body.append(form);
    form.submit();
  }, [api + path, fields]);
  await tab.waitForURL(`${api}/**`);
}

// Login, refresh and logout, by script that asks first, by script that does not, and by a form.
async function pagesOfOthersChangeNothing(context) {
  const victim = await signedIn(context, "victim@example.com");
  await register(victim, "mallory@example.com");
  const before = await jar(context);
  const forced = { email: "mallory@example.com", password: PASSWORD, transport: "cookie" };
  const paths = [["login", forced], ["refresh"], ["logout"], ["logout-all"]];
  for (const name of ["attacker", "sibling"]) {
    const page = await open(context, name);
    assert.ok((await page.evaluate(() => page.fetchCsrf())).unreadable, "it gets no token");
    for (const [path, body] of paths) {
      const answer = await call(page, "POST", `/api/v1/auth/${path}`, body);
      assert.ok(answer.unreadable, `${name} ${path}: ${JSON.stringify(answer)}`);
      await page.evaluate((words) => globalThis.page.sendBlindly(...words), [`/api/v1/auth/${path}`, JSON.stringify(body)]);
    }
    assert.deepEqual(await jar(context), before, `${name}, by script`);
    for (const [path] of paths) {
      const form = await open(context, name);
      await aFormOf(form, `/api/v1/auth/${path}`, { [JSON.stringify(forced).slice(0, -1) + ',"x":"']: '"}' });
      await form.close();
    }
    assert.deepEqual(await jar(context), before, `${name}, by form`);
  }
  const me = await call(victim, "GET", "/api/v1/me");
  assert.equal(me.body.email, "victim@example.com");
  assert.equal((await call(victim, "POST", "/api/v1/auth/refresh")).status, 200);
}

async function siblingsPlantNothing(context) {
  const victim = await signedIn(context, "planted@example.com");
  const sibling = await open(context, "sibling");
  await sibling.evaluate(() => {
    for (const prefix of ["__Host-", "\u2000__Host-", "\u00a0__Host-", "%5F%5FHost-", "__host-", ""]) {
      for (const stem of ["kindred_at_v1", "kindred_rt_v1", "kindred_csrf_v1"]) {
        document.cookie = `${prefix}${stem}=planted; Domain=kindred.test; Path=/; Secure`;
      }
    }
  });
  const planted = (await context.cookies(api)).filter(({ value }) => value === "planted");
  assert.ok(planted.length > 0, "the attempt was one");
  assert.ok(planted.every(({ name }) => !name.startsWith("__Host-")), JSON.stringify(planted));
  assert.equal((await call(victim, "GET", "/api/v1/me")).status, 200);
  assert.equal((await call(victim, "POST", "/api/v1/auth/refresh")).status, 200);
  assert.equal((await call(victim, "POST", "/api/v1/auth/logout")).status, 204);
}

async function picturesAreForTheSite(context) {
  const tab = await signedIn(context, "picture@example.com");
  const url = await tab.evaluate(async (api) => {
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext("2d").fillRect(0, 0, 8, 8);
    const headers = { "Content-Type": "image/png", "X-CSRF-Token": page.csrf };
    const body = await canvas.convertToBlob();
    const response = await fetch(`${api}/api/v1/me/avatar`, { method: "PUT", credentials: "include", headers, body });
    return (await response.json()).url;
  }, api);
  assert.ok((await tab.evaluate((url) => page.shows(url), url)) > 0, "in a page of the site");
  const attacker = await open(context, "attacker");
  assert.equal(await attacker.evaluate((url) => page.shows(url), url), 0, "in a page of another site");
}

// The page that gateways send browsers to: several tabs at once, to another host of the site, and in a circle.
async function continueRefreshesAndGoesOn(context) {
  const app = await signedIn(context, "continue@example.com");
  const position = async () => (await jar(context))["__Host-kindred_gen_v1"].split(".");
  const [session, generation] = await position();
  const goOn = async (tab, target, place = `${api}${target}`) => {
    await tab.goto(`${api}/continue?returnTo=${target}`);
    await tab.waitForURL(place);
  };
  const tabs = await Promise.all(Array.from({ length: TABS }, () => context.newPage()));
  await Promise.all(tabs.map((tab, number) => goOn(tab, `/docs/?tab=${number}`)));
  const [same, later] = await position();
  assert.equal(same, session, "no tab has lost the session");
  assert.ok(Number(later) > Number(generation), `${generation}, then ${later}`);
  assert.equal((await call(app, "GET", "/api/v1/me")).status, 200);
  await goOn(tabs[1], `${origin("app")}/orders`, `${origin("app")}/orders`);
  const elsewhere = await tabs[1].goto(`${api}/continue?returnTo=${origin("attacker")}/`);
  assert.equal(elsewhere.status(), 400);
  // A gateway that refuses a fresh token.
  for (let visit = 0; visit < 3; visit += 1) await goOn(tabs[2], "/docs/?circle");
  await tabs[2].goto(`${api}/continue?returnTo=/docs/?circle`);
  await tabs[2].locator("#failed").waitFor();
  await app.evaluate(() => page.fetchCsrf());
  assert.equal((await call(app, "POST", "/api/v1/auth/logout")).status, 204);
  await goOn(tabs[3], "/docs/?ended", `${api}/login?returnTo=%2Fdocs%2F%3Fended`);
}

const challenge = (parent) => `/captcha?action=forgot&parent=${encodeURIComponent(parent)}`;

// The frame of a CAPTCHA: an allowed page gets the answer, once, and no one else shows the frame or hears of it.
async function aFrameAnswersItsPageOnly(context) {
  const tab = await open(context, "app");
  const forgot = (captcha_token) => call(tab, "POST", "/api/v1/auth/password/forgot", { email: "ada@example.com", captcha_token });
  assert.equal((await forgot()).body.code, "captcha_required");
  await tab.evaluate((path) => page.frame(path), challenge(origin("app")));
  await tab.waitForFunction(() => page.messages.length > 0);
  const [message, ...others] = await tab.evaluate(() => page.messages);
  assert.deepEqual(others, []);
  assert.deepEqual([message.origin, message.data.type, message.data.action], [api, "kindred-captcha", "forgot"]);
  assert.equal((await forgot(message.data.token)).status, 202);
  assert.equal((await forgot(message.data.token)).body.code, "captcha_invalid");
  const frame = tab.frames().find((each) => each.url().startsWith(api));
  const injected = await frame.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.injected = true";
    document.head.append(script);
    return globalThis.injected;
  });
  assert.equal(injected, undefined, "the frame runs no inline script");

  const refused = async (name, parent, reason) => {
    const other = await open(context, name);
    const told = other.waitForEvent("console", (line) => reason.test(line.text()));
    await other.evaluate((path) => page.frame(path), challenge(parent));
    await told;
    assert.deepEqual(await other.evaluate(() => page.messages), [], `${name} for ${parent}`);
  };
  for (const name of ["attacker", "sibling"]) {
    for (const parent of [origin("app"), origin(name)]) await refused(name, parent, /frame-ancestors/);
  }
  await refused("app", api, /postMessage.*target origin/);
}

async function tabsWakeTogether(context) {
  const first = await signedIn(context, "tabs@example.com");
  const session = (await jar(context))["__Host-kindred_gen_v1"].split(".")[0];
  const tabs = [first];
  while (tabs.length < TABS) {
    const tab = await open(context, "app");
    await tab.evaluate(() => page.fetchCsrf());
    tabs.push(tab);
  }
  const seen = { 200: 0, 409: 0 };
  for (let round = 0; round < Number(rounds); round += 1) {
    const woken = await Promise.all(tabs.map((tab) => tab.evaluate(() => page.wake())));
    for (const { refreshed, me } of woken) {
      assert.ok(refreshed in seen && me === 200, `round ${round}: ${JSON.stringify(woken)}`);
      seen[refreshed] += 1;
    }
  }
  assert.ok(seen[200] >= Number(rounds), JSON.stringify(seen));
  assert.equal((await jar(context))["__Host-kindred_gen_v1"].split(".")[0], session, "it is the same session");
  return `${rounds} times: ${JSON.stringify(seen)}`;
}

let failed = 0;
try {
  console.log(`Chromium ${browser.version()}`);
  const tests = [
    anAllowedPageUsesTheServer,
    pagesOfOthersChangeNothing,
    siblingsPlantNothing,
    picturesAreForTheSite,
    continueRefreshesAndGoesOn,
    aFrameAnswersItsPageOnly,
    tabsWakeTogether,
  ];
  for (const test of tests) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    try {
      console.log(`ok      ${test.name} ${(await test(context)) ?? ""}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${test.name}\n${error.stack}`);
    } finally {
      await context.close();
    }
  }
} finally {
  await browser.close();
  await stop();
}
process.exitCode = failed ? 1 : 0;
