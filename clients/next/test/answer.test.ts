import assert from "node:assert/strict";
import { test } from "node:test";
import { answerer } from "../src/answer.js";
import { complete } from "../src/config.js";
import { derivedKey } from "../src/server-refresh.js";
import { kit, NAVIGATION, NOW, request, token } from "./kit.js";

const now = () => new Date(NOW * 1000);
const AT = "__Host-kindred_at_v1";
const RT = "__Host-kindred_rt_v1";
const DATA = { "sec-fetch-mode": "cors", rsc: "1" };
const PREFETCH = { ...DATA, "next-router-prefetch": "1" };
const expired = { [AT]: await token({ expiresIn: -60 }), [RT]: "kr1_old" };

const answer = async (path: string, headers?: Record<string, string>, cookies?: Record<string, string>) => {
  const { config, sent } = kit();
  const response = await answerer(complete(config), now)(request(path, headers, cookies));
  return { response, sent, location: response?.headers.get("location") };
};

test("a session passes, and so does a route without a rule", async () => {
  assert.equal((await answer("/account", NAVIGATION, { [AT]: await token() })).response, undefined);
  const open = await answer("/about");
  assert.deepEqual([open.response, open.sent.length], [undefined, 0]);
});

test("an expired navigation goes to the page that refreshes, and never refreshes here", async () => {
  const { response, location, sent } = await answer("/account/profile?tab=1", NAVIGATION, expired);
  assert.deepEqual([response!.status, location], [303, "/session/refresh?returnTo=%2Faccount%2Fprofile%3Ftab%3D1"]);
  assert.equal(response!.headers.get("cache-control"), "private, no-store");
  assert.deepEqual(sent.map(({ path }) => path).filter((path) => path.includes("refresh")), []);
});

test("without a session it goes to the login", async () => {
  assert.equal((await answer("/account")).location, "/login?returnTo=%2Faccount");
});

test("data is told to refresh, and prefetches do nothing", async () => {
  const data = (await answer("/account", DATA, expired)).response!;
  assert.deepEqual([data.status, ((await data.json()) as { code: string }).code], [401, "token_expired"]);
  const prefetch = (await answer("/account", PREFETCH, expired)).response!;
  assert.deepEqual([prefetch.status, prefetch.headers.get("location")], [204, null]);
});

test("a browser that keeps no cookies does not go in circles", async () => {
  assert.match((await answer("/account", NAVIGATION, { ...expired, kindred_tries: "1" })).location!, /refresh/);
  const { location, response } = await answer("/account", NAVIGATION, { ...expired, kindred_tries: "2" });
  assert.equal(location, "/login?returnTo=%2Faccount");
  assert.match(response!.headers.getSetCookie()[0]!, /kindred_tries=; .*Max-Age=0/);
});

test("sensitive routes want a recent authentication, and roles are checked", async () => {
  const old = { [AT]: await token({ claims: { auth_time: NOW - 301 } }) };
  assert.equal((await answer("/account/delete", NAVIGATION, old)).location, "/session/step-up?returnTo=%2Faccount%2Fdelete");
  assert.equal((await answer("/account/delete", DATA, old)).response!.status, 403);
  assert.equal((await answer("/account", NAVIGATION, old)).response, undefined);
  assert.equal((await answer("/admin", NAVIGATION, old)).response!.status, 403);
  const admin = { [AT]: await token({ claims: { roles: ["admin"] } }) };
  assert.equal((await answer("/admin", NAVIGATION, admin)).response, undefined);
});

test("a limited session goes to the login's pages", async () => {
  const limited = await token({ claims: { "https://kindred.dev/claims/password_change_required": true } });
  assert.match((await answer("/account", NAVIGATION, { [AT]: limited, [RT]: "kr1_x" })).location!, /^\/login/);
});

test("keys that cannot be had are 503, and no one is sent to the login", async () => {
  const { config } = kit({}, { fetch: async () => Promise.reject(new TypeError("fetch failed")) });
  const response = await answerer(complete(config), now)(request("/account", NAVIGATION, { [AT]: await token() }));
  assert.equal(response!.status, 503);
});

