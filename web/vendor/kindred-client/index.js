/** The core of the client. Helpers are entries of their own, so that a page loads what it uses. */
export { createClient } from "./client.js";
export { KindredError } from "./problem.js";
export { memoryStore } from "./store.js";
