// A service that caches the keys as docs/verifying-tokens.md shows: it reads tokens line by line and says what it thinks of
// them. The line `fetches` asks how often it has fetched the keys.

import { createInterface } from "node:readline";
import { accessTokens } from "./verify.mjs";

let fetches = 0;
const fetch = globalThis.fetch;
globalThis.fetch = (...request) => {
  fetches += 1;
  return fetch(...request);
};
const verify = accessTokens(process.env.ISSUER, "kindred");
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "fetches") {
    console.log(String(fetches));
    continue;
  }
  try {
    console.log((await verify(line)).sub);
  } catch (error) {
    console.log(`refused: ${error.code ?? error.message}`);
  }
}
