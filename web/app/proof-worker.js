/** Finds the answer to a proof of work, beside the page, so that the page stays quick: see docs/captcha.md. */

/** How many tries wait for the browser at a time. */
const AT_ONCE = 32;

/** @param {string} text */
function bytes(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {ArrayBuffer} buffer */
function hexadecimal(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @typedef {{ nonce: string, salt: string, cost: number, keyLength: number, keyPrefix: string }} Work
 *
 * @param {Work} parameters
 * @param {number} counter
 */
async function keyAt({ nonce, salt, cost, keyLength }, counter) {
  const start = bytes(nonce);
  const password = new Uint8Array(start.length + 4);
  password.set(start);
  new DataView(password.buffer).setUint32(start.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const rule = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  return hexadecimal(await crypto.subtle.deriveBits(rule, key, keyLength * 8));
}

/** @param {Work} parameters */
async function solve(parameters) {
  for (let first = 0; ; first += AT_ONCE) {
    const tries = Array.from({ length: AT_ONCE }, (_, index) => keyAt(parameters, first + index));
    const keys = await Promise.all(tries);
    const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
    if (found >= 0) return { counter: first + found, derivedKey: keys[found] };
  }
}

/** The page learns of an uncaught error, but not of a rejected promise. @param {unknown} error */
function fail(error) {
  setTimeout(() => {
    throw error;
  });
}

addEventListener("message", ({ data }) => void solve(data).then((solution) => postMessage(solution), fail));
