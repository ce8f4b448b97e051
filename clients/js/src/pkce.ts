/** `@kindred/client/pkce`: proof keys for logins by redirect (RFC 7636). */

/** SHA-256. The default is that of Web Crypto, which React Native lacks. */
export type Hash = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

export interface ProofKey {
  /** Stays with the client until the code is redeemed. */
  verifier: string;
  /** Goes along with the redirect. */
  challenge: string;
}

const webHash: Hash = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** 256 random bits and their hash. */
export async function proofKey(
  random: (bytes: number) => Uint8Array = (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  hash: Hash = webHash,
): Promise<ProofKey> {
  const verifier = base64url(random(32));
  return { verifier, challenge: base64url(await hash(new TextEncoder().encode(verifier))) };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
