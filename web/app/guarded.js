/** Operations that ask for the password or a second factor where the server wants that. */

import { createApi, fetchWithStepUp } from "../vendor/kindred-client/kindred-client.js";
import { client } from "./client.js";
import { ask, settled } from "./step-up.js";

const stepped = fetchWithStepUp(client, ask);

/** @type {import("../vendor/kindred-client/requests.js").Fetch} */
export const stepUpFetch = async (input, init) => {
  try {
    return await stepped(input, init);
  } finally {
    settled();
  }
};

export const guardedApi = createApi(client, stepUpFetch);
