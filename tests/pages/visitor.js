// Someone in front of a browser, who sees names and not selectors: with a pointer, or with the keyboard only.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Presses of the tabulator after which a control counts as out of reach. */
const REACH = 90;
const WAIT_MS = 15_000;

export class Visitor {
  /** Screens that were looked at, by name. */
  screens = 0;
  problems = [];

  constructor(page, { t, screenshots, byKeyboard = false, prefix = "" }) {
    Object.assign(this, { page, t, screenshots, byKeyboard, prefix });
    page.setDefaultTimeout(WAIT_MS);
    page.on("console", (message) => this.#heard(message));
    page.on("pageerror", (error) => this.problems.push(`error: ${error.stack}`));
    if (screenshots) mkdirSync(screenshots, { recursive: true });
  }

  #heard(message) {
    if (message.type() !== "error" && !/Content Security Policy|Trusted/.test(message.text())) return;
    // A refusal that a walk provokes; and requests while it is offline.
    const isRefusal = /^Failed to load resource/.test(message.text()) && /\/(api\/v1|account)\//.test(message.location().url);
    if (!isRefusal) this.problems.push(`console: ${message.text()} (${message.location().url})`);
  }

  async goto(url) {
    await this.page.goto(url);
  }

  field(label) {
    return this.page.getByLabel(label, { exact: true }).and(this.page.locator("input, select, textarea")).filter({ visible: true }).first();
  }

  control(name) {
    const is = (role) => this.page.getByRole(role, { name, exact: true });
    return is("button").or(is("link")).or(is("menuitem")).or(is("checkbox")).filter({ visible: true }).first();
  }

  /** Goes from control to control until this one has the focus. */
  async #reach(locator, what) {
    await locator.waitFor();
    for (let presses = 0; presses < REACH; presses += 1) {
      if (await locator.evaluate((element) => element === document.activeElement)) {
        const ring = await locator.evaluate((element) => getComputedStyle(element).outlineStyle);
        assert.notEqual(ring, "none", `the focus on ${what} is seen`);
        return;
      }
      await this.page.keyboard.press("Tab");
    }
    assert.fail(`the keyboard does not reach ${what}`);
  }

  async fill(label, text) {
    const field = this.field(label);
    if (!this.byKeyboard) return field.fill(text);
    await this.#reach(field, label);
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.type(text);
  }

  async press(name) {
    const control = this.control(name);
    await this.use(control, name);
  }

  async use(control, name = "a control") {
    if (!this.byKeyboard) return control.click();
    await this.#reach(control, name);
    const isBox = await control.evaluate((element) => element instanceof HTMLInputElement && element.type === "checkbox");
    await this.page.keyboard.press(isBox ? "Space" : "Enter");
  }

  /** Opens the menu in the head of the page, and takes an entry. */
  async menu(button, entry) {
    await this.press(button);
    const item = this.page.getByRole("menuitem", { name: entry, exact: true });
    await item.waitFor();
    if (!this.byKeyboard) return item.click();
    for (let presses = 0; presses < 8; presses += 1) {
      if (await item.evaluate((element) => element === document.activeElement)) return this.page.keyboard.press("Enter");
      await this.page.keyboard.press("ArrowDown");
    }
    assert.fail(`the arrows do not reach ${entry}`);
  }

  async sees(text) {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  async heading(name) {
    await this.page.getByRole("heading", { name, exact: true }).filter({ visible: true }).first().waitFor();
  }

  /** A step that took the place of another one: a screen reader goes on at its heading. */
  async step(name) {
    await this.heading(name);
    await this.page.waitForFunction((name) => document.activeElement?.textContent === name, name);
  }

  /** Looks at what is shown: is it in reach of everyone, does it fit, how does it look? */
  async look(name) {
    this.screens += 1;
    const { page } = this;
    await this.#still();
    const { width, height } = page.viewportSize();
    await this.#axe(name);
    await this.#picture(name);
    await page.emulateMedia({ colorScheme: "dark" });
    await this.#still();
    await this.#axe(`${name}, dark`, ["color-contrast"]);
    await this.#picture(`${name}-dark`);
    await page.emulateMedia({ colorScheme: "light" });
    if (width >= 640) await this.#fits(name, "with text of 200 %", { size: "200%" });
    await page.setViewportSize({ width: 320, height });
    await this.#fits(name, "at 320 px", {});
    await this.#fits(name, "at 320 px, from right to left", { direction: "rtl" });
    await page.setViewportSize({ width, height });
  }

  /** Nothing lies outside, so no one has to scroll to the side. */
  async #fits(name, how, { size = "", direction = "ltr" }) {
    const over = await this.page.evaluate(
      ([size, direction]) => {
        const root = document.documentElement;
        root.style.fontSize = size;
        root.dir = direction;
        const outside = root.scrollWidth - root.clientWidth;
        root.style.fontSize = "";
        root.dir = "ltr";
        return outside;
      },
      [size, direction],
    );
    assert.ok(over <= 0, `${name} ${how}: ${over} px lie outside`);
  }

  #still() {
    const isStill = () => document.getAnimations().every(({ playState, effect }) => playState !== "running" || effect?.getTiming().iterations === Infinity);
    return this.page.waitForFunction(isStill);
  }

  async #axe(name, rules) {
    await this.page.evaluate(AXE);
    const run = rules ? { type: "rule", values: rules } : { type: "tag", values: RULES };
    const { violations } = await this.page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), run);
    const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html, failureSummary }) => `${html}\n  ${failureSummary}`).join("\n  ")}`);
    assert.equal(violations.length, 0, `${name}:\n${told.join("\n")}`);
  }

  async #picture(name) {
    if (!this.screenshots) return;
    await this.page.screenshot({ path: join(this.screenshots, `${this.prefix}${name}.png`), fullPage: true });
  }

  done() {
    assert.deepEqual(this.problems, [], "the console and the policy of the page are quiet");
  }
}
