// The committed types are those of the committed OpenAPI document.

import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const document = new URL("../../../docs/openapi.json", import.meta.url);
const made = COMMENT_HEADER + astToString(await openapiTS(document));
if (readFileSync(new URL("../src/schema.d.ts", import.meta.url), "utf8") !== made) {
  console.error("src/schema.d.ts is not that of docs/openapi.json: run `npm run generate`");
  process.exitCode = 1;
}
