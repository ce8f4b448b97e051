/**
 * A server that follows the table "What a refresh token gets" of docs/sessions.md, row by row. It is written for these
 * tests from the document, and has nothing of the real server's code.
 */

import type { World } from "./world.js";

export interface WireRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  /** Lines of `Set-Cookie`. */
  cookies: string[];
  body: string;
}

/** Where a network takes requests to. */
export interface Upstream {
  handle(request: WireRequest): Promise<WireAnswer>;
}

interface Family {
  id: string;
  generation: number;
  rotatedAt: number;
  rotationKey: string | undefined;
  transport: string;
  authTime: number;
  aal: number;
  revoked: string | undefined;
  retries: number[];
}

const SECOND = 1000;

/** Time limits, in milliseconds. */
export const RACE_WINDOW = 10 * SECOND;
export const RETRY_WINDOW = 30 * 86_400 * SECOND;
export const ACCESS_LIFE = 600 * SECOND;
export const RECENT = 300 * SECOND;

/** The server's clock is this far from the clients'. */
const AHEAD = 1_795_000_000_000 + 3_600_000;

export class ModelServer implements Upstream {
  families = new Map<string, Family>();
  /** How often each row of the table was the answer. */
  counts = { rotated: 0, retried: 0, unchanged: 0, raced: 0, reused: 0, unconfirmed: 0, invalid: 0, limited: 0 };
  stepUps = 0;
  passwordChanges: string[] = [];
  password = "right";
  /** Every key with the token that it came with. */
  keysOfTokens = new Map<string, Set<string>>();
  log: string[] = [];
  /** What came of each refresh token, for a test that fails. */
  history: string[] = [];

  constructor(readonly world: World) {}

