// Runs the provider for a test. Each line of standard input is a request in JSON, each line of standard output its answer;
// the first line that is printed says where the provider is. It ends when standard input does.
//
//   {"fault": NAME}          break a rule from now on; "" breaks none
//   {"person": NAME}         who logs in next
//   {"rotate": true}         take a new key
//   {"visit": URL}           open the address in a browser        → {"location": where it was sent in the end}
//   {"restart_browser": true}  forget all cookies
//   {"logout": {sub, sid}}   end a session at the provider        → {"logout_token": what the client was told}

import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import { Browser } from "./browser.js";
import { TestProvider } from "./provider.js";

// oidc-provider warns of its store in memory, and of versions of Node.
console.warn = console.info = () => {};

const told = [];
const client = createServer(async (request, response) => {
  const chunks = await request.toArray();
  told.push(new URLSearchParams(Buffer.concat(chunks).toString()).get("logout_token"));
  response.end();
});
client.listen(0, "127.0.0.1");
await once(client, "listening");

const logout = `http://127.0.0.1:${client.address().port}/logout`;
const redirect = process.argv[2];
const provider = await TestProvider.start(0, { redirect, logout });
let browser = new Browser();

async function answer(request) {
  if ("fault" in request) provider.fault = request.fault;
  if ("person" in request) provider.person = request.person;
  if (request.restart_browser) browser = new Browser();
  if (request.rotate) await provider.rotate();
  if (request.visit) return { location: (await browser.visit(request.visit)).href };
  if (request.logout) {
    await provider.logOut(request.logout.sub, request.logout.sid);
    return { logout_token: told.pop() };
  }
  return {};
}

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
print({ issuer: provider.issuer, client_secret: provider.secret });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    print(await answer(JSON.parse(line)));
  } catch (error) {
    print({ error: String(error.stack) });
  }
}
process.exit(0);
