/** Tells the browser's password manager which passkeys this account still has (WebAuthn Level 3, §5.1.10). */

import { createApi } from "../../vendor/kindred-client/kindred-client.js";
import { client } from "../client.js";

/**
 * @typedef {object} Signals
 * @property {(known: { rpId: string, userId: string, allAcceptedCredentialIds: string[] }) => Promise<void>} [signalAllAcceptedCredentials]
 * @property {(user: { rpId: string, userId: string, name: string, displayName: string }) => Promise<void>} [signalCurrentUserDetails]
 *
 * @typedef {{ publicKey: PublicKeyCredentialCreationOptionsJSON & { rp: { id: string } } }} Options
 */

/** @returns {Signals} */
function signals() {
  return typeof PublicKeyCredential === "function" ? /** @type {Signals} */ (/** @type {unknown} */ (PublicKeyCredential)) : {};
}

/**
 * The options of an enrollment name the account's passkeys. They need a recent authentication; without one nothing is told,
 * and no one is asked for it.
 *
 * @returns {Promise<Options | undefined>}
 */
async function options() {
  const answer = await createApi(client)("post", "/api/v1/me/passkeys/options", { body: {} }).catch(() => undefined);
  return answer && /** @type {Options} */ (/** @type {unknown} */ (answer.options));
}

/** After a passkey was added or removed. */
export async function signalPasskeys() {
  if (!signals().signalAllAcceptedCredentials) return;
  const found = await options();
  if (!found) return;
  const { rp, user, excludeCredentials = [] } = found.publicKey;
  const known = { rpId: rp.id, userId: user.id, allAcceptedCredentialIds: excludeCredentials.map(({ id }) => id) };
  await signals().signalAllAcceptedCredentials?.(known).catch(() => {});
}

/** After the name or the address was changed. */
export async function signalUser() {
  if (!signals().signalCurrentUserDetails) return;
  const found = await options();
  if (!found) return;
  const { rp, user } = found.publicKey;
  const details = { rpId: rp.id, userId: user.id, name: user.name, displayName: user.displayName };
  await signals().signalCurrentUserDetails?.(details).catch(() => {});
}
