// What the login page costs on the wire, at a first visit.

import assert from "node:assert/strict";

/** Bytes of headers and bodies of all answers, as the server sends them. */
const MOST_BYTES = 60_000;
const MOST_REQUESTS = 30;

/** @param {import("../world.js").World} world */
export async function loginBudget(world) {
  const visitor = await world.visitor();
  const { t, page } = visitor;
  const answers = [];
  page.on("response", (response) => answers.push(response));
  await visitor.goto(world.url("/login"));
  await visitor.heading(t("login-title"));
  await page.waitForLoadState("networkidle");
  let bodies = 0;
  let headers = 0;
  for (const answer of answers) {
    const { responseHeadersSize, responseBodySize } = await answer.request().sizes();
    bodies += responseBodySize;
    headers += responseHeadersSize;
    const isText = /\/assets\/.*\.(js|css|ftl)$/.test(answer.url());
    if (isText) assert.equal(await answer.headerValue("content-encoding"), "gzip", answer.url());
  }
  const told = `${bodies} bytes of bodies and ${headers} of headers in ${answers.length} requests`;
  assert.ok(bodies + headers <= MOST_BYTES, told);
  assert.ok(answers.length <= MOST_REQUESTS, told);
  visitor.done();
  return told;
}

loginBudget.once = true;
