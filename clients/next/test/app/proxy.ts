import { kindredProxy } from "@kindred/next/proxy";
import { kindred } from "./kindred";

export const proxy = kindredProxy(kindred);

export const config = { matcher: ["/account/:path*", "/session/refresh"] };
