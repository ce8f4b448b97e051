/** Thousands of refreshes through a network that loses, copies and replaces answers, with tabs that freeze and die. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { stepUp } from "../src/step-up.js";
import { Browser, HOSTILE, type Setup, type Tab } from "./world/browser.js";
import { ModelServer } from "./world/server.js";
import { World } from "./world/world.js";

const SETUPS: Setup[] = [
  { transport: "cookie" },
  { transport: "cookie", isOtherHost: true },
  { transport: "bearer" },
];
const REFRESHES = Number(process.env["REFRESHES"] ?? 10_000);
const TABS = 5;
const MINUTE = 60_000;

for (const [index, setup] of SETUPS.entries()) {
  const name = `${setup.transport}${setup.isOtherHost ? " of another host" : ""}`;
  test(`refreshes, ${name}: nobody is logged out`, { timeout: 120_000 }, async () => {
    const world = new World(20 + index);
    const server = new ModelServer(world);
    const browsers = Array.from({ length: 6 }, () => new Browser(world, server, setup));
    for (const browser of browsers) await begin(browser);
    let live = true;
    for (const browser of browsers) liveOn(browser, () => live);
    await world.until(() => server.counts.rotated >= REFRESHES / SETUPS.length, 365 * 1440 * MINUTE);
    live = false;
    const { counts } = server;
    console.log(name, JSON.stringify(counts), `step-ups ${server.stepUps}`, `${Math.round(world.time / 3_600_000)} h`);
    assert.equal(counts.reused + counts.unconfirmed + counts.invalid, 0);
    assert.deepEqual([...server.families.values()].filter((family) => family.revoked), []);
    for (const browser of browsers) {
      for (const tab of browser.tabs) assert.notEqual(tab.client.state().status, "signed-out");
    }
    // The trouble did happen.
    assert.ok(counts.retried > 100 && server.stepUps > 10, JSON.stringify(counts));
  });
}

async function begin(browser: Browser) {
  const first = browser.open();
  await browser.world.result(first.client.login({ email: "ada@example.com", password: "right" }));
  browser.trouble = HOSTILE;
  while (browser.tabs.size < TABS) void browser.open().client.restore().catch(() => {});
}

/** What people and machines do to a browser. */
function liveOn(browser: Browser, isLive: () => boolean) {
  const { world } = browser;
  const deeds: [number, (tab: Tab) => void][] = [
    [30, (tab) => void tab.client.fetch("http://auth.test/api/v1/me").catch(() => {})],
    [15, (tab) => void post(tab).catch(() => {})],
    [8, (tab) => tab.show(tab.isHidden)],
    [3, (tab) => tab.online()],
    [4, (tab) => (tab.isFrozen ? tab.thaw() : (tab.isFrozen = true))],
    [3, (tab) => replace(browser, tab)],
    [1, (tab) => authenticate(tab)],
    // Someone sets the clock.
    [1, () => (browser.wall = world.pick([-1, 0, 1]) * 60 * MINUTE)],
  ];
  // A person authenticates in one tab at a time.
  let nextStepUp = 0;
  const authenticate = (tab: Tab) => {
    if (world.time < nextStepUp) return;
    nextStepUp = world.time + MINUTE;
    stepUp(tab.client, { method: "password", password: "right" }).catch(() => {});
  };
  const total = deeds.reduce((sum, [weight]) => sum + weight, 0);
  const act = () => {
    if (!isLive()) return;
    let at = world.random() * total;
    const [, deed] = deeds.find(([weight]) => (at -= weight) < 0) ?? deeds[0]!;
    deed(world.pick([...browser.tabs]));
    // Often several things at once.
    world.after(world.chance(0.3) ? world.between(0, 50) : world.between(0, 4 * MINUTE), act);
  };
  act();
}

const post = (tab: Tab) =>
  tab.client.fetch("http://auth.test/api/v1/things", { method: "POST", body: JSON.stringify({ a: "b" }) });

function replace(browser: Browser, tab: Tab) {
  tab.kill();
  void browser.open().client.restore().catch(() => {});
}
