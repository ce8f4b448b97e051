/** Names for the parts of the contract that the client itself reads. */
/** Whether this is an answer with tokens and not, for example, the page of a captive portal. */
export function isTokenResponse(body) {
    const answer = body;
    return typeof answer?.session?.id === "string" && answer.session.generation > 0 && !!answer.user;
}
