import type { Config } from "@kindred/next/proxy";

export const kindred = (): Config => ({
  url: process.env.KINDRED_URL!,
  issuer: process.env.KINDRED_ISSUER!,
  origin: process.env.APP_ORIGIN!,
  secret: process.env.APP_SECRET!,
  protect: [{ path: "/account" }],
});
