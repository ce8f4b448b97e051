/** The session of this browser, by the client that applications use as well. */

import { createApi, createClient, KindredError } from "../vendor/kindred-client/kindred-client.js";
import { config } from "./config.js";

export { KindredError };

const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();

/** What a login tells the server, so that mails give times in the zone of their reader. */
export const zone = timeZone ? { time_zone: timeZone } : {};

const own = createClient({
  url: location.origin + config.basePath,
  transport: "cookie",
  cookieGeneration: config.cookieGenerations,
});

/** @type {typeof own} */
export const client = { ...own, login: (body, captcha) => own.login({ ...zone, ...body }, captcha) };

/** Operations without a dialog. */
export const api = createApi(client);
