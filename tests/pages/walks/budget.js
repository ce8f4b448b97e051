// What the login page costs on the wire, at a first visit.

import assert from "node:assert/strict";

/** Bytes as they are transferred, with their headers. */
const MOST_BYTES = 60_000;
const MOST_REQUESTS = 55;

/** @param {import("../run.js").World} world */
export async function loginBudget(world) {
  const visitor = await world.visitor();
  const { t, page } = visitor;
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  let requests = 0;
  session.on("Network.requestWillBeSent", () => (requests += 1));
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await visitor.goto(world.url("/login"));
  await visitor.heading(t("login-title"));
  await page.waitForLoadState("networkidle");
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  assert.ok(requests <= MOST_REQUESTS, `${requests} requests`);
  visitor.done();
  return `${bytes} bytes in ${requests} requests`;
}

loginBudget.once = true;
