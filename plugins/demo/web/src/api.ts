/** The server's HTTP API as this page needs it. Answers are checked here, so the rest of the page can trust types. */

export type Failure =
  | { kind: "unreachable" }
  | { kind: "unauthorized" }
  | { kind: "rate-limited"; retryAfterS: number }
  | { kind: "refused"; status: number; code: string; message: string };

export type Reply<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export interface Health {
  status: string;
  server: string;
  version: string;
  tools: number | null;
  durable: boolean;
  failing: string[];
}

export interface PairingCode {
  code: string;
  /** Milliseconds from now until the code ends, by the server's clock. */
  lifetimeMs: number;
}

export interface Pairing {
  pairingId: string;
  deviceName: string;
  prefix: string;
  createdAt: Date | null;
  lastUsedAt: Date | null;
  lastRemoteAddress: string | null;
}

type Json = Record<string, unknown>;

const TIMEOUT_MS = 10_000;
const DEFAULT_RETRY_AFTER_S = 60;

export async function health(): Promise<Reply<Health>> {
  const answer = await send("GET", "/ggui/health");
  if (answer === null) return { ok: false, failure: { kind: "unreachable" } };
  const { body, response } = answer;
  // 503 is an answer too: the server runs and says what is wrong with it. A proxy's 502 has no such body.
  if (!response.ok && text(body["status"]) === "") return { ok: false, failure: await failureOf(answer) };
  const checks = record(body["checks"]);
  return {
    ok: true,
    value: {
      status: text(body["status"]),
      server: text(body["server"]),
      version: text(body["version"]),
      tools: typeof body["tools"] === "number" ? body["tools"] : null,
      durable: body["durability"] === "durable",
      failing: Object.keys(checks).filter((name) => checks[name] === false),
    },
  };
}

export async function signIn(token: string): Promise<Reply<null>> {
  const reply = await post("/ggui/console/admin-login", { token }, () => null);
  csrfToken = null; // it is bound to the session that has just changed
  return reply;
}

export async function signOut(): Promise<Reply<null>> {
  const reply = await post("/ggui/console/admin-logout", {}, () => null);
  csrfToken = null;
  return reply;
}

export function startPairing(): Promise<Reply<PairingCode>> {
  return post("/admin/pair/init", {}, (body, response) => ({
    code: text(body["code"]),
    lifetimeMs: lifetime(body, response),
  }));
}

/** Redeem a code for a bearer, as any device would. */
export function pair(code: string, deviceName: string): Promise<Reply<{ pairingId: string; token: string }>> {
  return post("/pair", { code, deviceName }, (body) => ({
    pairingId: text(body["pairingId"]),
    token: text(body["token"]),
  }));
}

export async function pairings(): Promise<Reply<Pairing[]>> {
  const answer = await send("GET", "/admin/pair");
  if (answer === null) return { ok: false, failure: { kind: "unreachable" } };
  if (!answer.response.ok) return { ok: false, failure: await failureOf(answer) };
  const list = answer.body["pairings"];
  return { ok: true, value: Array.isArray(list) ? list.map(pairing) : [] };
}

export function revoke(pairingId: string): Promise<Reply<null>> {
  return post(`/admin/pair/${encodeURIComponent(pairingId)}/revoke`, {}, () => null);
}

/** Revoke while the page goes away: the request outlives it, so nothing may be asked first. */
export async function revokeOnLeave(pairingId: string): Promise<void> {
  const headers = new Headers({ "Content-Type": "application/json" });
  if (csrfToken !== null) headers.set("X-Ggui-CSRF", csrfToken);
  const path = `/admin/pair/${encodeURIComponent(pairingId)}/revoke`;
  await fetch(path, { method: "POST", headers, body: "{}", keepalive: true }).catch(() => null);
}

/** One sentence for a person: what happened and what to do. */
export function explain(failure: Failure): string {
  switch (failure.kind) {
    case "unreachable":
      return "The server did not answer. Check that it is running, then try again.";
    case "unauthorized":
      return "Your operator session has ended. Enter the admin token again.";
    case "rate-limited":
      return `Too many attempts. Try again in ${seconds(failure.retryAfterS)}.`;
    case "refused":
      return failure.message;
  }
}

