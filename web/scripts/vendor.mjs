// The modules of web/vendor: bundles of builds, so that the server needs no npm.
//
//   node web/scripts/vendor.mjs FLUENT            writes them
//   node web/scripts/vendor.mjs FLUENT --check    fails if they are not those of a fresh build
//
// FLUENT is the folder of the package @fluent/bundle. The client must have been built before (clients/js: npm run build); its
// esbuild makes the bundles.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const client = join(root, "clients/js");
const { build } = createRequire(join(client, "package.json"))("esbuild");
const [fluent, flag] = process.argv.slice(2);
if (!fluent) throw new Error("the folder of @fluent/bundle is missing");

/** Takes from the bundle of the client what is in it. */
const besideTheClient = {
  name: "beside-the-client",
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/(api|step-up)\.js$/ }, () => ({ path: "./kindred-client.js", external: true })),
};

const { version } = JSON.parse(readFileSync(join(fluent, "package.json"), "utf8"));
const BUNDLES = [
  {
    file: "kindred-client/kindred-client.js",
    from: join(client, "dist"),
    exports: ["index", "api", "passkeys", "password", "step-up"].map((name) => `export * from "./${name}.js";`),
    banner: "/* @kindred/client of clients/js. MIT OR Apache-2.0 */",
  },
  {
    file: "kindred-client/federation.js",
    from: join(client, "dist"),
    exports: ['export * from "./federation.js";'],
    banner: "/* @kindred/client/federation of clients/js. MIT OR Apache-2.0 */",
    plugins: [besideTheClient],
  },
  {
    file: "fluent-bundle/fluent-bundle.js",
    from: resolve(fluent, "esm"),
    exports: ['export { FluentBundle, FluentResource } from "./index.js";'],
    banner: `/* @fluent/bundle ${version}. Apache-2.0 */`,
  },
];

for (const { file, from, exports, banner, plugins = [] } of BUNDLES) {
  const { outputFiles } = await build({
    stdin: { contents: exports.join("\n"), resolveDir: from },
    banner: { js: banner },
    bundle: true,
    plugins,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    write: false,
  });
  const fresh = outputFiles[0].text;
  const path = join(root, "web/vendor", file);
  if (flag !== "--check") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, fresh);
  }
  const isSame = readFileSync(path, "utf8") === fresh;
  console.log(`web/vendor/${file}: ${fresh.length} bytes, ${isSame ? "as built" : "NOT that of a fresh build"}`);
  if (!isSame) process.exitCode = 1;
}
