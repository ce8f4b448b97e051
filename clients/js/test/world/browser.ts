/** A browser with its jar and its tabs, which freeze and die, behind a network that loses, copies and forges answers. */

import { createClient, type Client, type Options } from "../../src/index.js";
import type { Channel, Message } from "../../src/tabs.js";
import { EMPTY, type Saved, type Store } from "../../src/store.js";
import { parseCookies, type Upstream, type WireAnswer, type WireRequest } from "./server.js";
import type { World } from "./world.js";

/** How likely each trouble is for one request. */
export interface Trouble {
  lostBefore: number;
  lostAfter: number;
  copied: number;
  badGateway: number;
  portal: number;
  /** An answer that takes seconds. */
  slow: number;
}

export const CALM: Trouble = { lostBefore: 0, lostAfter: 0, copied: 0, badGateway: 0, portal: 0, slow: 0 };
export const HOSTILE: Trouble = {
  lostBefore: 0.08,
  lostAfter: 0.1,
  copied: 0.06,
  badGateway: 0.06,
  portal: 0.03,
  slow: 0.05,
};

export interface Setup {
  transport: "cookie" | "bearer";
  /** A page of another host of the site, which cannot read the server's cookies. */
  isOtherHost?: boolean;
  url?: string;
  origin?: string;
}

export class Browser {
  jar = new Map<string, string>();
  saved: Saved = EMPTY;
  tabs = new Set<Tab>();
  trouble = CALM;
  /** The wall clock against that of the world. */
  wall = 0;
  requests: WireRequest[] = [];

  constructor(
    readonly world: World,
    readonly upstream: Upstream,
    readonly setup: Setup,
  ) {}

  open(options: Partial<Options> = {}): Tab {
    const tab = new Tab(this, options);
    this.tabs.add(tab);
    return tab;
  }

  /** As scripts of the server's host read it. */
  readable(): string {
    const pairs = [...this.jar].filter(([name]) => name.includes("kindred_gen"));
    return pairs.map(([name, value]) => `${name}=${value}`).join("; ");
  }

  store(lines: string[]) {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split("; ");
      const [[name, value] = ["", ""]] = parseCookies(pair);
      if (attributes.includes("Max-Age=0")) this.jar.delete(name);
      else this.jar.set(name, value);
    }
  }
}

export class Tab {
  client: Client;
  isAlive = true;
  isFrozen = false;
  isHidden = false;
  #waiting: (() => void)[] = [];
  #channel: ((message: Message) => void) | undefined;
  #appState = new Set<() => void>();

