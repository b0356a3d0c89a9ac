// @ts-check
// One card in its frame: the host side of MCP Apps, with what the switches make of it.

import { hostContext, themed } from "./surroundings.js";

/** @typedef {import("./relay.js").Json} Json */
/** @typedef {{ uri: string | null, html: string | null, csp: Json, allow: string, why: string }} Document */

const PROTOCOL = "2026-01-26";
const TALLEST = 4000;
const LOOP_PX = 12;
const TEARDOWN_MS = 1000;
const METHOD_NOT_FOUND = -32601;

export class Card {
  #nextId = 1;
  /** @type {Map<unknown, () => void>} */
  #waiting = new Map();
  #isGreeted = false;
  #isClosed = false;

  /**
   * @param {import("./host.js").Host} host
   * @param {HTMLElement} stage where the frame goes
   * @param {import("./relay.js").Relay} relay with the switches of this card
   */
  constructor(host, stage, relay) {
    this.host = host;
    this.stage = stage;
    this.relay = relay;
    this.switches = relay.switches;
    /** @type {HTMLIFrameElement | null} */
    this.frame = null;
    /** @type {Json[]} */
    this.heard = [];
    /** @type {Json | null} what is delivered once the card has greeted */
    this.delivery = null;
    addEventListener("message", this.#hear);
  }

  /** @param {Document} document @param {Json | null} delivery `{args, result}` of the call that this card belongs to */
  mount(document, delivery) {
    this.delivery = delivery;
    this.#isGreeted = false;
    this.document = document;
    if (document.html === null || this.switches.has("never-mount")) {
      const words = document.html === null ? document.why : "The document was read, and its frame is never loaded.";
      return this.#leaveWords(words);
    }
    const query = new URLSearchParams({ csp: JSON.stringify(document.csp) });
    for (const name of this.switches.names) query.append("switch", name);
    const frame = globalThis.document.createElement("iframe");
    frame.title = "Sandbox";
    frame.setAttribute("data-card", "");
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups");
    if (document.allow !== "") frame.allow = document.allow;
    frame.src = `${this.host.sandbox}?${query}`;
    this.frame = frame;
    this.stage.replaceChildren(frame);
  }

  /** The frame is gone without a word to the card, as when a host frees memory. */
  discard() {
    this.#leaveWords("The frame was discarded.");
  }

  /** The frame is told to leave, and goes. */
  async close() {
    if (this.frame !== null) await this.request("ui/resource-teardown", { reason: "host_unmount" }, TEARDOWN_MS);
    this.#isClosed = true;
    removeEventListener("message", this.#hear);
    this.#leaveWords("The card was closed.");
  }

  /** Hand over the result of the call; before the card has greeted it waits. @param {Json} delivery */
  deliver(delivery) {
    this.delivery = delivery;
    if (this.#isGreeted) this.#handOver();
  }

  /** @param {"light" | "dark"} theme */
  themeChanged(theme) {
    if (!this.switches.has("theme-stuck")) this.notify("ui/notifications/host-context-changed", themed(theme));
  }

  /** @param {string} method @param {Json} params */
  notify(method, params) {
    this.#post({ jsonrpc: "2.0", method, params });
  }

  /** @param {string} method @param {Json} params @param {number} patience milliseconds */
  request(method, params, patience) {
    const id = `host-${this.#nextId++}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), patience);
      this.#waiting.set(id, () => (clearTimeout(timer), resolve(undefined)));
      this.#post({ jsonrpc: "2.0", id, method, params });
    });
  }

  /** @param {MessageEvent} event */
  #hear = (event) => {
    if (this.frame === null || event.source !== this.frame.contentWindow) return;
    const message = event.data;
    if (typeof message !== "object" || message === null) return;
    if (message.method === "ui/notifications/sandbox-proxy-ready") return this.#fill();
    this.heard.push(message);
    this.host.heard(this, message);
    if (message.jsonrpc !== "2.0") return this.#signalled(message);
    if (typeof message.method !== "string") {
      this.#waiting.get(message.id)?.();
      this.#waiting.delete(message.id);
    } else if (message.id === undefined) this.#notified(message.method, message.params ?? {});
    else void this.#answer(message.id, message.method, message.params ?? {});
  };

  /** The proxy is there: it gets the document. */
  #fill() {
    const sandbox = `allow-scripts allow-forms${this.switches.has("opaque-origin") ? "" : " allow-same-origin"}`;
    const { html, allow } = /** @type {Document} */ (this.document);
    this.#post({ jsonrpc: "2.0", method: "ui/notifications/sandbox-resource-ready", params: { html, sandbox, allow, title: "Card" } });
  }

  /** @param {string} method @param {Json} params */
  #notified(method, params) {
    if (method === "ui/notifications/initialized" && !this.#isGreeted) {
      this.#isGreeted = true;
      this.#handOver();
    }
    if (method === "ui/notifications/size-changed" && this.frame !== null && params.height > 0) {
      const extra = this.switches.has("height-loop") ? LOOP_PX : 0;
      this.frame.style.height = `${Math.min(TALLEST, Math.ceil(params.height) + extra)}px`;
    }
  }

  #handOver() {
    if (this.delivery === null) return;
    this.notify("ui/notifications/tool-input", { arguments: this.delivery.args ?? {} });
    this.notify("ui/notifications/tool-result", this.delivery.result);
  }

  /** @param {unknown} id @param {string} method @param {Json} params */
  async #answer(id, method, params) {
    const answer = await this.#result(method, params);
    this.#post({ jsonrpc: "2.0", id, ...answer });
  }

  /** @param {string} method @param {Json} params @returns {Promise<Json>} */
  async #result(method, params) {
    switch (method) {
      case "ui/initialize":
        return { result: this.#welcome(params) };
      case "tools/call":
      case "resources/read":
        return this.relay.ask("app", method, params);
      case "ui/message":
        this.host.messaged(params);
        return { result: {} };
      case "ui/update-model-context":
        if (!this.switches.has("context-lost")) this.host.contextUpdated(params);
        return { result: {} };
      case "ui/open-link":
        this.host.linkOpened(String(params.url));
        return { result: {} };
      case "ui/request-display-mode":
        this.stage.toggleAttribute("data-fullscreen", params.mode === "fullscreen");
        return { result: { mode: params.mode === "fullscreen" ? "fullscreen" : "inline" } };
      case "ping":
        return { result: {} };
      default:
        return { error: { code: METHOD_NOT_FOUND, message: `This host has no ${method}.` } };
    }
  }

  /** @param {Json} params */
  #welcome(params) {
    const relays = this.switches.has("reject-calls") ? {} : { serverTools: {} };
    return {
      protocolVersion: typeof params.protocolVersion === "string" ? params.protocolVersion : PROTOCOL,
      hostInfo: { name: "ggui-host-emulator", version: "1" },
      hostCapabilities: { openLinks: {}, serverResources: {}, message: { text: {} }, updateModelContext: { text: {} }, ...relays },
      hostContext: hostContext(this.switches.has("theme-stuck") ? "light" : this.host.theme, Math.floor(this.stage.clientWidth)),
    };
  }

  /** Messages that are no JSON-RPC: how far the card says it got. @param {Json} message */
  #signalled(message) {
    const state = message.type === "ggui:lifecycle" ? message.event?.state : message.type === "ggui:bootstrap-failed" ? "error" : null;
    if (typeof state !== "string") return;
    this.frame?.setAttribute("data-ggui-mcp-app-iframe-lifecycle", state);
    this.host.stateChanged(this, state);
  }

  /** @param {string} words */
  #leaveWords(words) {
    this.frame = null;
    const left = document.createElement("p");
    left.className = "gone";
    left.textContent = words;
    this.stage.replaceChildren(left);
    if (!this.#isClosed) this.host.stateChanged(this, "absent");
  }

  /** @param {Json} message */
  #post(message) {
    if (typeof message.method === "string" || message.error !== undefined) this.host.said(this, message);
    this.frame?.contentWindow?.postMessage(message, "*");
  }
}
