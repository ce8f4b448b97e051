// Walks in WebKitGTK, by its own driver (W3C WebDriver), on a screen in memory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { freePort, until } from "./server.js";

const DRIVER = "/usr/bin/WebKitWebDriver";
const SCREEN = "/usr/bin/Xvfb";
const BROWSER = browser("/usr/lib");
const PASSWORD = "lantern orbit velvet drizzle";
/** The key of an element in answers of a driver (W3C WebDriver §12.2). */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const WAIT_MS = 60_000;

export const webkit = [DRIVER, SCREEN, BROWSER].every((path) => path && existsSync(path));

/** Debian keeps the browser beside the library. */
function browser(libraries) {
  const inside = (folder, pattern) => readdirSync(folder).filter((name) => pattern.test(name)).map((name) => join(folder, name));
  const folders = inside(libraries, /-linux-gnu/).flatMap((folder) => inside(folder, /^webkit2gtk-4/));
  return folders.map((folder) => join(folder, "MiniBrowser")).find(existsSync);
}

/** Opens a browser without cookies for a walk, and gives what the walk gives. */
export async function inWebKit(walk) {
  const screen = await screenInMemory();
  const port = await freePort();
  const driver = spawn(DRIVER, [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: screen.display } });
  try {
    await until("the driver answers", () => fetch(`http://127.0.0.1:${port}/status`).then((answer) => answer.ok, () => false), WAIT_MS);
    return await walked(new Page(await sessionOf(port)), walk);
  } finally {
    driver.kill();
    screen.stop();
  }
}

async function walked(page, walk) {
  try {
    return await walk(page);
  } catch (error) {
    const shown = [await page.url().catch(() => "no address"), await page.text("body").catch(() => "nothing is shown")];
    throw new Error(`${error.message}\n${shown.join("\n")}`);
  } finally {
    await page.close();
  }
}

/** A display that nothing is seen on. The server tells its number once it can be used. */
function screenInMemory() {
  const server = spawn(SCREEN, ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const stop = () => server.kill();
  return new Promise((resolve, reject) => {
    server.stdio[3].once("data", (number) => resolve({ display: `:${String(number).trim()}`, stop }));
    server.once("exit", (code) => reject(new Error(`the screen ended with ${code}`)));
  });
}

/** Opens a session; what it returns sends commands of the session. */
async function sessionOf(port) {
  const send = async (method, path, body) => {
    const init = { method, ...(body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {}) };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  const options = { binary: BROWSER, args: ["--automation"] };
  const capabilities = { alwaysMatch: { browserName: "MiniBrowser", "webkitgtk:browserOptions": options } };
  const { sessionId, capabilities: found } = await send("POST", "/session", { capabilities });
  return { version: found.browserVersion, send: (method, path, body) => send(method, `/session/${sessionId}${path}`, body) };
}

class Page {
  #send;

  constructor({ version, send }) {
    this.version = version;
    this.#send = send;
  }

  open(url) {
    return this.#send("POST", "/url", { url });
  }

  url() {
    return this.#send("GET", "/url");
  }

  /** Runs the body of a function in the page. */
  run(script) {
    return this.#send("POST", "/execute/sync", { script, args: [] });
  }

  /** The same for one that gives a promise. */
  resolve(expression) {
    const script = `const done = arguments[arguments.length - 1]; (${expression}).then(done, (error) => done(String(error)));`;
    return this.#send("POST", "/execute/async", { script, args: [] });
  }

  text(selector) {
    return this.run(`return document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);
  }

  async press(selector) {
    await this.#send("POST", `/element/${await this.#element(selector)}/click`, {});
  }

  async fill(selector, text) {
    await this.#send("POST", `/element/${await this.#element(selector)}/value`, { text });
  }

  /** Waits for the heading. */
  shows(words) {
    return until(words, async () => (await this.text("h1").catch(() => null)) === words, WAIT_MS);
  }

  async close() {
    await this.#send("DELETE", "").catch(() => {});
  }

  async #element(selector) {
    const find = () => this.#send("POST", "/element", { using: "css selector", value: selector }).catch(() => undefined);
    return (await until(selector, find, WAIT_MS))[ELEMENT];
  }
}

/** Registers, looks at the account, and signs out. */
export function smoke(origin, t, email) {
  return inWebKit(async (page) => {
    await page.open(`${origin}/register?lang=en`);
    await page.fill("input[name=email]", email);
    await page.fill("input[name=password]", PASSWORD);
    await page.press("button[type=submit]");
    await page.shows(t("truth-devices", { count: 1 }));
    await page.press("button[aria-haspopup=menu]");
    await page.press("button[role=menuitem]");
    await page.shows(t("login-title"));
    assert.match(await page.url(), /\/login/);
    return `WebKitGTK ${page.version}`;
  });
}
