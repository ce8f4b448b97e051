// What a page loads: the core must fit into 6 kB, the helpers are only shown.

import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 6_000;
const entries = ["index", "api", "step-up", "password", "passkeys", "federation", "first-credential", "react", "stores", "pkce"];

for (const entry of entries) {
  const { outputFiles } = await build({
    entryPoints: [`src/${entry}.ts`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["react"],
    write: false,
  });
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${entry}: ${size} bytes with gzip`);
  if (entry === "index" && size > LIMIT) {
    console.error(`the core is larger than ${LIMIT} bytes`);
    process.exitCode = 1;
  }
}
