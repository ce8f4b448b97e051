/** The core of the client. Helpers are entries of their own, so that a page loads what it uses. */

export { createClient, type Captcha, type Client, type Options } from "./client.js";
export { KindredError } from "./problem.js";
export type { AppState, Clock, Ports } from "./ports.js";
export type { State } from "./session.js";
export { memoryStore, type Saved, type Store } from "./store.js";
export type { Channel, Message } from "./tabs.js";
export type { Challenge, LoginBody, Problem, SessionView, TokenResponse, UserView } from "./types.js";
