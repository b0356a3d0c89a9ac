/** A client of the Model Context Protocol over Streamable HTTP, as small as a stateless server allows. */

import type { Json, JsonObject } from "./reactions";

/** One call and, once it came, its answer. */
export interface Call {
  method: string;
  /** Name of the tool, or the method itself. */
  name: string;
  params: JsonObject;
  startedAtMs: number;
  answer: Answer | null;
}

export interface Answer {
  /** `result` or `error` of the JSON-RPC answer, or what HTTP said instead. */
  body: JsonObject;
  failed: boolean;
  tookMs: number;
}

/** A call that led nowhere; `status` is that of HTTP, 0 when nothing answered. */
export class CallFailed extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly remedy: string,
    readonly retryAfterS = 0,
  ) {
    super(message);
  }
}

const PROTOCOL_VERSION = "2025-11-25";
const UI_EXTENSION = "io.modelcontextprotocol/ui";

export class McpClient {
  private nextId = 1;
  private version: string | null = null;

  /**
   * @param bearer the credential, or null on a server that asks nobody
   * @param watch called when a call is sent, and again when it is answered
   */
  constructor(
    private readonly bearer: string | null,
    private readonly watch: (call: Call) => void,
  ) {}

  async initialize(signal: AbortSignal): Promise<void> {
    const answer = await this.request("initialize", "initialize", initialization(), signal);
    const agreed = answer["protocolVersion"];
    this.version = typeof agreed === "string" ? agreed : PROTOCOL_VERSION;
    await this.post({ jsonrpc: "2.0", method: "notifications/initialized" }, signal);
  }

  /** Call a tool and return its structured output. */
  async call(tool: string, args: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const result = await this.request("tools/call", tool, { name: tool, arguments: args }, signal);
    if (result["isError"] === true) throw toolFailure(result);
    return object(result["structuredContent"]);
  }

  private async request(method: string, name: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const call: Call = { method, name, params, startedAtMs: performance.now(), answer: null };
    this.watch(call);
    try {
      const response = await this.post({ jsonrpc: "2.0", id: this.nextId++, method, params }, signal);
      const body = parsed(await response.text());
      const result = body["result"];
      this.answered(call, isObject(result) ? result : body, !isObject(result) || result["isError"] === true);
      if (isObject(result)) return result;
      throw httpFailure(response, body);
    } catch (error) {
      if (call.answer === null && !signal.aborted) this.answered(call, { error: "no answer" }, true);
      throw error;
    }
  }

  private answered(call: Call, body: JsonObject, failed: boolean): void {
    call.answer = { body, failed, tookMs: performance.now() - call.startedAtMs };
    this.watch(call);
  }

  private async post(message: JsonObject, signal: AbortSignal): Promise<Response> {
    const headers = new Headers({
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
    });
    if (this.bearer !== null) headers.set("Authorization", `Bearer ${this.bearer}`);
    if (this.version !== null) headers.set("MCP-Protocol-Version", this.version);
    // An agent is no browser session: cookies stay out of its calls.
    const options: RequestInit = { method: "POST", headers, credentials: "omit", cache: "no-store", signal };
    try {
      return await fetch("/mcp", { ...options, body: JSON.stringify(message) });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new CallFailed("The server did not answer.", 0, "unreachable", "Check that it is running, then start again.");
    }
  }
}

/** Claims that this client shows cards, which the page does. */
function initialization(): JsonObject {
  return {
    protocolVersion: PROTOCOL_VERSION,
    capabilities: { extensions: { [UI_EXTENSION]: { mimeTypes: ["text/html;profile=mcp-app"] } } },
    clientInfo: { name: "ggui-try-it", version: "0.1.0" },
  };
}

/** The text is `code: cause remedy`; the cause alone stands in the output, if there is one. */
function toolFailure(result: JsonObject): CallFailed {
  const told = object(object(result["structuredContent"])["error"]);
  const meta = object(object(result["_meta"])["ai.ggui/error"]);
  const code = text(told["code"]) || text(meta["code"]) || "tool_failed";
  const first = Array.isArray(result["content"]) ? result["content"][0] : undefined;
  const words = without(`${code}:`, text(object(first)["text"])) || "The tool failed.";
  const cause = text(told["message"]);
  return new CallFailed(cause || words, 200, code, cause === "" ? "" : without(cause, words));
}

function without(start: string, words: string): string {
  return (words.startsWith(start) ? words.slice(start.length) : words).trim();
}

function httpFailure(response: Response, body: JsonObject): CallFailed {
  const error = object(body["error"]);
  const message = text(error["message"]) || `The server refused the call (status ${response.status}).`;
  const retryAfterS = Number(response.headers.get("Retry-After") ?? 0);
  const code = text(object(error["data"])["code"]) || String(error["code"] ?? response.status);
  return new CallFailed(message, response.status, code, text(object(error["data"])["hint"]), retryAfterS);
}

function parsed(raw: string): JsonObject {
  try {
    return object(JSON.parse(raw) as Json);
  } catch {
    return {};
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
