import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

// The kit and the client are links to folders beside this one.
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

export default { turbopack: { root }, outputFileTracingRoot: root } satisfies NextConfig;
