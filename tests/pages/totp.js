// Codes of an authenticator app (RFC 6238). A code counts once and only in its time step, the one before or the one after,
// so `offset` gives three codes without waiting.

import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;

function decode(secret) {
  const bits = [...secret.replace(/[\s=]/g, "").toUpperCase()].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
}

export const stepNow = () => Math.floor(Date.now() / STEP_MS);

export function codeAt(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", decode(secret)).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Hands out the codes of an app one after another, each of a later step than the one before. */
export class App {
  #last = 0;

  constructor(secret) {
    this.secret = secret;
  }

  async code() {
    // That of the step before, unless it might be over until it is sent.
    const isEarly = Date.now() % STEP_MS < STEP_MS / 2;
    const step = Math.max(stepNow() - (isEarly ? 1 : 0), this.#last + 1);
    // The server knows the step after this one at most.
    while (step > stepNow() + 1) await new Promise((next) => setTimeout(next, 250));
    this.#last = step;
    return codeAt(this.secret, step);
  }
}
