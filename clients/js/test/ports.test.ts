/** The defaults of browsers, in a page of happy-dom. */

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Window } from "happy-dom";
import { exchange } from "../src/http.js";
import { createClient } from "../src/index.js";
import { pageState, pause, systemClock, unit } from "../src/ports.js";
import { broadcastChannel, type Message } from "../src/tabs.js";

const window = new Window({ url: "https://auth.test/account" });

test("a page reads the server's cookie on the server's host only", async () => {
  Object.assign(globalThis, { document: window.document, location: window.location });
  Object.assign(globalThis, { addEventListener: window.addEventListener.bind(window), removeEventListener: window.removeEventListener.bind(window) });
  window.document.cookie = "__Host-kindred_gen_v1=s.4; Secure; Path=/";
  const client = createClient({ url: "https://auth.test", transport: "cookie" });
  const other = createClient({ url: "https://id.test/", transport: "cookie" });
  assert.match(client.ports.cookies()!, /kindred_gen_v1=s\.4/);
  assert.equal(other.ports.cookies(), undefined);
  assert.equal(other.url, "https://id.test");
  client.close();
  other.close();
});

test("visibility and the network are told, until no one listens", () => {
  let calls = 0;
  const stop = pageState.onChange(() => calls++);
  assert.equal(pageState.isActive(), window.document.visibilityState !== "hidden");
  window.document.dispatchEvent(new window.Event("visibilitychange"));
  window.dispatchEvent(new window.Event("online"));
  assert.equal(calls, 2);
  stop();
  window.dispatchEvent(new window.Event("online"));
  assert.equal(calls, 2);
});

test("tabs hear each other, and not themselves", async () => {
  const [one, two] = [broadcastChannel("test"), broadcastChannel("test")];
  one.onMessage(() => assert.fail("its own message"));
  const heard = new Promise<Message>((resolve) => two.onMessage(resolve));
  one.post({ epoch: 1, generation: 2 });
  assert.deepEqual(await heard, { epoch: 1, generation: 2 });
  one.close();
  two.close();
});

test("a pause ends with its signal, and numbers are below one", async () => {
  await pause(systemClock, 3_600_000, AbortSignal.abort());
  assert.equal(unit(() => Uint8Array.of(0, 0, 0, 0)), 0);
  assert.ok(unit(() => Uint8Array.of(255, 255, 255, 255)) < 1);
});

test("a request has ten seconds, follows no redirect, and outlives its page if it should", async () => {
  let time = 0;
  const timers: [number, () => void][] = [];
  const clock = { now: () => time, wall: () => time, after: (delay: number, run: () => void) => (timers.push([delay, run]), () => {}) };
  let init: RequestInit = {};
  const fetch = (_: unknown, given?: RequestInit) => {
    init = given!;
    return new Promise<Response>((_, reject) => init.signal!.addEventListener("abort", () => reject(new Error("aborted"))));
  };
  const answer = exchange({ fetch, clock }, "https://auth.test", "include", { method: "POST", headers: {}, keepalive: true, body: {} });
  assert.deepEqual([init.redirect, init.keepalive, init.credentials, init.cache], ["error", true, "include", "no-store"]);
  assert.equal(timers[0]![0], 10_000);
  timers[0]![1]();
  assert.equal(await answer, undefined);
  assert.equal(init.signal!.aborted, true);
  const late = await exchange({ fetch, clock }, "https://auth.test", "omit", { method: "POST", headers: {}, isCurrent: () => false });
  assert.equal(late, undefined);
});
