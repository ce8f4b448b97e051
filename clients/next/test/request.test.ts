import assert from "node:assert/strict";
import { test } from "node:test";
import { cookie, sessionCookies } from "../src/cookies.js";
import { complete, ruleFor } from "../src/config.js";
import { kindOf, safeReturnTo } from "../src/request.js";
import { kit } from "./kit.js";

test("navigations, data and prefetches are told apart", () => {
  const kind = (headers: Record<string, string>, method = "GET") => kindOf(method, new Headers(headers));
  assert.equal(kind({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }), "navigation");
  assert.equal(kind({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "empty" }), "navigation", "behind a service worker");
  assert.equal(kind({ accept: "text/html,*/*" }), "navigation", "a browser without fetch metadata");
  assert.equal(kind({ "sec-fetch-mode": "cors" }), "data");
  assert.equal(kind({ rsc: "1", "sec-fetch-mode": "cors" }), "data");
  assert.equal(kind({ "next-action": "abc", accept: "text/x-component" }, "POST"), "data");
  assert.equal(kind({ "sec-fetch-mode": "navigate" }, "POST"), "data", "a form must not be lost in a redirect");
  assert.equal(kind({ rsc: "1", "next-router-prefetch": "1" }), "prefetch");
  assert.equal(kind({ "sec-fetch-mode": "navigate", "sec-purpose": "prefetch;prerender" }), "prefetch");
  assert.equal(kind({ purpose: "prefetch" }), "prefetch");
});

test("people come back to this application only", () => {
  const origin = "https://app.example.com";
  assert.equal(safeReturnTo("/a?b=c#d", origin), "/a?b=c");
  for (const bad of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example", "", null, undefined]) {
    assert.equal(safeReturnTo(bad, origin), "/", String(bad));
  }
});

test("only cookies of the exact name are read", () => {
  const config = complete(kit().config);
  const header = "%5F%5FHost-kindred_at_v1=x; kindred_at_v1=y; \u00a0__Host-kindred_at_v1=z; __Host-kindred_rt_v1=r";
  assert.deepEqual(sessionCookies(config, header), { access: undefined, refresh: "r" });
  assert.equal(cookie("a=1;\tb=2=3 ;c", "b"), "2=3");
  assert.equal(sessionCookies({ origin: "http://localhost:3000", cookieGeneration: "v2" }, "kindred_at_v2=a").access, "a");
  const both = { origin: "http://localhost:3000", cookieGeneration: ["v2", "v1"] };
  assert.deepEqual(sessionCookies(both, "kindred_at_v1=a; kindred_rt_v1=b; kindred_at_v2=c"), { access: "c", refresh: "b" });
});

test("a rule is for a path and what is below it, and the first one counts", () => {
  const { config } = kit();
  assert.equal(ruleFor(config, "/account")?.path, "/account");
  assert.equal(ruleFor(config, "/account/delete/now")?.maxAge, 300);
  assert.equal(ruleFor(config, "/accounts"), undefined);
  assert.equal(ruleFor({ protect: [{ path: "/" }] }, "/anything")?.path, "/");
});

test("a configuration that cannot be meant is refused", () => {
  const { config } = kit();
  assert.throws(() => complete({ ...config, secret: "short" }), /32 characters/);
  assert.throws(() => complete({ ...config, origin: "https://app.example.com/path" }), /origin/);
  assert.throws(() => complete({ ...config, protect: [{ path: "account" }] }), /begins with/);
});
