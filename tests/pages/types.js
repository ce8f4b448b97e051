// Checks the types of the application. The declarations of the vendored modules lie beside their sources only, so everything
// is checked in a copy.
//
// usage: node types.js REPOSITORY

import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [repository] = process.argv.slice(2);
const copy = join(here, "checked");

rmSync(copy, { recursive: true, force: true });
cpSync(join(repository, "web/app"), join(copy, "app"), { recursive: true });
const declared = [
  { name: "kindred-client", from: join(repository, "clients/js/dist"), entries: ["index", "api", "passkeys", "password", "step-up"] },
  { name: "fluent-bundle", from: join(here, "node_modules/@fluent/bundle/esm"), entries: ["index"] },
];
for (const { name, from, entries } of declared) {
  for (const file of readdirSync(from).filter((file) => file.endsWith(".d.ts"))) {
    cpSync(join(from, file), join(copy, "vendor", name, file));
  }
  const bundle = entries.map((entry) => `export * from "./${entry}.js";\n`);
  writeFileSync(join(copy, "vendor", name, `${name}.d.ts`), bundle.join(""));
}
const { status } = spawnSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "--project", here], { stdio: "inherit" });
process.exitCode = status ?? 1;
