/** The parts of a client, as its functions pass them on. */
export const CORRELATION = "X-Correlation-ID";
/** Headers for the session's access token, which cookies carry by themselves. */
export function authorization(core) {
    const token = core.isCookie ? undefined : core.session.accessToken();
    return token ? { Authorization: `Bearer ${token}` } : {};
}
