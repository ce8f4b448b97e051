/** A model server some of whose answers the test replaces. */

import { Browser, type Setup, type Tab } from "./browser.js";
import { ModelServer, type Upstream, type WireAnswer, type WireRequest } from "./server.js";
import { World } from "./world.js";

export type Reply = (request: WireRequest, serve: () => Promise<WireAnswer>) => Promise<WireAnswer>;

/** Never answers. The server has not seen the request. */
export const lostBefore: Reply = () => new Promise(() => {});
/** Never answers. The server has done it. */
export const lostAfter: Reply = async (_, serve) => {
  await serve();
  return new Promise(() => {});
};

export const reply = (status: number, body: string, headers: Record<string, string> = {}): Reply => {
  const type = body.startsWith("{") ? "application/json" : "text/html";
  return async () => ({ status, headers: { "content-type": type, ...headers }, cookies: [], body });
};

export const problem = (status: number, code: string, members: object = {}, headers: Record<string, string> = {}): Reply =>
  reply(status, JSON.stringify({ status, code, detail: code, correlation_id: "c-1", ...members }), headers);

export class Script implements Upstream {
  readonly world = new World(7);
  readonly server = new ModelServer(this.world);
  #replies: [path: string, reply: Reply][] = [];

  /** The next requests to this path get these. */
  next(path: string, ...replies: Reply[]) {
    this.#replies.push(...replies.map((reply): [string, Reply] => [`/api/v1${path}`, reply]));
  }

  async handle(request: WireRequest): Promise<WireAnswer> {
    const serve = () => this.server.handle(request);
    const at = this.#replies.findIndex(([path]) => request.path === path);
    const [found] = at < 0 ? [] : this.#replies.splice(at, 1);
    return found ? found[1](request, serve) : serve();
  }

  browser(setup: Setup = { transport: "bearer" }): Browser {
    return new Browser(this.world, this, setup);
  }

  /** A browser with one tab that has logged in. */
  async signedIn(setup?: Setup): Promise<{ browser: Browser; tab: Tab }> {
    const browser = this.browser(setup);
    const tab = browser.open();
    await this.world.result(tab.client.login({ email: "ada@example.com", password: "right" }));
    browser.requests = [];
    return { browser, tab };
  }
}

/** The keys of the requests to a path. */
export function keysOf(browser: Browser, path: string): (string | undefined)[] {
  const requests = browser.requests.filter((request) => request.path === `/api/v1${path}`);
  return requests.map((request) => request.headers["idempotency-key"]);
}
