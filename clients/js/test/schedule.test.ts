import assert from "node:assert/strict";
import { test } from "node:test";
import { schedule } from "../src/schedule.js";
import { CALM } from "./world/browser.js";
import { keysOf, problem, Script } from "./world/script.js";
import { World } from "./world/world.js";

const LIFE = 600_000;

test("a refresh is due at 75 to 90 percent of the token's life, at random", async () => {
  const moments: number[] = [];
  for (let seed = 0; seed < 40; seed++) {
    const world = new World(seed);
    const clock = { now: () => world.time, wall: () => world.time, after: world.after.bind(world) };
    const appState = { isActive: () => true, onChange: () => () => {} };
    let isDue = false;
    schedule({ clock, appState, random: (bytes) => world.bytes(bytes) }, () => (isDue = true)).set(LIFE);
    await world.until(() => isDue, LIFE);
    moments.push(world.time / LIFE);
  }
  assert.ok(Math.min(...moments) >= 0.75 && Math.max(...moments) <= 0.9001, String(moments));
  assert.ok(Math.max(...moments) - Math.min(...moments) > 0.1);
});

test("hidden tabs wait until they are looked at", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  tab.show(false);
  await script.world.pass(2 * LIFE);
  assert.equal(keysOf(browser, "/auth/refresh").length, 0);
  tab.show(true);
  await script.world.pass(1_000);
  assert.equal(keysOf(browser, "/auth/refresh").length, 1);
});

test("a network that is back is used at once when a refresh is due", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  browser.trouble = { ...CALM, lostBefore: 1 };
  await script.world.pass(LIFE);
  assert.equal(browser.saved.generation, 1);
  browser.trouble = CALM;
  tab.online();
  await script.world.pass(1_000);
  assert.equal(browser.saved.generation, 2);
  assert.equal(new Set(keysOf(browser, "/auth/refresh")).size, 1);
});

for (const hours of [-1, 1]) {
  test(`a wall clock that is set by ${hours} h does no harm`, async () => {
    const script = new Script();
    const { browser, tab } = await script.signedIn();
    await script.world.pass(60_000);
    browser.wall = hours * 3_600_000;
    tab.online();
    await script.world.pass(LIFE);
    assert.ok([2, 3].includes(browser.saved.generation), String(browser.saved.generation));
    assert.equal((await script.world.result(tab.client.fetch("http://auth.test/api/v1/me"))).status, 200);
    assert.equal(tab.client.state().status, "signed-in");
  });
}

test("a machine that slept refreshes when it wakes, though the monotonic clock stood still", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  browser.wall = 5 * LIFE;
  tab.online();
  await script.world.pass(1_000);
  assert.equal(browser.saved.generation, 2);
});

test("a refresh that fails is tried again, and not before the server allows it", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  script.next("/auth/refresh", problem(503, "unavailable", {}, { "retry-after": "120" }), problem(422, "validation_failed"));
  await script.world.until(() => keysOf(browser, "/auth/refresh").length === 1);
  tab.online();
  await script.world.pass(119_000);
  assert.equal(keysOf(browser, "/auth/refresh").length, 1);
  await script.world.pass(61_000);
  assert.equal(browser.saved.generation, 2);
});

test("tabs that hear of a refresh do not repeat it", async () => {
  const script = new Script();
  const { browser } = await script.signedIn({ transport: "cookie" });
  for (let tab = 0; tab < 4; tab++) await script.world.result(browser.open().client.restore());
  await script.world.pass(10 * LIFE);
  const { rotated } = script.server.counts;
  assert.ok(rotated >= 10 && rotated <= 14, String(rotated));
});

test("a closed client does nothing", async () => {
  const script = new Script();
  const { browser, tab } = await script.signedIn();
  tab.client.close();
  await script.world.pass(5 * LIFE);
  assert.equal(browser.requests.length, 0);
});
