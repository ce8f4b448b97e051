/**
 * The `Idempotency-Key` of each spent refresh token, and which token the next request would spend. Pure functions of the
 * record; `Store.update` makes each of them one atomic step over all tabs.
 */
/** How many generations keep their key: the current one, and the one before, whose answer may have been lost. */
const KEPT = 2;
/**
 * 128 random bits. A key that follows from the token, or from a stored secret, would hand a thief of the token the retry.
 */
export function randomKey(random) {
    return Array.from(random(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
/** The record with this key for the token, unless it has one. `undefined` changes nothing. */
export function withKey(saved, at, key) {
    const isOther = saved.epoch !== at.epoch || saved.session !== at.session;
    if (isOther || saved.keys[at.generation])
        return undefined;
    return { ...saved, keys: youngest({ ...saved.keys, [at.generation]: key }) };
}
/**
 * The record with an answer to a request that was sent with this key. An answer of an older generation than the known one
 * replaces nothing, and one that began before a login or logout changes nothing.
 */
export function withAnswer(saved, epoch, answer, receivedAt, key) {
    if (saved.epoch !== epoch)
        return undefined;
    const { id: session, generation } = answer.session;
    const keys = session === saved.session ? { ...saved.keys } : {};
    // Whatever the request was meant to spend, its key is the one of the rotation that made this generation.
    if (key)
        keys[generation - 1] = key;
    if (session === saved.session && generation < saved.generation)
        return { ...saved, keys: youngest(keys) };
    return { ...saved, session, generation, keys: youngest(keys), answer, receivedAt };
}
/** The record with a generation that was found in the jar. */
export function withGeneration(saved, at) {
    const isNews = saved.epoch === at.epoch && saved.session === at.session && saved.generation < at.generation;
    return isNews ? { ...saved, generation: at.generation } : undefined;
}
/** The record for another session, or for none. */
export function withSession(saved, session = "", generation = 0) {
    return { epoch: saved.epoch + 1, session, generation, keys: {}, deviceToken: saved.deviceToken };
}
/** The record of a login. Another tab may have seen its cookies already. */
export function withLogin(saved, answer, receivedAt, deviceToken) {
    const { id, generation } = answer.session;
    const next = saved.session === id ? saved : withSession(saved, id, generation);
    return { ...next, generation, answer, receivedAt, deviceToken: deviceToken ?? saved.deviceToken };
}
/** Whether `here` is a later generation of the same session, or the first one that is known. */
export function isNewer(here, start) {
    if (!start.session)
        return here.session !== "";
    return here.session === start.session && here.generation > start.generation;
}
/**
 * What the readable cookie says about the jar: the session and the generation of its refresh token. `null` if there is no
 * such cookie. On https only the name counts that no other host of the site can set.
 */
export function jarPosition(cookies, isSecure, cookieGeneration) {
    const name = `${isSecure ? "__Host-" : ""}kindred_gen_${cookieGeneration}=`;
    const pair = cookies.split("; ").find((pair) => pair.startsWith(name));
    const [session, generation] = (pair?.slice(name.length) ?? "").split(".");
    return session && Number(generation) > 0 ? { session, generation: Number(generation) } : null;
}
function youngest(keys) {
    return Object.fromEntries(Object.entries(keys).slice(-KEPT));
}
