import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { proofKey } from "../src/pkce.js";

test("the challenge is the hash of the verifier (RFC 7636 appendix B)", async () => {
  const octets = [116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121];
  const random = () => Uint8Array.from(octets);
  const expected = { verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" };
  assert.deepEqual(await proofKey(random), expected);
  const hash = async (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
  assert.deepEqual(await proofKey(random, hash), expected);
  assert.notEqual((await proofKey()).verifier, (await proofKey()).verifier);
});
