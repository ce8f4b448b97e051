// Walks through the pages with Debian's Chromium, against the program that the tests have built.
//
// usage: node run.js BINARY REPOSITORY [--screenshots FOLDER] [--only WALK]

import { parseArgs } from "node:util";

import { start } from "./server.js";
import { administration } from "./walks/administration.js";
import { challenge } from "./walks/challenge.js";
import { edges } from "./walks/edges.js";
import { otherBrowser } from "./walks/firefox.js";
import { life } from "./walks/life.js";
import { links, linksWithoutScript } from "./walks/links.js";
import { loginBudget } from "./walks/budget.js";
import { limits } from "./walks/limits.js";
import { stepUp } from "./walks/step-up.js";
import { webKit } from "./walks/webkit.js";
import { launch, MANNERS, World } from "./world.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshots: { type: "string" }, only: { type: "string" } },
});
const [binary, repository] = positionals;
/** Walks at the same time, each with a server of its own. */
const AT_ONCE = 2;
const WALKS = {
  life, links, linksWithoutScript, administration, edges, stepUp, limits, challenge, loginBudget, otherBrowser, webKit,
};
const browser = await launch();
let passed = 0;
let failed = 0;
try {
  console.log(`Chromium ${browser.version()}`);
  const wanted = Object.entries(WALKS).filter(([name]) => !values.only || name === values.only);
  const runs = wanted.flatMap(([name, walk]) => (walk.once ? MANNERS.slice(0, 1) : MANNERS).map((manner) => ({ name, walk, manner })));
  const next = async () => {
    for (let run = runs.shift(); run; run = runs.shift()) await walked(run);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;

async function walked({ name, walk, manner }) {
  const settings = typeof walk.settings === "function" ? await walk.settings() : walk.settings;
  const server = await start(binary, settings);
  const world = new World(server, browser, manner, { repository, screenshots: values.screenshots });
  const begin = Date.now();
  const seconds = () => `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  try {
    const told = await walk(world);
    passed += 1;
    console.log(`ok      ${name} ${manner.name}, ${seconds()}: ${told ?? ""}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name} ${manner.name}, ${seconds()}\n${error.stack}`);
    await world.snapshot(name);
  } finally {
    await Promise.all(world.contexts.map((context) => context.close()));
    await server.stop();
  }
}
