// The server under test, and nginx with TLS in front of it: one port for names of one site and of another.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const NAMES = {
  auth: "auth.kindred.test",
  app: "app.kindred.test",
  sibling: "sibling.kindred.test",
  attacker: "attacker.test",
};

const START_MS = 60_000;

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// Waits until a program has printed what `pattern` matches.
function printed(program, pattern) {
  return new Promise((resolve, reject) => {
    let log = "";
    const deadline = setTimeout(() => reject(new Error(`nothing like ${pattern} in:\n${log}`)), START_MS);
    program.stderr.on("data", (chunk) => {
      log += chunk;
      const match = pattern.exec(log);
      if (match) {
        clearTimeout(deadline);
        resolve(match);
      }
    });
    program.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${log}`)));
  });
}

function certificate(folder) {
  const names = Object.values(NAMES).map((name) => `DNS:${name}`).join(",");
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")];
  const subject = ["-subj", "/CN=kindred.test", "-addext", `subjectAltName=${names}`];
  execFileSync("openssl", [...words, ...files, ...subject], { stdio: "pipe" });
}

function nginxConfiguration(folder, port, upstream) {
  const server = (name, location) => `
    server {
      listen 127.0.0.1:${port} ssl;
      server_name ${name};
      location / { ${location} }
    }`;
  const page = "default_type text/html; return 200 '<!doctype html><title>page</title>';";
  const pages = [NAMES.app, NAMES.sibling, NAMES.attacker].map((name) => server(name, page));
  const proxied = `proxy_pass ${upstream}; proxy_http_version 1.1; proxy_set_header Host $http_host;`;
  return `
    daemon off; pid ${folder}/pid; error_log stderr notice; worker_processes 1;
    events { worker_connections 256; }
    http {
      access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
      uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
      ssl_certificate ${folder}/certificate.pem; ssl_certificate_key ${folder}/key.pem;
      ${server(NAMES.auth, proxied)} ${pages.join("")}
    }`;
}

// Starts both; `stop` ends them and deletes what they have written.
export async function start(binary) {
  const folder = mkdtempSync(join(tmpdir(), "kindred-browser-"));
  const programs = [];
  const stop = async () => {
    for (const program of programs.reverse()) {
      const ended = new Promise((resolve) => program.once("exit", resolve));
      if (program.exitCode === null && program.kill()) await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    const origin = (name) => `https://${NAMES[name]}:${port}`;
    const environment = {
      PATH: process.env.PATH,
      KINDRED_DATA_DIR: folder,
      KINDRED_SERVER__LISTEN: "127.0.0.1:0",
      KINDRED_OPS__LISTEN: "127.0.0.1:0",
      KINDRED_SERVER__PUBLIC_URL: origin("auth"),
      KINDRED_CORS__ALLOWED_ORIGINS: origin("app"),
      KINDRED_AVATARS__CROSS_ORIGIN: "cookie",
      KINDRED_PASSWORD__MEMORY_KIB: "8",
      KINDRED_PASSWORD__ITERATIONS: "1",
      KINDRED_THROTTLE__ENABLED: "false",
      KINDRED_CAPTCHA__FORGOT: "true",
      KINDRED_CAPTCHA__COST: "1",
    };
    const kindred = spawn(binary, ["serve"], { cwd: folder, env: environment, stdio: ["ignore", "ignore", "pipe"] });
    programs.push(kindred);
    const [, upstream] = await printed(kindred, /listening on (http:\/\/\S+)/);
    certificate(folder);
    writeFileSync(join(folder, "nginx.conf"), nginxConfiguration(folder, port, upstream));
    const path = `${process.env.PATH}:/usr/sbin`;
    const words = ["-e", "stderr", "-c", join(folder, "nginx.conf")];
    const nginx = spawn("nginx", words, { env: { PATH: path }, stdio: ["ignore", "ignore", "pipe"] });
    programs.push(nginx);
    await printed(nginx, /start worker process/);
    return { origin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
