/**
 * `@kindred/client/first-credential`: the first password or passkey of people who have come from another provider and have
 * neither.
 */

import type { Client } from "./client.js";
import { createApi } from "./api.js";
import { creationOptions, toJSON } from "./passkeys.js";
import { KindredError } from "./problem.js";

const PATH = "/api/v1/me/first-credential";

/** What a provider has answered that was to make the person authenticate again, and does not tell when they did. */
export interface Unconfirmed {
  /** The code that was refused with `federation_failed`. */
  code: string;
  /** That of `proofKey`, if its challenge went along. */
  codeVerifier?: string;
}

/**
 * Mails a link to the address of the account, for someone whose provider cannot confirm that it is them. It works once, for a
 * short time, and in this session only: open it where the person is logged in.
 *
 * @throws KindredError `conflict`: the account has something else to confirm with. `rate_limited`: too many mails today.
 */
export async function requestFirstCredential(client: Client, unconfirmed?: Unconfirmed): Promise<void> {
  const verifier = unconfirmed?.codeVerifier ? { code_verifier: unconfirmed.codeVerifier } : {};
  await call(client, client.fetch, PATH, unconfirmed ? { federation_code: unconfirmed.code, ...verifier } : {});
}

/** Sets the first password; needs a recent authentication. Pass the `fetch` of `fetchWithStepUp`. */
export async function setFirstPassword(client: Client, password: string, fetch = client.fetch): Promise<void> {
  await call(client, fetch, "/api/v1/me/password", { new_password: password });
}

/**
 * Sets the first password by the `token` of the link.
 *
 * @throws KindredError `challenge_invalid`: the link does not work. `forbidden`: another session has asked for it. The link still
 * works after `weak_password` and `breached_password`.
 */
export async function setFirstPasswordByLink(client: Client, token: string, password: string): Promise<void> {
  await call(client, client.fetch, `${PATH}/password`, { token, new_password: password });
}

export interface FirstPasskey {
  passkey: { id: string; name: string };
  backup_codes?: string[];
}

/** Enrolls the first passkey by the `token` of the link. @throws KindredError as `setFirstPasswordByLink`, or `dismissed`. */
export async function addFirstPasskey(client: Client, token: string, name?: string): Promise<FirstPasskey> {
  const path = `${PATH}/passkey`;
  const { ceremony, options } = await call<Begun>(client, client.fetch, `${path}/options`, { token });
  const publicKey = creationOptions(options.publicKey);
  const created = await navigator.credentials.create({ publicKey }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.name : "";
    throw reason === "NotAllowedError" || reason === "AbortError" ? new KindredError("dismissed") : error;
  });
  if (!created) throw new KindredError("dismissed");
  const credential = toJSON(created as PublicKeyCredential);
  return call<FirstPasskey>(client, client.fetch, path, { token, ceremony, credential, name: name ?? null });
}

interface Begun {
  ceremony: string;
  options: { publicKey: PublicKeyCredentialCreationOptionsJSON };
}

type Call = (method: "post", path: string, input: { body: object }) => Promise<unknown>;

async function call<T>(client: Client, fetch: Client["fetch"], path: string, body: object): Promise<T> {
  const send = createApi(client, fetch) as object as Call;
  return (await send("post", path, { body })) as T;
}
