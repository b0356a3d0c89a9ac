import { HostFault } from "./bridge.ts";
import type { Host } from "./host.ts";
import { isObject, parseJson, type JsonObject } from "./json.ts";
import { extractEnvelope } from "./envelope.ts";

/** Tool calls and resource reads that the host passes on to the server. */
export class Relay {
  readonly #host: Host;

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

  /**
   * The `_meta` envelope that a resource's document carries: the way back to a fresh slice (spec 05 section 3.1).
   *
   * @throws HostFault as in `call`; `undefined` when the document carries none.
   */
  async readEnvelope(uri: string): Promise<unknown> {
    for (const html of await this.readDocuments(uri)) {
      const envelope = extractEnvelope(html);
      if (envelope !== undefined) return envelope;
    }
    return undefined;
  }

  /**
   * The documents behind a resource.
   *
   * @throws HostFault as in `call`.
   */
  async readDocuments(uri: string): Promise<string[]> {
    await this.#host.ready;
    const result = await this.#host.bridge.request("resources/read", { uri });
    const contents = isObject(result) && Array.isArray(result["contents"]) ? (result["contents"] as unknown[]) : [];
    return contents.flatMap((content) => {
      if (!isObject(content)) return [];
      const html = typeof content["text"] === "string" ? content["text"] : decodeBlob(content["blob"]);
      return html === undefined ? [] : [html];
    });
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
  const content = Array.isArray(result["content"]) ? (result["content"] as unknown[])[0] : undefined;
  const words = isObject(content) && typeof content["text"] === "string" ? content["text"] : undefined;
  const parsed = words === undefined ? undefined : parseJson(words);
  if (isObject(parsed)) return parsed;
  if (result["isError"] === true || words !== undefined) throw new HostFault(words ?? `'${name}' failed.`);
  return result;
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