  #now(): number {
    return this.world.time + AHEAD;
  }

  async handle(request: WireRequest): Promise<WireAnswer> {
    const answer = this.#handle(request);
    if (request.headers["idempotency-key"]) {
      const token = parseCookies(request.headers["cookie"]).get("kindred_rt_v1") ?? request.body?.slice(0, 60);
      const generation = /"generation":\d+/.exec(answer.body)?.[0];
      this.history.push(
        `${Math.round(this.world.time)} ${request.path} ${token} ${request.headers["idempotency-key"].slice(0, 6)} ${answer.status} ${generation}`,
      );
    }
    return answer;
  }

  #handle(request: WireRequest): WireAnswer {
    const cookies = parseCookies(request.headers["cookie"]);
    const route = `${request.method} ${request.path.split("?")[0]!.replace("/api/v1", "")}`;
    const body = (request.body ? JSON.parse(request.body) : {}) as Record<string, string>;
    this.log.push(route);
    switch (route) {
      case "GET /auth/csrf":
        return json(200, { csrf_token: this.#csrf(cookies) });
      case "POST /auth/login":
        return this.#login(body, cookies, request);
      case "POST /auth/refresh":
        return this.#refresh(body, cookies, request);
      case "POST /auth/step-up":
      case "POST /auth/password/change":
        return this.#spend(route, body, cookies, request);
      case "POST /auth/logout":
        return this.#logout(body, cookies, request);
      case "GET /me/security-events":
        return this.#guarded(request, cookies, () =>
          json(200, { items: this.passwordChanges.map((id) => ({ id, kind: "password.changed" })).reverse() }),
        );
      case "GET /me":
      case "POST /things":
        return this.#guarded(request, cookies, () => json(200, { ok: true, echo: body }));
      case "POST /sensitive":
        return this.#guarded(request, cookies, (family) =>
          this.#now() - family.authTime <= RECENT
            ? json(200, { ok: true })
            : problem(403, "step_up_required", { methods: ["password"], acr_required: "aal1", max_age: 300 }),
        );
      default:
        return problem(404, "not_found");
    }
  }

  #login(body: Record<string, string>, cookies: Map<string, string>, request: WireRequest): WireAnswer {
    if (body["transport"] === "cookie" && !this.#hasCsrf(request, cookies)) return problem(403, "csrf_failed");
    if (body["password"] !== this.password) return problem(401, "invalid_credentials");
    const replaced = this.#familyOf(cookies.get("kindred_rt_v1"));
    if (replaced) replaced.revoked ??= "replaced";
    const id = `s${this.families.size + 1}-${this.world.seed}`;
    const family: Family = {
      id,
      generation: 1,
      rotatedAt: this.#now(),
      rotationKey: undefined,
      transport: body["transport"] ?? "bearer",
      authTime: this.#now(),
      aal: 1,
      revoked: undefined,
      retries: [],
    };
    this.families.set(id, family);
    return this.#tokens(family, undefined, { device_token: "kd2_device" });
  }

  #refresh(body: Record<string, string>, cookies: Map<string, string>, request: WireRequest): WireAnswer {
    const text = body["refresh_token"] ?? cookies.get("kindred_rt_v1");
    if (!text) return problem(401, "token_missing");
    const isCookie = !body["refresh_token"];
    if (isCookie && !this.#hasCsrf(request, cookies)) return problem(403, "csrf_failed");
    const key = request.headers["idempotency-key"];
    const answer = this.#present(text, key) ?? this.#rotate(text, key);
    return answer.status === 401 && isCookie ? clearing(answer) : answer;
  }

  #spend(route: string, body: Record<string, string>, cookies: Map<string, string>, request: WireRequest): WireAnswer {
    return this.#guarded(request, cookies, () => {
      const text = body["refresh_token"] ?? cookies.get("kindred_rt_v1");
      if (!text) return problem(401, "token_missing");
      const key = request.headers["idempotency-key"];
      const answered = this.#present(text, key);
      if (answered) return answered;
      if ((body["password"] ?? body["current_password"]) !== this.password) return problem(401, "invalid_credentials");
      if (route.endsWith("step-up")) {
        this.stepUps++;
        return this.#rotate(text, key, this.#now());
      }
      this.password = body["new_password"]!;
      this.passwordChanges.push(`e${this.passwordChanges.length}`);
      return this.#rotate(text, key);
    });
  }

  /** Everything but row 6, which is `undefined` here: the token is to be spent. */
  #present(text: string, key: string | undefined): WireAnswer | undefined {
    const family = this.#familyOf(text);
    const presented = Number(text.split(".")[1]);
    if (!family) return this.#count("invalid", problem(401, "refresh_token_invalid"));
    if (family.revoked) return problem(401, "session_revoked");
    if (presented > family.generation) return problem(401, "session_revoked");
    const keys = this.keysOfTokens.get(text) ?? new Set();
    this.keysOfTokens.set(text, keys.add(key ?? ""));
    const age = this.#now() - family.rotatedAt;
    const isSameKey = key !== undefined && key === family.rotationKey;
    const behind = family.generation - presented;
    if (behind === 0) {
      return isSameKey && age <= RACE_WINDOW ? this.#again("unchanged", family, presented) : undefined;
    }
    if (behind === 1 && isSameKey) {
      if (age < RETRY_WINDOW) return this.#again("retried", family, presented);
      family.revoked = "retry_expired";
      return problem(401, "session_expired");
    }
    if (behind <= 2 && age <= RACE_WINDOW) {
      const retry_until = Math.floor((RACE_WINDOW - age) / SECOND);
      const members = { retry_after: 1, retry_until, presented_generation: presented };
      return this.#count("raced", problem(409, "refresh_in_flight", members));
    }
    const isUnconfirmed = behind === 1 && !key && !family.rotationKey;
    family.revoked = isUnconfirmed ? "unconfirmed" : "replay";
    return this.#count(isUnconfirmed ? "unconfirmed" : "reused", problem(401, "refresh_token_reused"));
  }

  /** The same tokens, ten times a minute at most. */
  #again(row: "unchanged" | "retried", family: Family, presented: number): WireAnswer {
    const minute = this.#now() - 60 * SECOND;
    family.retries = family.retries.filter((at) => at > minute);
    if (family.retries.length >= 10) {
      return this.#count("limited", problem(429, "rate_limited", { retry_after: 61 }));
    }
    family.retries.push(this.#now());
    return this.#count(row, this.#tokens(family, presented));
  }

  #rotate(text: string, key: string | undefined, authTime?: number): WireAnswer {
    const family = this.#familyOf(text)!;
    const presented = family.generation++;
    family.rotatedAt = this.#now();
    family.rotationKey = key;
    family.authTime = authTime ?? family.authTime;
    return this.#count("rotated", this.#tokens(family, presented));
  }

  #logout(body: Record<string, string>, cookies: Map<string, string>, request: WireRequest): WireAnswer {
    const text = body["refresh_token"] ?? cookies.get("kindred_rt_v1");
    if (!body["refresh_token"] && cookies.has("kindred_rt_v1") && !this.#hasCsrf(request, cookies)) {
      return problem(403, "csrf_failed");
    }
    const family = this.#familyOf(text);
    if (!family) return problem(401, "token_missing");
    family.revoked ??= "logout";
    const answer = { ...json(204, undefined), body: "" };
    return body["refresh_token"] ? answer : clearing(answer);
  }

  #guarded(
    request: WireRequest,
    cookies: Map<string, string>,
    then: (family: Family) => WireAnswer,
  ): WireAnswer {
    const bearer = request.headers["authorization"]?.replace("Bearer ", "");
    const token = bearer ?? cookies.get("kindred_at_v1");
    if (!token) return problem(401, "token_missing");
    const [id, , expiry] = token.split(".");
    const family = this.families.get(id!);
    if (!family) return problem(401, "token_invalid");
    if (family.revoked) return problem(401, "session_revoked");
    if (this.#now() > Number(expiry)) return problem(401, "token_expired");
    if (!bearer && request.method !== "GET" && !this.#hasCsrf(request, cookies)) return problem(403, "csrf_failed");
    return then(family);
  }

  #tokens(family: Family, presented?: number, more: object = {}): WireAnswer {
    const { id, generation } = family;
    // A retry signs the same claims, so what is left of the access token's life is what it says.
    const expiry = family.rotatedAt + ACCESS_LIFE;
    const access = `${id}.${generation}.${expiry}`;
    const refresh = `${id}.${generation}`;
    const body = {
      token_type: "Bearer",
      expires_in: Math.max(0, Math.round((expiry - this.#now()) / SECOND)),
      refresh_expires_in: 2_592_000,
      session: {
        id,
        generation,
        aal: family.aal,
        amr: ["pwd"],
        auth_time: new Date(family.authTime).toISOString().replace(/\.\d+Z/, "Z"),
        expires_at: "2099-01-01T00:00:00Z",
      },
      user: { id: "u1", email: "ada@example.com", roles: [], password_must_change: false, mfa_enrollment_required: false },
      ...(presented === undefined ? {} : { presented_generation: presented }),
    };
    if (family.transport === "bearer") {
      return json(200, { ...body, ...more, access_token: access, refresh_token: refresh });
    }
    return {
      ...json(200, { ...body, csrf_token: `csrf-${id}` }),
      cookies: [`kindred_at_v1=${access}`, `kindred_rt_v1=${refresh}`, `kindred_gen_v1=${refresh}`],
    };
  }

  #familyOf(token: string | undefined): Family | undefined {
    return token === undefined ? undefined : this.families.get(token.split(".")[0]!);
  }

  #csrf(cookies: Map<string, string>): string {
    const token = cookies.get("kindred_rt_v1") ?? cookies.get("kindred_at_v1");
    return token ? `csrf-${token.split(".")[0]}` : "csrf-before";
  }

  #hasCsrf(request: WireRequest, cookies: Map<string, string>): boolean {
    return request.headers["x-csrf-token"] === this.#csrf(cookies);
  }

  #count(row: keyof ModelServer["counts"], answer: WireAnswer): WireAnswer {
    this.counts[row]++;
    return answer;
  }
}

export function parseCookies(header: string | undefined): Map<string, string> {
  const pairs = (header ?? "").split("; ").filter((pair) => pair.includes("="));
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/json" }, cookies: [], body: JSON.stringify(body) };
}

function problem(status: number, code: string, members: Record<string, unknown> = {}): WireAnswer {
  const after = members["retry_after"];
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (after !== undefined) headers["retry-after"] = String(after);
  const body = JSON.stringify({ type: code, title: code, status, detail: code, code, correlation_id: "c", ...members });
  return { status, headers, cookies: [], body };
}

function clearing(answer: WireAnswer): WireAnswer {
  const names = ["kindred_at_v1", "kindred_rt_v1", "kindred_gen_v1"];
  return { ...answer, cookies: names.map((name) => `${name}=; Max-Age=0`) };
}