function seconds(count: number): string {
  if (count > 90) return `${Math.ceil(count / 60)} minutes`;
  return count === 1 ? "1 second" : `${count} seconds`;
}

let csrfToken: string | null = null;

async function csrf(): Promise<string> {
  if (csrfToken === null) {
    const answer = await send("GET", "/ggui/csrf-token");
    csrfToken = answer === null ? "" : text(answer.body["token"]);
  }
  return csrfToken;
}

async function post<T>(
  path: string,
  content: Json,
  read: (body: Json, response: Response) => T,
): Promise<Reply<T>> {
  let answer = await send("POST", path, content, await csrf());
  if (answer !== null && answer.response.status === 403 && errorCode(answer.body) === "csrf_required") {
    csrfToken = null; // tokens do not survive a restart of the server
    answer = await send("POST", path, content, await csrf());
  }
  if (answer === null) {
    csrfToken = null;
    return { ok: false, failure: { kind: "unreachable" } };
  }
  if (!answer.response.ok) return { ok: false, failure: await failureOf(answer) };
  return { ok: true, value: read(answer.body, answer.response) };
}

interface Answer {
  response: Response;
  body: Json;
}

/** The answer, or null when there was none. */
async function send(method: string, path: string, content?: Json, csrfHeader = ""): Promise<Answer | null> {
  const headers = new Headers({ Accept: "application/json" });
  if (content !== undefined) headers.set("Content-Type", "application/json");
  if (csrfHeader !== "") headers.set("X-Ggui-CSRF", csrfHeader);
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: content === undefined ? null : JSON.stringify(content),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const raw = await response.text();
    return { response, body: parse(raw) };
  } catch {
    return null; // fetch rejects for one reason: no complete answer
  }
}

async function failureOf({ response, body }: Answer): Promise<Failure> {
  const status = response.status;
  if (status === 401) return { kind: "unauthorized" };
  if (status === 429) return { kind: "rate-limited", retryAfterS: retryAfter(response, body) };
  if (status === 502 || status === 504) return { kind: "unreachable" };
  const nested = record(body["error"]);
  const message = text(nested["message"]) || text(body["message"]) || `The server refused this (status ${status}).`;
  const hint = text(nested["hint"]);
  return {
    kind: "refused",
    status,
    code: errorCode(body),
    message: hint === "" ? message : `${message} ${hint}`,
  };
}

/** Errors come as `{"error": {"code"}}` or as `{"error": "code"}`, by route. */
function errorCode(body: Json): string {
  return text(body["error"]) || text(record(body["error"])["code"]);
}

function retryAfter(response: Response, body: Json): number {
  const told = Number(response.headers.get("Retry-After") ?? record(body["error"])["retryAfter"]);
  return Number.isFinite(told) && told > 0 ? Math.ceil(told) : DEFAULT_RETRY_AFTER_S;
}

/** Remaining time by the server's clock, so that a wrong clock on this machine does not shorten the countdown. */
function lifetime(body: Json, response: Response): number {
  const ends = moment(body["codeExpiresAtMs"]) ?? moment(body["codeExpiresAt"]);
  const serverNow = Date.parse(response.headers.get("Date") ?? "");
  const now = Number.isNaN(serverNow) ? Date.now() : serverNow;
  // The Date header has whole seconds, so a part of a second could be too much.
  return ends === null ? 0 : Math.max(0, Math.floor((ends.getTime() - now) / 1000) * 1000);
}

function pairing(entry: unknown): Pairing {
  const body = record(entry);
  return {
    pairingId: text(body["pairingId"]),
    deviceName: text(body["deviceName"]),
    prefix: text(body["prefix"]),
    createdAt: moment(body["createdAt"]),
    lastUsedAt: moment(body["lastUsedAt"]),
    lastRemoteAddress: text(body["lastRemoteAddress"]) || null,
  };
}

function moment(value: unknown): Date | null {
  if (typeof value !== "number" && typeof value !== "string") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

function parse(raw: string): Json {
  try {
    return record(JSON.parse(raw));
  } catch {
    return {};
  }
}

function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
