/** The session of this browser, by the client that applications use as well. */

import { createApi } from "../vendor/kindred-client/api.js";
import { createClient, KindredError } from "../vendor/kindred-client/index.js";
import { fetchWithStepUp } from "../vendor/kindred-client/step-up.js";
import { config } from "./config.js";
import { askAgain, settled } from "./step-up.js";

export { KindredError };

export const client = createClient({
  url: location.origin + config.basePath,
  transport: "cookie",
  ...(config.cookieGeneration ? { cookieGeneration: config.cookieGeneration } : {}),
});

/** Operations without a dialog. */
export const api = createApi(client);

const stepped = fetchWithStepUp(client, (question) => askAgain(question));

/** @type {import("../vendor/kindred-client/requests.js").Fetch} */
export const stepUpFetch = async (input, init) => {
  try {
    return await stepped(input, init);
  } finally {
    settled();
  }
};

/** Operations that ask for the password or a second factor where the server wants that. */
export const guardedApi = createApi(client, stepUpFetch);
