/**
 * The host side of MCP Apps for one card in a sandbox: answers its JSON-RPC requests and hears its signals.
 *
 * The frame has an opaque origin, so that messages to it cannot name one; the page's own policy lets nothing but
 * this server into the frame. Whatever a card asks for is checked here and again by the server.
 */

import type { Facts } from "./facts.ts";
import { FrameHeight } from "./height.ts";
import { isRecord, record, text, type Json } from "./json.ts";
import { ServerFailure, type Server } from "./server.ts";
import { hostContext, watchSurroundings } from "./surroundings.ts";

const PROTOCOL = "2026-01-26";
const DOCUMENT_TYPE = "text/html;profile=mcp-app";

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const FAILED = -32000;
const REFUSED = -32003;

/** What a card says of itself. */
export type Signal =
  | { kind: "started" }
  | { kind: "painted" }
  | { kind: "failed"; message: string }
  | { kind: "answered" }
  | { kind: "unreachable" }
  | { kind: "ended" };

class RpcFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class CardHost {
  readonly #facts: Facts;
  readonly #server: Server;
  readonly #stage: HTMLElement;
  readonly #frame: HTMLIFrameElement;
  readonly #height: FrameHeight;
  readonly #signal: (signal: Signal) => void;

  constructor(facts: Facts, server: Server, stage: HTMLElement, signal: (signal: Signal) => void) {
    this.#facts = facts;
    this.#server = server;
    this.#stage = stage;
    this.#signal = signal;
    this.#frame = document.createElement("iframe");
    this.#height = new FrameHeight(this.#frame);
  }

  /** Put the card on the stage. */
  show(): void {
    addEventListener("message", (event: MessageEvent<unknown>) => this.#hear(event));
    addEventListener("pagehide", () => this.#leave());
    const frame = this.#frame;
    frame.title = document.title;
    frame.setAttribute("sandbox", this.#facts.sandbox);
    if (this.#facts.allow !== "") frame.allow = this.#facts.allow;
    frame.src = this.#facts.card;
    this.#stage.replaceChildren(frame);
    watchSurroundings(this.#stage, (part) => this.#notify("ui/notifications/host-context-changed", part));
  }

  #hear(event: MessageEvent<unknown>): void {
    if (event.source !== this.#frame.contentWindow || event.origin !== "null" || !isRecord(event.data)) return;
    const message = event.data;
    if (message["jsonrpc"] !== "2.0") {
      this.#hearSignal(message);
    } else if (typeof message["method"] === "string") {
      const params = record(message["params"]);
      const id = message["id"];
      if (typeof id === "string" || typeof id === "number") void this.#answer(id, message["method"], params);
      else if (message["method"] === "ui/notifications/size-changed") this.#height.follow(params["height"]);
    }
  }

  async #answer(id: string | number, method: string, params: Json): Promise<void> {
    try {
      this.#post({ jsonrpc: "2.0", id, result: await this.#result(method, params) });
    } catch (reason) {
      const failure = this.#failure(reason);
      this.#post({ jsonrpc: "2.0", id, error: { code: failure.code, message: failure.message } });
    }
  }

  async #result(method: string, params: Json): Promise<Json> {
    switch (method) {
      case "ui/initialize":
        return {
          protocolVersion: text(params["protocolVersion"]) || PROTOCOL,
          hostInfo: { name: "ggui-viewer", version: this.#facts.version },
          hostCapabilities: { openLinks: {}, serverResources: {}, serverTools: {} },
          hostContext: hostContext(this.#stage),
        };
      case "tools/call":
        return this.#callTool(params);
      case "resources/read":
        return this.#read(text(params["uri"]));
      case "ui/open-link":
        return openLink(text(params["url"]));
      case "ui/request-display-mode":
        return { mode: "inline" };
      case "ping":
        return {};
      default:
        // Nobody chats behind this page: a message or a model context would be taken and lost.
        throw new RpcFailure(METHOD_NOT_FOUND, `This page does not offer ${method}.`);
    }
  }

  async #callTool(params: Json): Promise<Json> {
    const name = text(params["name"]);
    if (name === "") throw new RpcFailure(INVALID_PARAMS, "A call names its tool.");
    const result = await this.#server.callTool(name, record(params["arguments"]));
    this.#signal({ kind: "answered" });
    return result;
  }

  async #read(uri: string): Promise<Json> {
    const own = `ui://ggui/render/${this.#facts.sessionId}`;
    if (!(uri === own || uri.startsWith(`${own}/`) || uri.startsWith(`${own}#`))) {
      throw new RpcFailure(INVALID_PARAMS, "A card reads its own document only.");
    }
    return { contents: [{ uri, mimeType: DOCUMENT_TYPE, text: await this.#server.document() }] };
  }

  #failure(reason: unknown): RpcFailure {
    if (reason instanceof RpcFailure) return reason;
    if (!(reason instanceof ServerFailure)) return new RpcFailure(FAILED, "The page could not do this.");
    if (reason.kind !== "refused") this.#signal({ kind: reason.kind });
    return new RpcFailure(reason.status === 403 ? REFUSED : FAILED, reason.message);
  }

  /** Messages that are no JSON-RPC: how far the card got (spec 05 section 3.4). */
  #hearSignal(message: Json): void {
    switch (message["type"]) {
      case "ggui:renderer-ready":
        return this.#signal({ kind: "started" });
      case "ggui:bootstrap-failed":
        return this.#signal({ kind: "failed", message: text(message["message"]) });
      case "ggui:lifecycle": {
        const event = record(message["event"]);
        const state = text(event["state"]);
        this.#frame.setAttribute("data-ggui-mcp-app-iframe-lifecycle", state);
        if (state === "code-ready") this.#signal({ kind: "painted" });
        if (state === "error") this.#signal({ kind: "failed", message: text(record(event["error"])["message"]) });
      }
    }
  }

  #leave(): void {
    this.#post({ jsonrpc: "2.0", id: "leave", method: "ui/resource-teardown", params: { reason: "host_unmount" } });
  }

  #notify(method: string, params: Json): void {
    this.#post({ jsonrpc: "2.0", method, params });
  }

  #post(message: Json): void {
    this.#frame.contentWindow?.postMessage(message, "*");
  }
}

/** Open a link in a tab of its own, which learns nothing of this page. */
function openLink(url: string): Json {
  const absolute = URL.canParse(url) ? new URL(url) : null;
  if (absolute === null || !["http:", "https:"].includes(absolute.protocol)) {
    throw new RpcFailure(INVALID_PARAMS, "Only http and https links can be opened.");
  }
  open(absolute.href, "_blank", "noopener,noreferrer"); // whether it opened is not said to whoever is no opener
  return {};
}
