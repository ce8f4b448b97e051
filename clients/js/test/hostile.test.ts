/** Thousands of refreshes through a network that loses, copies and replaces answers, with tabs that freeze and die. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../src/index.js";
import { Browser, type Setup } from "./world/browser.js";
import { begin, liveOn } from "./world/life.js";
import { ModelServer } from "./world/server.js";
import { World } from "./world/world.js";

const SETUPS: Setup[] = [
  { transport: "cookie" },
  { transport: "cookie", isOtherHost: true },
  { transport: "bearer" },
];
const REFRESHES = Number(process.env["REFRESHES"] ?? 10_000) / SETUPS.length;
const SEED = Number(process.env["SEED"] ?? 20);
const YEAR = 365 * 86_400_000;
const ACCOUNT = { email: "ada@example.com", password: "right" };
const EFFECT = { method: "POST", path: "/api/v1/things", body: { a: "b" } };

for (const [index, setup] of SETUPS.entries()) {
  const name = `${setup.transport}${setup.isOtherHost ? " of another host" : ""}`;
  test(`refreshes, ${name}: no one is logged out`, { timeout: 900_000 }, async () => {
    const world = new World(SEED + index);
    const server = new ModelServer(world);
    const browsers = Array.from({ length: 6 }, () => new Browser(world, server, setup));
    let isLive = true;
    for (const browser of browsers) {
      await begin(browser, ACCOUNT);
      liveOn(browser, ACCOUNT, EFFECT, () => isLive);
    }
    await world.until(() => server.counts.rotated >= REFRESHES, YEAR);
    isLive = false;
    const { counts } = server;
    const hours = Math.round(world.time / 3_600_000);
    console.log(`${name}: ${JSON.stringify(counts)}, ${server.stepUps} step-ups in ${hours} h`);
    assert.equal(counts.reused + counts.unconfirmed + counts.invalid, 0, server.history.slice(-40).join("\n"));
    assert.deepEqual([...server.families.values()].filter((family) => family.revoked), []);
    for (const browser of browsers) {
      for (const tab of browser.tabs) assert.notEqual(tab.client.state().status, "signed-out");
    }
    // The trouble did happen.
    assert.ok(counts.retried > REFRESHES / 20 && server.stepUps > REFRESHES / 100, JSON.stringify(counts));
  });
}

test("tabs that do not share their keys lose the session: the test finds what it looks for", async () => {
  const world = new World(SEED);
  const server = new ModelServer(world);
  const browser = new Browser(world, server, { transport: "cookie" });
  const open = browser.open.bind(browser);
  browser.open = () => open({ store: memoryStore(), channel: undefined });
  await begin(browser, ACCOUNT);
  liveOn(browser, ACCOUNT, EFFECT, () => server.counts.reused === 0);
  await world.until(() => server.counts.reused > 0, YEAR);
  assert.ok(server.counts.raced > 0);
});
