/** `@kindred/client/passkeys`: passkeys, also in browsers without the JSON methods of WebAuthn Level 3. */

import { createApi } from "./api.js";
import type { Captcha, Client } from "./client.js";
import { KindredError } from "./problem.js";
import { stepUp } from "./step-up.js";
import type { Challenge, SessionView } from "./types.js";

export interface LoginOptions {
  /** `conditional`: the browser offers passkeys in a field with `autocomplete="username webauthn"`. */
  mediation?: CredentialMediationRequirement;
  signal?: AbortSignal;
  device_name?: string;
  /** `Intl.DateTimeFormat().resolvedOptions().timeZone`: mails tell times in it. */
  time_zone?: string;
  /** Finds the answer to a CAPTCHA, if not as the client's option says. The user is asked for the passkey once. */
  captcha?: Captcha;
}

/** Whether a page can offer passkeys in its field for the name. */
export async function hasAutofill(): Promise<boolean> {
  if (typeof PublicKeyCredential !== "function") return false;
  return (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false;
}

/** Logs in. @throws KindredError `dismissed` if the user cancels. */
export async function loginWithPasskey(
  client: Client,
  { mediation, signal, captcha, ...device }: LoginOptions = {},
): Promise<Challenge | undefined> {
  const { ceremony, options } = await createApi(client)("post", "/api/v1/auth/passkey/options", { body: {} });
  const credential = await getCredential(options, { mediation, signal });
  return client.signIn("/auth/passkey/verify", { ceremony, credential, ...device }, captcha);
}

/** The second step of a login. */
export async function verifyWithPasskey(client: Client, challenge: Challenge, trustDevice = false, captcha?: Captcha) {
  const { challenge_token } = challenge;
  const body = { challenge_token, method: "webauthn" as const };
  const options = await createApi(client)("post", "/api/v1/auth/mfa/challenge", { body });
  const credential = await getCredential(options);
  return client.signIn("/auth/mfa/verify", { ...body, credential, trust_device: trustDevice }, captcha);
}

export async function stepUpWithPasskey(client: Client): Promise<SessionView> {
  const options = await createApi(client)("post", "/api/v1/auth/step-up/challenge", { body: { method: "webauthn" } });
  return stepUp(client, { method: "webauthn", credential: await getCredential(options) });
}

/** What says that the server will never keep a new passkey. */
const REFUSALS = ["challenge_invalid", "validation_failed"];

/**
 * Enrolls a passkey; needs a recent authentication. Resolves to the passkey, and backup codes with the first one. If the server
 * refuses it, the password manager is told, so that it does not offer a passkey that never works (WebAuthn Level 3 §5.1.10).
 */
export async function addPasskey(client: Client, name?: string, fetch = client.fetch) {
  const api = createApi(client, fetch);
  const { ceremony, options } = await api("post", "/api/v1/me/passkeys/options", { body: {} });
  const { publicKey } = options as unknown as { publicKey: PublicKeyCredentialCreationOptionsJSON };
  const created = await user(navigator.credentials.create({ publicKey: creationOptions(publicKey) }));
  const body = { ceremony, credential: toJSON(created), name: name ?? null };
  return api("post", "/api/v1/me/passkeys", { body }).catch(async (error: unknown) => {
    const isRefused = error instanceof KindredError && REFUSALS.includes(error.code);
    if (isRefused) await signalUnknown(publicKey.rp.id, created.id);
    throw error;
  });
}

/** A failure is of no concern to the user: the passkey stays in the list of the password manager. */
async function signalUnknown(rpId: string | undefined, credentialId: string): Promise<void> {
  const signals = PublicKeyCredential as unknown as {
    signalUnknownCredential?: (unknown: { rpId: string; credentialId: string }) => Promise<void>;
  };
  if (rpId) await signals.signalUnknownCredential?.({ rpId, credentialId }).catch(() => {});
}

/** Asks for a passkey. `options`: the server's, with the member `publicKey`. */
export async function getCredential(
  options: unknown,
  { mediation, signal }: { mediation?: CredentialMediationRequirement | undefined; signal?: AbortSignal | undefined } = {},
) {
  const { publicKey } = options as { publicKey: PublicKeyCredentialRequestOptionsJSON };
  const request: CredentialRequestOptions = { publicKey: requestOptions(publicKey) };
  if (mediation) request.mediation = mediation;
  if (signal) request.signal = signal;
  return toJSON(await user(navigator.credentials.get(request)));
}

async function user(credential: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const found = await credential.catch((error: unknown) => {
    const name = error instanceof Error ? error.name : "";
    throw name === "NotAllowedError" || name === "AbortError" ? new KindredError("dismissed") : error;
  });
  if (!found) throw new KindredError("dismissed");
  return found as PublicKeyCredential;
}

export function creationOptions(json: PublicKeyCredentialCreationOptionsJSON): PublicKeyCredentialCreationOptions {
  if (typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function") {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  }
  const { challenge, user, excludeCredentials, ...rest } = json;
  return {
    ...(rest as object as Pick<PublicKeyCredentialCreationOptions, "rp" | "pubKeyCredParams">),
    challenge: decode(challenge),
    user: { ...user, id: decode(user.id) },
    excludeCredentials: descriptors(excludeCredentials),
  };
}

export function requestOptions(json: PublicKeyCredentialRequestOptionsJSON): PublicKeyCredentialRequestOptions {
  if (typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function") {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  }
  const { challenge, allowCredentials, ...rest } = json;
  return {
    ...(rest as object as PublicKeyCredentialRequestOptions),
    challenge: decode(challenge),
    allowCredentials: descriptors(allowCredentials),
  };
}

function descriptors(list: PublicKeyCredentialDescriptorJSON[] = []): PublicKeyCredentialDescriptor[] {
  return list.map((item) => ({ ...item, id: decode(item.id) }) as PublicKeyCredentialDescriptor);
}

/** The credential with binary members in base64url, as `PublicKeyCredential.toJSON` returns it. */
export function toJSON(credential: PublicKeyCredential): Record<string, never> {
  if (typeof credential.toJSON === "function") return credential.toJSON() as Record<string, never>;
  const response: Record<string, unknown> = {};
  const source = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] as const) {
    if (source[name]) response[name] = encode(source[name]);
  }
  if (typeof source.getTransports === "function") response["transports"] = source.getTransports();
  const { id, type, authenticatorAttachment } = credential;
  const clientExtensionResults = credential.getClientExtensionResults();
  const json = { id, rawId: id, type, authenticatorAttachment, response, clientExtensionResults };
  return json as object as Record<string, never>;
}

export function encode(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function decode(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
