// The program under test on loopback, and what it sends.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Long: a build server does much else meanwhile.
const START_MS = 180_000;
const MAIL_MS = 90_000;
/** Tries at a port that no one else took meanwhile. */
const STARTS = 5;

export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Waits until `look` finds something. Nothing depends on how long that takes, short of the limit. */
export async function until(what, look, limit = MAIL_MS) {
  for (const end = Date.now() + limit; Date.now() < end; await pause(50)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`not within ${limit} ms: ${what}`);
}

export async function start(binary, settings = {}) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnce(binary, settings);
    } catch (error) {
      if (tries === STARTS || !/address already in use/i.test(error.message)) throw error;
    }
  }
}

// Passkeys need a name, and browsers take `localhost` for secure.
async function startOnce(binary, settings) {
  const folder = mkdtempSync(join(tmpdir(), "kindred-pages-"));
  const port = settings.port ?? (await freePort());
  const origin = `http://localhost:${settings.publicPort ?? port}`;
  const environment = {
    PATH: process.env.PATH,
    KINDRED_DATA_DIR: folder,
    KINDRED_SERVER__LISTEN: `127.0.0.1:${port}`,
    KINDRED_SERVER__PUBLIC_URL: origin,
    KINDRED_SERVER__NAME: "Acme",
    KINDRED_OPS__LISTEN: "127.0.0.1:0",
    KINDRED_PASSWORD__MEMORY_KIB: "8",
    KINDRED_PASSWORD__ITERATIONS: "1",
    KINDRED_PASSWORD__PARALLELISM: "1",
    KINDRED_ACCOUNTS__EMAIL_VERIFICATION: "required",
    KINDRED_THROTTLE__ENABLED: "false",
    KINDRED_ADMIN__EMAIL: "root@example.com",
    KINDRED_ADMIN__PASSWORD: "lantern orbit velvet drizzle",
    KINDRED_SMS__TRANSPORT: "file",
    ...settings.environment,
  };
  const program = spawn(binary, ["serve"], { cwd: folder, env: environment, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  program.stderr.on("data", (chunk) => (log += chunk));
  const stop = async () => {
    const ended = new Promise((resolve) => program.once("exit", resolve));
    if (program.exitCode === null && program.kill()) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("the server listens", () => {
      if (program.exitCode !== null) throw new Error(`it ended with ${program.exitCode}`);
      return /listening on http/.test(log);
    }, START_MS);
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${log.slice(-4_000)}`);
  }
  return { origin, listen: `http://127.0.0.1:${port}`, stop, log: () => log, outbox: outboxOf(folder) };
}

/** The messages that were written to files; each is handed out once. */
function outboxOf(folder) {
  const taken = new Set();
  const next = (extension, isWanted) => {
    const place = join(folder, "outbox");
    let names = [];
    try {
      names = readdirSync(place).filter((name) => name.endsWith(extension)).sort();
    } catch {
      return undefined;
    }
    for (const name of names) {
      if (taken.has(name)) continue;
      const text = readFileSync(join(place, name), "utf8");
      if (!isWanted(text)) continue;
      taken.add(name);
      return text;
    }
    return undefined;
  };
  return {
    /** The plain text of the next mail to this address whose text matches. */
    mail: (to, pattern) =>
      until(`a mail to ${to} like ${pattern}`, () => {
        const found = next(".eml", (mail) => addressee(mail) === to && pattern.test(decoded(mail)));
        return found && decoded(found);
      }),
    sms: (pattern) => until(`an SMS like ${pattern}`, () => next(".json", (text) => pattern.test(text))),
  };
}

function addressee(mail) {
  return /^To:.*?<?([^\s<>]+@[^\s<>]+)>?\s*$/m.exec(mail)?.[1];
}

/** All parts, each without its encoding for the transport. */
function decoded(mail) {
  const boundaries = [...mail.matchAll(/boundary="?([^";\r\n]+)/g)].map(([, boundary]) => boundary.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = boundaries.length ? mail.split(new RegExp(`^--(?:${boundaries.join("|")})(?:--)?\\r?$`, "m")) : [mail];
  return parts.map(decodedPart).join("\n");
}

/** A part in plain ASCII is as it is: `token=F0` is no encoded letter there. */
function decodedPart(part) {
  const [head] = part.trimStart().split(/\r?\n\r?\n/, 1);
  if (!/^Content-Transfer-Encoding: *quoted-printable/im.test(head)) return part;
  const soft = part.replace(/=\r?\n/g, "");
  const bytes = soft.replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The first link of a mail to one of our pages. */
export function linkIn(mail, origin, path = "") {
  const pattern = new RegExp(`${origin.replace(/[.]/g, "\\.")}${path}[^\\s"<>)]*`);
  const found = pattern.exec(mail)?.[0];
  if (!found) throw new Error(`no link to ${path || "a page"} in:\n${mail}`);
  return found.replaceAll("&amp;", "&");
}
