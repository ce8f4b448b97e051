/** `@kindred/client/step-up`: authenticates again in the same session, by a dialog of the application. */
import { KindredError } from "./problem.js";
/**
 * Authenticates again. It has counted when this resolves: by `auth_time` and `aal`, since a 200 alone may belong to another
 * tab's refresh.
 *
 * @throws KindredError `invalid_credentials`, `mfa_code_invalid`, `rate_limited` and others: the session is kept.
 */
export async function stepUp(client, proof) {
    return (await client.spend("/auth/step-up", proof, hasAuthenticated)).session;
}
function hasAuthenticated({ session: before }, { session: after }) {
    return Date.parse(after.auth_time) > Date.parse(before.auth_time) || after.aal > before.aal;
}
/** Errors after which the dialog is shown again. */
const AGAIN = ["invalid_credentials", "mfa_code_invalid", "challenge_invalid", "rate_limited"];
/**
 * A `fetch` that answers 403 `step_up_required` with the application's dialog, and repeats the request once. Requests at the
 * same time share one dialog. If it is dismissed, the application gets the 403.
 */
export function fetchWithStepUp(client, ask) {
    let open;
    return async (input, init) => {
        // A request can be read once; its clone is for the repetition.
        const again = typeof input === "object" && "clone" in input ? input.clone() : input;
        const isStream = typeof ReadableStream === "function" && init?.body instanceof ReadableStream;
        const response = await client.fetch(input, init);
        if (response.status !== 403)
            return response;
        const problem = await response.clone().json().catch(() => ({}));
        if (problem.code !== "step_up_required")
            return response;
        open ??= dialog(client, ask, problem).finally(() => (open = undefined));
        return (await open) && !isStream ? client.fetch(again, init) : response;
    };
}
async function dialog(client, ask, problem) {
    const question = {
        methods: problem.methods ?? [],
        acr: problem.acr_required ?? undefined,
        correlationId: problem.correlation_id,
    };
    for (;;) {
        const proof = await ask(question);
        if (!proof)
            return false;
        try {
            const { aal } = await stepUp(client, proof);
            return `aal${aal}` >= (question.acr ?? "");
        }
        catch (error) {
            if (!(error instanceof KindredError) || !(error.temporary || AGAIN.includes(error.code)))
                throw error;
            question.error = error;
        }
    }
}
