/** What people and machines do to a browser, until the test has seen enough. */

import { stepUp } from "../../src/step-up.js";
import { HOSTILE, type Browser, type Tab } from "./browser.js";

const TABS = 5;
const MINUTE = 60_000;

export interface Account {
  email: string;
  password: string;
}

/** A request with effects that the server allows. */
export interface Effect {
  method: string;
  path: string;
  body: object;
}

/** Logs in, opens the other tabs, and lets the trouble begin. */
export async function begin(browser: Browser, account: Account) {
  const first = browser.open();
  await browser.world.result(first.client.login(account));
  browser.trouble = HOSTILE;
  while (browser.tabs.size < TABS) void browser.open().client.restore().catch(() => {});
}

export function liveOn(browser: Browser, { password }: Account, effect: Effect, isLive: () => boolean) {
  const { world } = browser;
  const get = (tab: Tab) => tab.client.fetch(`${tab.client.url}/api/v1/me`);
  const post = (tab: Tab) => {
    const headers = { "Content-Type": "application/json" };
    return tab.client.fetch(`${tab.client.url}${effect.path}`, {
      method: effect.method,
      headers,
      body: JSON.stringify(effect.body),
    });
  };
  // A person authenticates in one tab at a time.
  let nextStepUp = 0;
  const authenticate = async (tab: Tab) => {
    if (world.time < nextStepUp) return;
    nextStepUp = world.time + MINUTE;
    await stepUp(tab.client, { method: "password", password });
  };
  const replace = (tab: Tab) => {
    tab.kill();
    return browser.open().client.restore();
  };
  const deeds: [number, (tab: Tab) => unknown][] = [
    [30, get],
    [15, post],
    [8, (tab) => tab.show(tab.isHidden)],
    [3, (tab) => tab.online()],
    [4, (tab) => (tab.isFrozen ? tab.thaw() : (tab.isFrozen = true))],
    [3, replace],
    [1, authenticate],
    // Someone sets the clock.
    [1, () => (browser.wall = world.pick([-1, 0, 1]) * 60 * MINUTE)],
  ];
  const total = deeds.reduce((sum, [weight]) => sum + weight, 0);
  const act = () => {
    if (!isLive()) return;
    let at = world.random() * total;
    const [, deed] = deeds.find(([weight]) => (at -= weight) < 0) ?? deeds[0]!;
    // What fails for the application is temporary, or the test finds the session ended.
    Promise.resolve(deed(world.pick([...browser.tabs]))).catch(() => {});
    // Often several things at once.
    world.after(world.chance(0.3) ? world.between(0, 50) : world.between(0, 4 * MINUTE), act);
  };
  act();
}
