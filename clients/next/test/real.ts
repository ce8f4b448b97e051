/**
 * A built Next.js application on two instances in front of a real server: `KINDRED_BINARY` names it, and `test/app` must
 * have been built. The test is the browser.
 */

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { createClient, type Client } from "@kindred/client";

/** Where a load balancer would listen. Nothing does. */
const ORIGIN = "http://localhost:4999";
const PASSWORD = "lantern orbit velvet drizzle";
const NAVIGATE = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "same-origin", accept: "text/html" };

const folder = mkdtempSync(join(tmpdir(), "kindred-next-"));
const processes: ChildProcess[] = [];
let [kindred, operations] = ["", ""];
const instances: string[] = [];

function start(name: string, command: string, parameters: string[], environment: Record<string, string>) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(KINDRED|NODE_TEST)/.test(name));
  const log = openSync(join(folder, name), "w");
  const env = { ...Object.fromEntries(inherited), ...environment } as NodeJS.ProcessEnv;
  processes.push(spawn(command, parameters, { env, stdio: ["ignore", log, log] }));
}

async function ready(name: string, url: string): Promise<void> {
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; ) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error(`${name} did not become ready:\n${readFileSync(join(folder, name), "utf8").slice(-4000)}`);
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  const { port } = listener.address() as AddressInfo;
  await new Promise((closed) => listener.close(closed));
  return port;
}

before(async () => {
  const binary = process.env["KINDRED_BINARY"];
  assert.ok(binary, "KINDRED_BINARY names the server");
  const [listen, ops] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  [kindred, operations] = [`http://${listen}`, `http://${ops}`];
  start("kindred", resolve(binary), [], {
    KINDRED_DATA_DIR: folder,
    KINDRED_SERVER__LISTEN: listen,
    KINDRED_SERVER__PUBLIC_URL: `${ORIGIN}/`,
    KINDRED_OPS__LISTEN: ops,
    KINDRED_PASSWORD__MEMORY_KIB: "8",
    KINDRED_PASSWORD__ITERATIONS: "1",
    KINDRED_PASSWORD__PARALLELISM: "1",
    KINDRED_THROTTLE__ENABLED: "false",
    // However slowly one of many renders is served.
    KINDRED_REFRESH__RACE_WINDOW: "60s",
  });
  await ready("kindred", `${kindred}/health/ready`);
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  for (const name of ["one", "two"]) {
    const port = await freePort();
    start(name, process.execPath, [next, "start", "test/app", "-H", "127.0.0.1", "-p", String(port)], {
      KINDRED_URL: kindred,
      KINDRED_ISSUER: ORIGIN,
      APP_ORIGIN: ORIGIN,
      APP_SECRET: "the same secret on all nodes of the application",
      NEXT_TELEMETRY_DISABLED: "1",
    });
    instances.push(`http://127.0.0.1:${port}`);
    await ready(name, `${instances.at(-1)}/login`);
  }
});

after(async () => {
  for (const child of processes) {
    child.kill();
    await new Promise((ended) => (child.exitCode === null ? child.once("exit", ended) : ended(0)));
  }
  rmSync(folder, { recursive: true });
});

/** `fetch` would set `Sec-Fetch-Mode` by itself. */
function send(url: string, method: string, headers: Headers, body?: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: Object.fromEntries(headers) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const received = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2) received.append(answer.rawHeaders[at]!, answer.rawHeaders[at + 1]!);
        const status = answer.statusCode!;
        resolve(new Response([204, 304].includes(status) ? null : Buffer.concat(chunks), { status, headers: received }));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** A browser behind a load balancer that takes the instances in turn. */
