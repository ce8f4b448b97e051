/** What an application tells the kit. */

export interface Config {
  /** The address of the Kindred server, as this application reaches it: `http://kindred:8080`. */
  url: string;
  /** `iss` of access tokens: the server's `server.public_url`. */
  issuer: string;
  /** `aud` of access tokens. */
  audience?: string;
  /** The application's own origin, `https://app.example.com`. Cookies have the prefix `__Host-` if it is https. */
  origin: string;
  /** A secret of at least 32 characters, the same on all nodes of the application. */
  secret: string;
  /** The routes that need a session. */
  protect: Rule[];
  /** The page for people without a session; it gets `returnTo`. */
  loginPath?: string;
  /** The page that refreshes by script: it renders `RefreshPage`. */
  refreshPath?: string;
  /** The page for a step-up; it gets `returnTo`. */
  stepUpPath?: string;
  /** The server's `cookie.generation`; while another one is rolled out, that and `cookie.accept_generations`. */
  cookieGeneration?: string | readonly string[];
  /** `id:secret` of this application, so that the server's limits and lists see the person and not this process. */
  application?: string;
  /** The person's address, from a header that your own load balancer sets. Required with `application`. */
  clientAddress?: (headers: Headers) => string | undefined;
  fetch?: typeof fetch;
}

/** Routes by the beginning of their path, which ends at a `/`. The first rule that matches counts. */
export interface Rule {
  path: string;
  /** Seconds since the user authenticated, at most: for sensitive routes. */
  maxAge?: number;
  /** One of these is required. */
  roles?: string[];
}

export type Complete = Required<Omit<Config, "application" | "clientAddress">> & Pick<Config, "application" | "clientAddress">;

/** The configuration, or what reads it at the first request: while an application is built, its environment may be missing. */
export type Source = Config | (() => Config);

/** What `make` returns for the complete configuration, made once. */
export function lazily<T>(source: Source, make: (config: Complete) => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make(complete(typeof source === "function" ? source() : source)) }).value;
}

const SHORTEST_SECRET = 32;

/** @throws Error for a configuration that cannot be meant. */
export function complete(config: Config): Complete {
  if (config.secret.length < SHORTEST_SECRET) throw new Error(`secret: at least ${SHORTEST_SECRET} characters`);
  const origin = new URL(config.origin).origin;
  if (origin !== config.origin) throw new Error(`origin: an origin such as ${origin}, without a path`);
  for (const { path } of config.protect) if (!path.startsWith("/")) throw new Error(`protect: ${path} begins with /`);
  return {
    audience: "kindred",
    loginPath: "/login",
    refreshPath: "/session/refresh",
    stepUpPath: "/session/step-up",
    cookieGeneration: "v1",
    fetch: (input, init) => fetch(input, init),
    ...config,
    url: config.url.replace(/\/$/, ""),
  };
}

export function ruleFor(config: Pick<Config, "protect">, path: string): Rule | undefined {
  return config.protect.find((rule) => {
    const base = rule.path.replace(/\/$/, "");
    return path === base || path.startsWith(`${base}/`);
  });
}
