// What the login page costs on the wire, at a first visit.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

/** Bytes of bodies with gzip, which leaves room for headers below 60 kB. */
const MOST_BYTES = 50_000;
const MOST_REQUESTS = 40;

/** @param {import("../run.js").World} world */
export async function loginBudget(world) {
  const visitor = await world.visitor();
  const { t, page } = visitor;
  const answers = [];
  page.on("response", (response) => answers.push(response));
  await visitor.goto(world.url("/login"));
  await visitor.heading(t("login-title"));
  await page.waitForLoadState("networkidle");
  let bytes = 0;
  let headers = 0;
  let plain = 0;
  for (const answer of answers) {
    const { responseHeadersSize, responseBodySize } = await answer.request().sizes();
    const isPlain = responseBodySize > 0 && !(await answer.headerValue("content-encoding"));
    // The proxy in front compresses what the server does not.
    bytes += isPlain ? gzipSync(await answer.body()).length : responseBodySize;
    headers += responseHeadersSize;
    if (isPlain) plain += responseBodySize;
  }
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  assert.ok(answers.length <= MOST_REQUESTS, `${answers.length} requests`);
  visitor.done();
  const sent = plain ? `; the server sends ${plain} bytes of bodies without compression` : "";
  return `${bytes} bytes with gzip and ${headers} bytes of headers in ${answers.length} requests${sent}`;
}

loginBudget.once = true;