  constructor(
    readonly browser: Browser,
    options: Partial<Options>,
  ) {
    const { world, setup } = browser;
    const channel: Channel = {
      post: (message) => {
        for (const tab of browser.tabs) {
          if (tab !== this) world.after(world.between(0, 2), () => tab.deliver(() => tab.#channel?.(message)));
        }
      },
      onMessage: (run) => (this.#channel = run),
      close: () => (this.#channel = undefined),
    };
    this.client = createClient({
      url: setup.url ?? "http://auth.test",
      transport: setup.transport,
      fetch: (input, init) => {
        const request = input instanceof Request ? input : undefined;
        return this.#fetch(new URL(request?.url ?? String(input)), { ...(request && { method: request.method }), ...init });
      },
      random: (bytes) => world.bytes(bytes),
      clock: {
        now: () => world.time,
        wall: () => world.time + browser.wall,
        after: (delay, run) => world.after(delay, () => this.deliver(run)),
      },
      appState: {
        isActive: () => !this.isHidden,
        onChange: (run) => {
          this.#appState.add(run);
          return () => this.#appState.delete(run);
        },
      },
      store: this.#store(),
      channel,
      cookies: () => (setup.isOtherHost ? undefined : browser.readable()),
      ...options,
    });
  }

  /** Runs what comes from outside: at once, after the thaw, or never. */
  deliver(run: () => void) {
    if (!this.isAlive) return;
    if (this.isFrozen) this.#waiting.push(run);
    else run();
  }

  thaw() {
    this.isFrozen = false;
    for (const run of this.#waiting.splice(0)) this.deliver(run);
  }

  kill() {
    this.isAlive = false;
    this.browser.tabs.delete(this);
  }

  show(isVisible: boolean) {
    this.isHidden = !isVisible;
    for (const run of this.#appState) this.deliver(run);
  }

  online() {
    for (const run of this.#appState) this.deliver(run);
  }

  /** One record for all tabs; a step takes a moment, and nothing comes between its halves. */
  #store(): Store {
    const { browser } = this;
    const update: Store["update"] = (change) =>
      new Promise((resolve) => {
        const step = () => {
          browser.saved = structuredClone(change(structuredClone(browser.saved))) ?? browser.saved;
          const saved = structuredClone(browser.saved);
          browser.world.after(browser.world.between(0, 2), () => this.deliver(() => resolve(saved)));
        };
        browser.world.after(browser.world.between(0, 2), () => this.deliver(step));
      });
    return { read: () => update(() => undefined), update };
  }

  #fetch(url: URL, init: RequestInit): Promise<Response> {
    const { browser } = this;
    const { world } = browser;
    return new Promise((resolve, reject) => {
      const state = { isOver: false };
      const fail = (error: Error) => {
        if (state.isOver) return;
        state.isOver = true;
        this.deliver(() => reject(error));
      };
      const abort = () => {
        if (!state.isOver) state.isOver = true;
        reject(new DOMException("aborted", "AbortError"));
      };
      if (init.signal?.aborted) return abort();
      init.signal?.addEventListener("abort", abort);
      const arrive = (answer: WireAnswer) => {
        // An aborted request sets no cookies; that of a tab that is gone only if it was meant to outlive it.
        if (state.isOver || (!this.isAlive && !init.keepalive)) return;
        state.isOver = true;
        if (init.credentials === "include") browser.store(answer.cookies);
        this.deliver(() => resolve(response(answer)));
      };
      // The cookies are added when the request leaves, a moment later.
      world.after(world.between(0, 2), () => {
        if (!state.isOver) transfer(browser, wire(browser, url, init), arrive, fail);
      });
    });
  }
}

function wire(browser: Browser, url: URL, init: RequestInit): WireRequest {
  const headers = Object.fromEntries(new Headers(init.headers));
  if (init.credentials === "include") {
    if (browser.jar.size) headers["cookie"] = [...browser.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    headers["origin"] = browser.setup.origin ?? "http://auth.test";
  }
  const body = typeof init.body === "string" ? init.body : undefined;
  return { method: init.method ?? "GET", path: url.pathname + url.search, headers, body };
}

const MIDDLE: WireAnswer = { status: 200, headers: { "content-type": "text/html" }, cookies: [], body: "<p>Welcome" };

/** Takes a request to the server and its answer back, or not. */
function transfer(
  browser: Browser,
  request: WireRequest,
  arrive: (answer: WireAnswer) => void,
  fail: (error: Error) => void,
) {
  const { world, trouble } = browser;
  browser.requests.push(request);
  const delay = () => (world.chance(trouble.slow) ? world.between(500, 4_000) : world.between(5, 200));
  const serve = async (then: (answer: WireAnswer) => void) => then(await browser.upstream.handle(request));
  // Half of what is lost fails at once, half is silent until the client gives up.
  const lose = () => {
    if (world.chance(0.5)) world.after(delay(), () => fail(new TypeError("network")));
  };
  if (world.chance(trouble.lostBefore)) return lose();
  if (world.chance(trouble.portal)) {
    const portal = world.chance(0.5) ? MIDDLE : { ...MIDDLE, headers: { "content-type": "application/json" }, body: "{}" };
    return void world.after(delay(), () => arrive(portal));
  }
  const gateway: WireAnswer = { ...MIDDLE, status: 502, body: "Bad gateway" };
  const isBad = world.chance(trouble.badGateway);
  if (isBad && world.chance(0.5)) return void world.after(delay(), () => arrive(gateway));
  const isLost = world.chance(trouble.lostAfter);
  if (world.chance(trouble.copied)) world.after(world.between(5, 5_000), () => void serve(() => {}));
  world.after(delay(), () => {
    void serve((answer) => {
      if (isLost) return lose();
      world.after(delay(), () => arrive(isBad ? gateway : answer));
    });
  });
}

function response({ status, headers, body }: WireAnswer): Response {
  return new Response(status === 204 ? null : body, { status, headers });
}
