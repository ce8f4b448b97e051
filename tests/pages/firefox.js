// A short walk in Firefox, by WebDriver BiDi: the application works there as well.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

import { until } from "./server.js";

const EXECUTABLES = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
const PASSWORD = "lantern orbit velvet drizzle";

export const firefox = EXECUTABLES.find(existsSync);

/** Registers, looks at the account, and signs out. */
export async function smoke(origin, t, email) {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox, headless: true, timeout: 120_000 });
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    page.setDefaultTimeout(60_000);
    const press = (selector) => page.waitForSelector(selector).then((button) => button.click());
    const fill = (selector, text) => page.waitForSelector(selector).then((input) => input.type(text));
    // Puppeteer's own way to wait needs `eval`, which the policy of the page forbids.
    const heading = () => page.evaluate(() => document.querySelector("h1")?.textContent).catch(() => undefined);
    const shows = (text) => until(text, async () => (await heading()) === text, 60_000);
    await page.goto(`${origin}/register?lang=en`);
    await fill("input[name=email]", email);
    await fill("input[name=password]", PASSWORD);
    await press("button[type=submit]");
    await shows(t("truth-devices", { count: 1 }));
    await press("button[aria-haspopup=menu]");
    await press("button[role=menuitem]");
    await shows(t("login-title"));
    assert.deepEqual(errors, []);
    return browser.version();
  } catch (error) {
    const [page] = (await browser.pages()).slice(-1);
    const shown = await page?.evaluate(() => `${location.href}\n${document.body.innerText}`).catch(() => "nothing");
    throw new Error(`${error.message}\n${shown}`);
  } finally {
    await browser.close();
  }
}
