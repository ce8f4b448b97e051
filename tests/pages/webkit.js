// A short walk in WebKitGTK, by its own driver (W3C WebDriver), on a screen in memory.

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

/** Registers, looks at the account, and signs out. */
export async function smoke(origin, t, email) {
  const screen = await screenInMemory();
  const port = await freePort();
  const driver = spawn(DRIVER, [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: screen.display } });
  try {
    await until("the driver answers", () => fetch(`http://127.0.0.1:${port}/status`).then((answer) => answer.ok, () => false), WAIT_MS);
    return await walk(await sessionOf(port), origin, t, email);
  } finally {
    driver.kill();
    screen.stop();
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

async function walk({ version, send }, origin, t, email) {
  const text = (selector) => send("POST", "/execute/sync", { script: `return document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`, args: [] });
  const element = async (selector) => {
    const find = () => send("POST", "/element", { using: "css selector", value: selector }).catch(() => undefined);
    return (await until(selector, find, WAIT_MS))[ELEMENT];
  };
  const press = async (selector) => send("POST", `/element/${await element(selector)}/click`, {});
  const fill = async (selector, text) => send("POST", `/element/${await element(selector)}/value`, { text });
  const shows = (words) => until(words, async () => (await text("h1").catch(() => null)) === words, WAIT_MS);
  try {
    await send("POST", "/url", { url: `${origin}/register?lang=en` });
    await fill("input[name=email]", email);
    await fill("input[name=password]", PASSWORD);
    await press("button[type=submit]");
    await shows(t("truth-devices", { count: 1 }));
    await press("button[aria-haspopup=menu]");
    await press("button[role=menuitem]");
    await shows(t("login-title"));
    assert.match(await send("GET", "/url"), /\/login/);
    return `WebKitGTK ${version}`;
  } catch (error) {
    throw new Error(`${error.message}\n${await text("body").catch(() => "nothing is shown")}`);
  } finally {
    await send("DELETE", "").catch(() => {});
  }
}
