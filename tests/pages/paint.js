// How soon the login page is seen on a slow phone: a benchmark, not a test, since it measures time.
//
// usage: node paint.js BINARY [--loads 9]

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

import { start } from "./server.js";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
/** "Slow 4G" of Chromium's own tools: bytes in a second, and milliseconds. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
/** A phone of the lower middle class against a desktop. */
const SLOWER = 4;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { loads: { type: "string", default: "9" } } });
const server = await start(positionals[0]);
const browser = await chromium.launch({ executablePath: EXECUTABLES.find(existsSync), args: ["--no-sandbox"] });
try {
  for (const [name, path] of [["login, first visit", "/login"], ["link page, first visit", "/account/forgot-password"]]) {
    const loads = [];
    for (let load = 0; load < Number(values.loads); load += 1) loads.push(await measured(`${server.origin}${path}?lang=en`));
    const median = (key) => loads.map((load) => load[key]).sort((a, b) => a - b)[Math.floor(loads.length / 2)];
    const told = ["first paint", "form"].map((key) => `${key} ${Math.round(median(key))} ms`);
    console.log(`${name}: ${told.join(", ")} (median of ${loads.length})`);
  }
} finally {
  await browser.close();
  await server.stop();
}

/** Milliseconds from the request to the first paint with content, and until there is a field to type in. */
async function measured(url) {
  const context = await browser.newContext({ viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, isMobile: true });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", NETWORK);
    await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.goto(url);
    await page.locator("input[name=email]").waitFor();
    return await page.evaluate(() => {
      const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN;
      return { "first paint": paint, form: performance.now() };
    });
  } finally {
    await context.close();
  }
}
