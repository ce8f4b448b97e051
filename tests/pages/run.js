// Walks through the pages with Debian's Chromium, against the program that the tests have built.
//
// usage: node run.js BINARY REPOSITORY [--screenshots FOLDER] [--only WALK]

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

import { start } from "./server.js";
import { textsOf } from "./texts.js";
import { Visitor } from "./visitor.js";
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

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshots: { type: "string" }, only: { type: "string" } },
});
const [binary, repository] = positionals;
const PRODUCT = "Acme";
/** Walks at the same time, each with a server of its own. */
const AT_ONCE = 2;
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** How the same walks are made: language, width, and by what. */
const MANNERS = [
  { name: "en-1280", language: "en", width: 1280, height: 900, byKeyboard: true },
  { name: "de-375", language: "de", width: 375, height: 812, byKeyboard: false },
];

/** What a walk needs: one server of its own, and browsers in one manner. */
export class World {
  contexts = [];

  constructor(server, browser, manner) {
    Object.assign(this, { server, browser, ...manner });
    this.t = textsOf(repository, manner.language, PRODUCT);
  }

  url(path) {
    const url = new URL(path, this.server.origin);
    url.searchParams.set("lang", this.language);
    return url.href;
  }

  /** Someone with a browser of their own. */
  async visitor(options = {}) {
    const context = await this.browser.newContext({
      viewport: { width: this.width, height: this.height },
      locale: this.language,
      timezoneId: "Europe/Berlin",
      reducedMotion: this.byKeyboard ? "no-preference" : "reduce",
      acceptDownloads: true,
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    this.contexts.push(context);
    const page = await context.newPage();
    const { t, byKeyboard, name } = this;
    const screenshots = values.screenshots && `${values.screenshots}/${name}`;
    return new Visitor(page, { t, byKeyboard, screenshots });
  }

  /** A platform authenticator that says yes, in this page. Resolves to what reads the ids of its passkeys. */
  async authenticator(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const options = {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    };
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
    return async () => {
      const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
      return credentials.map(({ credentialId }) => Buffer.from(credentialId, "base64").toString("base64url"));
    };
  }

  /** Opens the link of a mail in a tab, and presses its one button. */
  async openLink(context, link) {
    const tab = await context.newPage();
    await tab.goto(link);
    const button = tab.locator("form button.primary").first();
    await button.click();
    await tab.waitForLoadState("networkidle");
    await tab.close();
  }

  /** Signs in with another browser, as the API sees it. */
  anotherBrowser({ email, password }) {
    return this.#send("login", { email, password });
  }

  register(account) {
    return this.#send("register", account);
  }

  async #send(operation, body) {
    const headers = { "Content-Type": "application/json", "User-Agent": FIREFOX };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${this.server.listen}/api/v1/auth/${operation}`, init);
    if (!answer.ok) throw new Error(`no ${operation}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}

const WALKS = {
  life, links, linksWithoutScript, administration, edges, stepUp, limits, challenge, loginBudget, otherBrowser, webKit,
};
const browser = await chromium.launch({ executablePath: EXECUTABLES.find(existsSync), args: ["--no-sandbox"] });
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
  const world = new World(server, browser, manner);
  const begin = Date.now();
  const seconds = () => `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  try {
    const told = await walk(world);
    passed += 1;
    console.log(`ok      ${name} ${manner.name}, ${seconds()}: ${told ?? ""}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name} ${manner.name}, ${seconds()}\n${error.stack}`);
    await snapshot(world, name);
  } finally {
    await Promise.all(world.contexts.map((context) => context.close()));
    await server.stop();
  }
}

/** What was shown when a walk failed. */
async function snapshot(world, name) {
  if (!values.screenshots) return;
  for (const [index, page] of world.contexts.flatMap((context) => context.pages()).entries()) {
    const path = `${values.screenshots}/failed-${name}-${world.name}-${index}.png`;
    await page.screenshot({ path, timeout: 5_000 }).catch(() => {});
  }
}