const NOSCRIPT = "/session/refresh?returnTo=%2Faccount&noscript=1";
const withCookies = (status: number, body: object, ...lines: string[]) => {
  const headers = new Headers({ "content-type": "application/json" });
  for (const line of lines) headers.append("set-cookie", line);
  return new Response(JSON.stringify(body), { status, headers });
};
const csrf = () => Response.json({ csrf_token: "csrf" });

test("without script the proxy refreshes with a key that follows from the cookie", async () => {
  const cookies = ["__Host-kindred_at_v1=a; Path=/; Secure", "__Host-kindred_rt_v1=r; Path=/; Secure", "__Host-kindred_gen_v1=g; Path=/; Secure"];
  const { config, sent } = kit({ "/api/v1/auth/csrf": csrf, "/api/v1/auth/refresh": () => withCookies(200, {}, ...cookies) });
  const answers = await Promise.all([1, 2].map(() => answerer(complete(config), now)(request(NOSCRIPT, NAVIGATION, expired))));
  for (const response of answers) {
    assert.deepEqual([response!.status, response!.headers.get("location")], [303, "/account"]);
    assert.equal(response!.headers.get("cache-control"), "private, no-store");
    assert.deepEqual(response!.headers.getSetCookie().slice(0, 3), cookies, "each line is passed on");
  }
  const refreshes = sent.filter(({ path }) => path.endsWith("refresh"));
  const keys = refreshes.map(({ headers }) => headers.get("idempotency-key"));
  assert.deepEqual(keys, [derivedKey(config.secret, "kr1_old"), derivedKey(config.secret, "kr1_old")]);
  assert.match(keys[0]!, /^d\.[\w-]{43}$/);
  assert.equal(refreshes[0]!.headers.get("x-csrf-token"), "csrf");
  assert.notEqual(derivedKey("another secret", "kr1_old"), keys[0]);
});

test("after 409 the browser comes again with its new cookie, a few times", async () => {
  const { config } = kit({ "/api/v1/auth/csrf": csrf, "/api/v1/auth/refresh": () => withCookies(409, {}) });
  const locations: (string | null)[] = [];
  for (let tries = 0; tries < 4; tries++) {
    const cookies = { ...expired, kindred_tries: String(tries) };
    const response = await answerer(complete(config), now)(request(NOSCRIPT, NAVIGATION, cookies));
    locations.push(response!.headers.get("location"));
  }
  assert.deepEqual(locations, [NOSCRIPT, NOSCRIPT, NOSCRIPT, null]);
});

test("an ended session goes to the login and loses its cookies; a server that is away does not end it", async () => {
  const ended = kit({ "/api/v1/auth/csrf": csrf, "/api/v1/auth/refresh": () => withCookies(401, {}, `${RT}=; Max-Age=0`) });
  const response = await answerer(complete(ended.config), now)(request(NOSCRIPT, NAVIGATION, expired));
  assert.equal(response!.headers.get("location"), "/login?returnTo=%2Faccount");
  assert.deepEqual(response!.headers.getSetCookie(), [`${RT}=; Max-Age=0`]);
  const away = await answerer(complete(kit().config), now)(request(NOSCRIPT, NAVIGATION, expired));
  assert.deepEqual([away!.status, away!.headers.getSetCookie()], [503, []]);
});

test("another site, a script and a prefetch cannot make the proxy refresh", async () => {
  for (const headers of [{ ...NAVIGATION, "sec-fetch-site": "cross-site" }, DATA, PREFETCH]) {
    const { config, sent } = kit({ "/api/v1/auth/csrf": csrf });
    assert.equal((await answerer(complete(config), now)(request(NOSCRIPT, headers, expired)))!.status, 403);
    assert.equal(sent.length, 0);
  }
  assert.equal((await answer("/session/refresh?returnTo=%2Faccount", NAVIGATION, expired)).response, undefined, "the page itself");
});

test("the way back is a path of this application", async () => {
  const { config } = kit({ "/api/v1/auth/csrf": csrf, "/api/v1/auth/refresh": () => withCookies(200, {}) });
  const path = "/session/refresh?returnTo=%2F%2Fevil.example&noscript=1";
  assert.equal((await answerer(complete(config), now)(request(path, NAVIGATION, expired)))!.headers.get("location"), "/");
});
