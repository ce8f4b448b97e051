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
    const step = Math.max(stepNow() - 1, this.#last + 1);
    // The server knows the step after this one at most.
    while (step > stepNow() + 1) await new Promise((next) => setTimeout(next, 250));
    this.#last = step;
    return codeAt(this.secret, step);
  }
}
