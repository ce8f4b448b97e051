// A service that has fetched the keys once and can fetch them no more: it reads tokens line by line and says what it
// thinks of them.

import { createInterface } from "node:readline";
import { accessTokens } from "./verify.mjs";

const verify = accessTokens(process.env.ISSUER, "kindred");
for await (const token of createInterface({ input: process.stdin })) {
  try {
    console.log((await verify(token)).sub);
    globalThis.fetch = () => Promise.reject(new Error("the keys are fetched again"));
  } catch (error) {
    console.log(`refused: ${error.code ?? error.message}`);
  }
}