class Browser {
  jar = new Map<string, string>();
  #turn = 0;

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("host", new URL(ORIGIN).host);
    headers.set("origin", ORIGIN);
    if (this.jar.size) headers.set("cookie", [...this.jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const instance = instances[this.#turn++ % instances.length];
    const response = await send(instance + path, init.method ?? "GET", headers, init.body as string | undefined);
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const [name = "", value = ""] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (line.includes("Max-Age=0")) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    return response;
  }

  navigate(path: string): Promise<Response> {
    return this.fetch(path, { headers: NAVIGATE });
  }

  client(): Client {
    return createClient({
      url: ORIGIN,
      transport: "cookie",
      fetch: (input, init) => this.fetch(new URL(String(input)).pathname, init),
      cookies: () => [...this.jar].filter(([name]) => name.includes("_gen_")).map((pair) => pair.join("=")).join("; "),
      // The test ends before a refresh is due.
      appState: { isActive: () => false, onChange: () => () => {} },
    });
  }

  /** The access token is gone, as after its expiry. */
  expire() {
    this.jar.delete("kindred_at_v1");
  }
}

async function signedIn(email: string): Promise<{ browser: Browser; client: Client }> {
  const browser = new Browser();
  const client = browser.client();
  const body = JSON.stringify({ email, password: PASSWORD });
  const registered = await browser.fetch("/api/v1/auth/register", { method: "POST", headers: { "content-type": "application/json" }, body });
  assert.equal(registered.status, 201, await registered.text());
  await client.login({ email, password: PASSWORD });
  return { browser, client };
}

const where = (response: Response) => response.headers.get("location")?.replace(ORIGIN, "") ?? "";

async function count(name: string, label: string): Promise<number> {
  const text = await (await fetch(`${operations}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(`"${label}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function assertNoReuse() {
  for (const label of ["previous", "previous_acknowledged", "stale"]) {
    assert.equal(await count("auth_refresh_replay_total", label), 0);
  }
}

test("a login through the application's own API, and its pages", async () => {
  const stranger = await new Browser().navigate("/account");
  assert.deepEqual([stranger.status, where(stranger)], [303, "/login?returnTo=%2Faccount"]);
  const { browser, client } = await signedIn("ada@example.com");
  assert.ok(["at", "rt", "gen", "device"].every((kind) => browser.jar.has(`kindred_${kind}_v1`)), [...browser.jar.keys()].join());
  const page = await browser.navigate("/account");
  assert.equal(page.status, 200);
  assert.match(await page.text(), new RegExp(client.state().user!.id));
});

test("parallel navigations at expiry never refresh on the server: the page does, by script", async () => {
  const { browser, client } = await signedIn("grace@example.com");
  browser.expire();
  const rotated = await count("auth_refresh_total", "rotated");
  const answers = await Promise.all(Array.from({ length: 10 }, () => browser.navigate("/account")));
  for (const answer of answers) assert.equal(where(answer), "/session/refresh?returnTo=%2Faccount");
  assert.equal(await count("auth_refresh_total", "rotated"), rotated);
  const page = await browser.navigate("/session/refresh?returnTo=%2Faccount");
  assert.match(await page.text(), /<noscript><meta http-equiv="refresh" content="0; url=\/session\/refresh\?returnTo=%2Faccount&amp;noscript=1">/);
  await Promise.all([client.refresh(), browser.client().refresh()].map((refresh) => refresh.catch(() => {})));
  assert.equal((await browser.navigate("/account")).status, 200);
  await assertNoReuse();
});

test("without script parallel renders on two instances get one successor", async () => {
  const { browser } = await signedIn("edith@example.com");
  browser.expire();
  const rotated = await count("auth_refresh_total", "rotated");
  const before = new Map(browser.jar);
  const path = "/session/refresh?returnTo=%2Faccount&noscript=1";
  // Each tab has the cookies of before.
  const tabs = Array.from({ length: 10 }, () => Object.assign(new Browser(), { jar: new Map(before) }));
  const answers = await Promise.all(tabs.map((tab, index) => ((tab as Browser).jar.set("turn", String(index)), tab.navigate(path))));
  for (const answer of answers) {
    assert.deepEqual([answer.status, where(answer)], [303, "/account"]);
    assert.equal(answer.headers.get("cache-control"), "private, no-store");
    assert.ok(answer.headers.getSetCookie().length >= 3, "each cookie has a line of its own");
  }
  assert.equal(new Set(tabs.map((tab) => tab.jar.get("kindred_rt_v1"))).size, 1);
  assert.notEqual(tabs[0]!.jar.get("kindred_rt_v1"), before.get("kindred_rt_v1"));
  assert.equal(await count("auth_refresh_total", "rotated"), rotated + 1);
  assert.equal((await tabs[9]!.navigate("/account")).status, 200);
  await assertNoReuse();
});

test("data is told to refresh, and prefetches do nothing", async () => {
  const { browser } = await signedIn("mary@example.com");
  browser.expire();
  const data = await browser.fetch("/account", { headers: { "sec-fetch-mode": "cors", rsc: "1" } });
  assert.deepEqual([data.status, ((await data.json()) as { code: string }).code], [401, "token_missing"]);
  // Next removes its own headers before the proxy sees a request, so its router's prefetches are data.
  const router = { "sec-fetch-mode": "cors", rsc: "1", "next-router-prefetch": "1" };
  for (const [headers, status] of [[router, 401], [{ ...NAVIGATE, "sec-purpose": "prefetch" }, 204]] as const) {
    const prefetch = await browser.fetch("/account", { headers });
    assert.deepEqual([prefetch.status, prefetch.headers.getSetCookie()], [status, []]);
  }
});

test("after a logout every instance sends to the login", async () => {
  const { browser, client } = await signedIn("lise@example.com");
  await client.logout();
  for (let instance = 0; instance < 2; instance++) {
    assert.match(where(await browser.navigate("/account")), /^\/login/);
  }
  client.close();
});
