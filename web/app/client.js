/** The session of this browser, by the client that applications use as well. */

import { createApi, createClient, KindredError } from "../vendor/kindred-client/kindred-client.js";
import { config } from "./config.js";

export { KindredError };

export const client = createClient({
  url: location.origin + config.basePath,
  transport: "cookie",
  cookieGeneration: config.cookieGenerations,
});

/** Operations without a dialog. */
export const api = createApi(client);
