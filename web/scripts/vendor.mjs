// The modules of web/vendor: copies of builds, so that the server needs no npm.
//
//   node web/scripts/vendor.mjs FLUENT            writes them
//   node web/scripts/vendor.mjs FLUENT --check    fails if they are not those of a fresh build
//
// FLUENT is the folder of the package @fluent/bundle. The client must have been built before (clients/js: npm run build).

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const [fluent, flag] = process.argv.slice(2);
if (!fluent) throw new Error("the folder of @fluent/bundle is missing");

const SOURCES = [
  {
    name: "kindred-client",
    from: join(root, "clients/js/dist"),
    entries: ["index.js", "api.js", "passkeys.js", "password.js", "step-up.js"],
  },
  { name: "fluent-bundle", from: join(fluent, "esm"), entries: ["index.js"] },
];

/** The entries and what they import. */
function modules(from, entries) {
  const found = new Map();
  const open = [...entries];
  while (open.length) {
    const name = open.pop();
    if (found.has(name)) continue;
    const text = readFileSync(join(from, name), "utf8");
    found.set(name, text);
    for (const [, imported] of text.matchAll(/(?:from|import) ["']\.\/([\w.-]+\.js)["']/g)) open.push(imported);
  }
  return found;
}

let wrong = 0;
for (const { name, from, entries } of SOURCES) {
  const folder = join(root, "web/vendor", name);
  const fresh = modules(from, entries);
  if (flag !== "--check") {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of fresh) writeFileSync(join(folder, file), text);
  }
  const committed = new Set(readdirSync(folder));
  for (const file of new Set([...committed, ...fresh.keys()])) {
    const same = committed.has(file) && fresh.has(file) && readFileSync(join(folder, file), "utf8") === fresh.get(file);
    if (same) continue;
    wrong += 1;
    console.error(`web/vendor/${name}/${file} is not that of a fresh build`);
  }
  console.log(`web/vendor/${name}: ${fresh.size} modules`);
}
process.exitCode = wrong ? 1 : 0;
