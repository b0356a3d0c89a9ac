import { HostFault } from "../bridge.ts";
import { isObject, text, type JsonObject } from "../json.ts";
import { unwrap } from "../relay.ts";

/** Where a token opens the way for calls, and the token. */
export interface CallAccess {
  readonly url: string;
  readonly token: string;
}

/** Answers that no repetition changes: the token, the tool or the session is at fault, or this server has no such way. */
const FINAL = new Set([400, 401, 403, 404, 405, 410]);

/**
 * Call a runtime tool over HTTP: the way around a host that passes no tool calls on (spec 08, quirk 16).
 *
 * Plain text, because JSON would need a preflight, which an opaque origin cannot count on.
 *
 * @throws HostFault as the relay throws it; structural where asking again cannot help.
 */
export async function callByToken(access: CallAccess, name: string, args: JsonObject, timeoutMs: number): Promise<JsonObject> {
  const response = await fetch(access.url, {
    method: "POST",
    body: JSON.stringify({ wsToken: access.token, name, arguments: args }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
    keepalive: true,
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw new HostFault(error instanceof Error ? error.message : String(error));
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return unwrap(name, answer);
  const error = isObject(answer) && isObject(answer["error"]) ? answer["error"] : {};
  const words = text(error["message"]) ?? `The server answered with status ${response.status}.`;
  throw new HostFault(words, undefined, FINAL.has(response.status));
}
