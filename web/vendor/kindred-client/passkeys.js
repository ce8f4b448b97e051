/** `@kindred/client/passkeys`: passkeys, also in browsers without the JSON methods of WebAuthn Level 3. */
import { createApi } from "./api.js";
import { KindredError } from "./problem.js";
import { stepUp } from "./step-up.js";
/** Whether a page can offer passkeys in its field for the name. */
export async function hasAutofill() {
    if (typeof PublicKeyCredential !== "function")
        return false;
    return (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false;
}
/** Logs in. @throws KindredError `dismissed` if the user cancels. */
export async function loginWithPasskey(client, { mediation, signal, ...device } = {}) {
    const { ceremony, options } = await createApi(client)("post", "/api/v1/auth/passkey/options", { body: {} });
    const credential = await getCredential(options, { mediation, signal });
    return client.signIn("/auth/passkey/verify", { ceremony, credential, ...device });
}
/** The second step of a login. */
export async function verifyWithPasskey(client, challenge, trustDevice = false) {
    const { challenge_token } = challenge;
    const body = { challenge_token, method: "webauthn" };
    const options = await createApi(client)("post", "/api/v1/auth/mfa/challenge", { body });
    const credential = await getCredential(options);
    return client.signIn("/auth/mfa/verify", { ...body, credential, trust_device: trustDevice });
}
export async function stepUpWithPasskey(client) {
    const options = await createApi(client)("post", "/api/v1/auth/step-up/challenge", { body: { method: "webauthn" } });
    return stepUp(client, { method: "webauthn", credential: await getCredential(options) });
}
/** Enrolls a passkey; needs a recent authentication. Resolves to the passkey, and backup codes with the first one. */
export async function addPasskey(client, name, fetch = client.fetch) {
    const api = createApi(client, fetch);
    const { ceremony, options } = await api("post", "/api/v1/me/passkeys/options", { body: {} });
    const { publicKey } = options;
    const created = await user(navigator.credentials.create({ publicKey: creationOptions(publicKey) }));
    return api("post", "/api/v1/me/passkeys", { body: { ceremony, credential: toJSON(created), name: name ?? null } });
}
/** Asks for a passkey. `options`: the server's, with the member `publicKey`. */
export async function getCredential(options, { mediation, signal } = {}) {
    const { publicKey } = options;
    const request = { publicKey: requestOptions(publicKey) };
    if (mediation)
        request.mediation = mediation;
    if (signal)
        request.signal = signal;
    return toJSON(await user(navigator.credentials.get(request)));
}
async function user(credential) {
    const found = await credential.catch((error) => {
        const name = error instanceof Error ? error.name : "";
        throw name === "NotAllowedError" || name === "AbortError" ? new KindredError("dismissed") : error;
    });
    if (!found)
        throw new KindredError("dismissed");
    return found;
}
export function creationOptions(json) {
    if (typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function") {
        return PublicKeyCredential.parseCreationOptionsFromJSON(json);
    }
    const { challenge, user, excludeCredentials, ...rest } = json;
    return {
        ...rest,
        challenge: decode(challenge),
        user: { ...user, id: decode(user.id) },
        excludeCredentials: descriptors(excludeCredentials),
    };
}
export function requestOptions(json) {
    if (typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function") {
        return PublicKeyCredential.parseRequestOptionsFromJSON(json);
    }
    const { challenge, allowCredentials, ...rest } = json;
    return {
        ...rest,
        challenge: decode(challenge),
        allowCredentials: descriptors(allowCredentials),
    };
}
function descriptors(list = []) {
    return list.map((item) => ({ ...item, id: decode(item.id) }));
}
/** The credential with binary members in base64url, as `PublicKeyCredential.toJSON` returns it. */
export function toJSON(credential) {
    if (typeof credential.toJSON === "function")
        return credential.toJSON();
    const response = {};
    const source = credential.response;
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
        if (source[name])
            response[name] = encode(source[name]);
    }
    if (typeof source.getTransports === "function")
        response["transports"] = source.getTransports();
    const { id, type, authenticatorAttachment } = credential;
    const clientExtensionResults = credential.getClientExtensionResults();
    const json = { id, rawId: id, type, authenticatorAttachment, response, clientExtensionResults };
    return json;
}
export function encode(bytes) {
    const text = String.fromCharCode(...new Uint8Array(bytes));
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
export function decode(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
