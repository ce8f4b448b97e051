/**
 * The same life against the real server: `KINDRED_BINARY` names it. Time stands still for the clients while it answers, so
 * hours of theirs are seconds of its own.
 */

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, openSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { Browser, CALM, HOSTILE, type Setup } from "./world/browser.js";
import { changePassword } from "../src/password.js";
import { createApi } from "../src/api.js";
import { KindredError } from "../src/index.js";
import { begin, liveOn } from "./world/life.js";
import type { Upstream, WireAnswer, WireRequest } from "./world/server.js";
import { World } from "./world/world.js";

const REFRESHES = 160;
/** Many, because the clients' hours are the server's seconds: a session may repeat ten refreshes in a minute of the server. */
const BROWSERS = 40;
const YEAR = 365 * 86_400_000;
const PASSWORD = "lantern orbit velvet drizzle";

let url = "";
let operations = "";
let server: ChildProcess;
let folder = "";

before(async () => {
  const binary = process.env["KINDRED_BINARY"];
  assert.ok(binary, "KINDRED_BINARY names the server");
  folder = mkdtempSync(join(tmpdir(), "kindred-client-"));
  const [listen, ops] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("KINDRED"));
  const environment = {
    ...Object.fromEntries(inherited),
    KINDRED_DATA_DIR: folder,
    KINDRED_SERVER__LISTEN: listen,
    KINDRED_SERVER__PUBLIC_URL: `http://${listen}/`,
    KINDRED_OPS__LISTEN: ops,
    KINDRED_PASSWORD__MEMORY_KIB: "8",
    KINDRED_PASSWORD__ITERATIONS: "1",
    KINDRED_PASSWORD__PARALLELISM: "1",
    KINDRED_THROTTLE__ENABLED: "false",
    // However slowly a copy of a request is served.
    KINDRED_REFRESH__RACE_WINDOW: "60s",
  };
  const log = openSync(join(folder, "log"), "w");
  server = spawn(resolve(binary), { env: environment, cwd: folder, stdio: ["ignore", log, log] });
  [url, operations] = [`http://${listen}`, `http://${ops}`];
  await ready();
});

after(async () => {
  server.kill();
  await new Promise((ended) => (server.exitCode === null ? server.once("exit", ended) : ended(0)));
  rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((ready) => listener.listen(0, "127.0.0.1", ready));
  const { port } = listener.address() as AddressInfo;
  await new Promise((closed) => listener.close(closed));
  return port;
}

async function ready(): Promise<void> {
  for (const deadline = Date.now() + 180_000; Date.now() < deadline && server.exitCode === null; ) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error(`the server did not become ready:\n${readFileSync(join(folder, "log"), "utf8").slice(-4000)}`);
}

/** The real server, as the network of the tests sees it. */
class RealServer implements Upstream {
  constructor(readonly world: World) {}

  handle({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
    const send = async (): Promise<WireAnswer> => {
      const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        cookies: response.headers.getSetCookie(),
        body: await response.text(),
      };
    };
    return this.world.outside(send());
  }
}

async function register(email: string): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ email, password: PASSWORD });
  const answer = await fetch(`${url}/api/v1/auth/register`, { method: "POST", headers, body });
  assert.equal(answer.status, 201, await answer.text());
}

/** The values of a counter, by its labels. */
async function metric(name: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${operations}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`));
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const label = /(?:outcome|class)="(.*?)"/.exec(line)![1]!;
    counts[label] = (counts[label] ?? 0) + Number(line.split(" ").at(-1));
  }
  return counts;
}

const SETUPS: Setup[] = [
  { transport: "cookie" },
  { transport: "cookie", isOtherHost: true },
  { transport: "bearer" },
];

for (const [index, setup] of SETUPS.entries()) {
  const name = `${setup.transport}${setup.isOtherHost ? " of another host" : ""}`;
  test(`refreshes of the real server, ${name}: no one is logged out`, { timeout: 900_000 }, async () => {
    const world = new World(40 + index);
    const upstream = new RealServer(world);
    const browsers: Browser[] = [];
    const before = (await metric("auth_refresh_total"))["rotated"] ?? 0;
    let isLive = true;
    for (let number = 0; number < BROWSERS; number++) {
      const account = { email: `ada-${index}-${number}@example.com`, password: PASSWORD };
      await register(account.email);
      const browser = new Browser(world, upstream, { ...setup, url, origin: url });
      await begin(browser, account);
      // The clients' hours are seconds of the server, which measures how late a copy is by its own clock.
      browser.trouble = { ...HOSTILE, copied: 0, slow: 0 };
      const effect = { method: "PATCH", path: "/api/v1/me", body: { display_name: "Ada" } };
      liveOn(browser, account, effect, () => isLive);
      browsers.push(browser);
    }
    const generations = () => browsers.reduce((sum, { saved }) => sum + saved.generation, 0);
    await world.until(() => generations() >= REFRESHES + BROWSERS, YEAR);
    isLive = false;
    for (const browser of browsers) {
      browser.trouble = CALM;
      for (const tab of browser.tabs) assert.notEqual(tab.client.state().status, "signed-out");
      // Each session is still there.
      const last = browser.open().client;
      assert.equal((await world.result(last.restore())).status, "signed-in");
      await world.result(last.refresh());
    }
    const outcomes = await metric("auth_refresh_total");
    console.log(`${name}: ${JSON.stringify(outcomes)}`);
    assert.ok(outcomes["rotated"]! - before >= REFRESHES / 2);
    const reuse = Object.values(await metric("auth_refresh_replay_total"));
    assert.equal(reuse.reduce((sum, count) => sum + count, 0), 0);
    assert.equal((outcomes["unconfirmed"] ?? 0) + (outcomes["invalid"] ?? 0) + (outcomes["revoked"] ?? 0), 0);
  });
}

for (const transport of ["cookie", "bearer"] as const) {
  test(`a session from login to logout, ${transport}`, { timeout: 900_000 }, async () => {
    const world = new World(60);
    const browser = new Browser(world, new RealServer(world), { transport, url, origin: url });
    const account = { email: `grace-${transport}@example.com`, password: PASSWORD };
    await register(account.email);
    const { client } = browser.open();
    const api = createApi(client);
    await assert.rejects(world.result(client.login({ ...account, password: "wrong" })), { code: "invalid_credentials" });
    assert.equal(await world.result(client.login(account)), undefined);
    assert.equal(client.state().user?.email, account.email);

    const me = await world.result(api("get", "/api/v1/me", { correlationId: "from-the-page" }));
    assert.equal(me.email, account.email);
    assert.equal(browser.requests.at(-1)?.headers["x-correlation-id"], "from-the-page");
    const sessions = await world.result(api("get", "/api/v1/me/sessions"));
    assert.equal(sessions.items[0]?.current, true);

    await world.result(changePassword(client, PASSWORD, `${PASSWORD} again`));
    await assert.rejects(world.result(changePassword(client, PASSWORD, "copper meadow quiet lantern")), {
      code: "invalid_credentials",
    });
    assert.ok(client.state().session!.generation >= 2);

    const other = browser.open().client;
    assert.equal((await world.result(other.restore())).status, "signed-in");
    await world.result(client.logout());
    assert.equal(client.state().reason, "logout");
    await world.until(() => other.state().status === "signed-out");
    const refused: unknown = await world.result(api("get", "/api/v1/me")).catch((error: unknown) => error);
    assert.ok(refused instanceof KindredError && refused.status === 401);
  });
}
