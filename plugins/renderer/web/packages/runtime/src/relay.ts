import { HostFault } from "./bridge.ts";
import type { Host } from "./host.ts";
import { isObject, parseJson, type JsonObject } from "./json.ts";
import { extractEnvelope } from "./envelope.ts";
import { callByToken, type CallAccess } from "./live/token_calls.ts";

const CALL_TIMEOUT_MS = 20_000;

/** Tool calls and resource reads that the host passes on to the server, and the way around a host that does not. */
export class Relay {
  readonly #host: Host;
  /** Where calls go with the token of the live channel; `undefined` as long as there is none that is good. */
  tokenRoute: () => CallAccess | undefined = () => undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Call a runtime tool.
   *
   * @throws HostFault: the host or the server did not carry it out.
   */
  async call(name: string, args: JsonObject, timeoutMs?: number): Promise<JsonObject> {
    await this.#host.ready;
    const result = await this.#host.bridge.request("tools/call", { name, arguments: args }, { timeoutMs });
    return unwrap(name, result);
  }

  /** Whether `callByToken` has a way to go. */
  get hasTokenRoute(): boolean {
    return this.tokenRoute() !== undefined;
  }

  /**
   * Call a runtime tool past the host.
   *
   * @throws HostFault as in `call`.
   */
  async callByToken(name: string, args: JsonObject, timeoutMs = CALL_TIMEOUT_MS): Promise<JsonObject> {
    const access = this.tokenRoute();
    if (access === undefined) throw new HostFault("There is no way past the host.", undefined, true);
    return callByToken(access, name, args, timeoutMs);
  }

  /**
   * Call a runtime tool by whichever way works; for what may arrive twice.
   *
   * @throws HostFault: neither did.
   */
  async callAnyWay(name: string, args: JsonObject): Promise<JsonObject> {
    try {
      return await this.call(name, args, CALL_TIMEOUT_MS);
    } catch (fault) {
      if (!this.hasTokenRoute) throw fault;
      return this.callByToken(name, args);
    }
  }

  /**
   * What a tool of the agent's answers: structured content, else JSON in its first text, else that text.
   *
   * @throws HostFault as in `call`.
   */
  async ask(name: string, args: JsonObject): Promise<unknown> {
    await this.#host.ready;
    const result = await this.#host.bridge.request("tools/call", { name, arguments: args }, { timeoutMs: CALL_TIMEOUT_MS });
    if (!isObject(result)) throw new HostFault(`'${name}' answered nothing.`);
    const words = wordsOf(result);
    if (result["isError"] === true) throw new HostFault(words ?? `'${name}' failed.`);
    return result["structuredContent"] ?? (words === undefined ? null : (parseJson(words) ?? words));
  }

  /**
   * The `_meta` envelope that a resource's document carries: the way back to a fresh slice (spec 05 section 3.1).
   *
   * @throws HostFault as in `call`; `undefined` when the document carries none.
   */
  async readEnvelope(uri: string): Promise<unknown> {
    await this.#host.ready;
    const result = await this.#host.bridge.request("resources/read", { uri });
    const contents = isObject(result) && Array.isArray(result["contents"]) ? (result["contents"] as unknown[]) : [];
    for (const content of contents) {
      if (!isObject(content)) continue;
      const html = typeof content["text"] === "string" ? content["text"] : decodeBlob(content["blob"]);
      const envelope = html === undefined ? undefined : extractEnvelope(html);
      if (envelope !== undefined) return envelope;
    }
    return undefined;
  }
}

/**
 * The object a tool answered with: `structuredContent`, else JSON in the first text, else the result itself.
 *
 * @throws HostFault when the result is an error without such an object.
 */
export function unwrap(name: string, result: unknown): JsonObject {
  if (!isObject(result)) throw new HostFault(`'${name}' answered nothing.`);
  if (isObject(result["structuredContent"])) return result["structuredContent"];
  const words = wordsOf(result);
  const parsed = words === undefined ? undefined : parseJson(words);
  if (isObject(parsed)) return parsed;
  if (result["isError"] === true || words !== undefined) throw new HostFault(words ?? `'${name}' failed.`);
  return result;
}

function wordsOf(result: JsonObject): string | undefined {
  const content = Array.isArray(result["content"]) ? (result["content"] as unknown[])[0] : undefined;
  return isObject(content) && typeof content["text"] === "string" ? content["text"] : undefined;
}

function decodeBlob(blob: unknown): string | undefined {
  return typeof blob === "string" ? decodeBase64(blob) : undefined;
}

/** The UTF-8 text behind base64, or `undefined` when it is none. */
export function decodeBase64(encoded: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
