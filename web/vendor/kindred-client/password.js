/** `@kindred/client/password`: changes the password. The user's other sessions end, this one goes on. */
import { createApi } from "./api.js";
import { KindredError } from "./problem.js";
/**
 * It has counted when this resolves. A change has no mark in its answer, which may belong to another tab's refresh, so the
 * newest event of the account tells; in a session that can do nothing else, that the password need no longer be changed.
 *
 * @throws KindredError `invalid_credentials`, `weak_password`, `rate_limited` and others: the password is the old one.
 * `unconfirmed` and `unreachable`: unknown.
 */
export async function changePassword(client, current, next) {
    const mustChange = client.state().user?.password_must_change;
    const before = mustChange ? undefined : await lastChange(client);
    const body = { current_password: current, new_password: next };
    await client.spend("/auth/password/change", body, async (_, after) => mustChange ? !after.user.password_must_change : (await lastChange(client)) !== before);
}
/** The id of the newest event `password.changed`. */
async function lastChange(client) {
    const events = await createApi(client)("get", "/api/v1/me/security-events", { query: { limit: 100 } });
    if (!events)
        throw new KindredError("unexpected");
    return events.items.find((event) => event.kind === "password.changed")?.id;
}
