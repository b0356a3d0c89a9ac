/** JSON-RPC to the page that owns this frame. The first one that answers is the only one heard from then on. */

import { record, type Json } from "./envelope.ts";

const METHOD_NOT_FOUND = -32601;

interface Waiting {
  resolve: (result: Json) => void;
  reject: (reason: Error) => void;
}

export class Host {
  readonly #waiting = new Map<unknown, Waiting>();
  readonly #notified: (method: string, params: Json) => void;
  #origin: string | null = null;
  #lastId = 0;

  constructor(notified: (method: string, params: Json) => void) {
    this.#notified = notified;
    addEventListener("message", this.#hear);
  }

  /** Ask for something; rejects when nobody answers in time. */
  request(method: string, params: Json, timeoutMs: number): Promise<Json> {
    const id = ++this.#lastId;
    return new Promise<Json>((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Error(`The host did not answer ${method}.`))), timeoutMs);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        act();
      };
      this.#waiting.set(id, {
        resolve: (result) => settle(() => resolve(result)),
        reject: (reason) => settle(() => reject(reason)),
      });
      this.#post({ jsonrpc: "2.0", id, method, params });
    });
  }

  notify(method: string, params: Json): void {
    this.#post({ jsonrpc: "2.0", method, params });
  }

  /** Tell the host something that is no JSON-RPC (spec 05 section 3.4). */
  signal(message: Json): void {
    this.#post(message);
  }

  /** Leave the conversation to the runtime. */
  close(): void {
    removeEventListener("message", this.#hear);
  }

  readonly #hear = (event: MessageEvent<unknown>): void => {
    if (event.source !== parent || (this.#origin !== null && event.origin !== this.#origin)) return;
    const message = record(event.data);
    if (message["jsonrpc"] !== "2.0") return;
    const { id, method } = message;
    if (typeof method === "string") {
      if (id === undefined) this.#notified(method, record(message["params"]));
      else this.#answer(id, method);
      return;
    }
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#origin ??= event.origin;
    if (message["error"] === undefined) waiting.resolve(record(message["result"]));
    else waiting.reject(new Error(String(record(message["error"])["message"] ?? "The host refused.")));
  };

  /** Nothing is open here yet that would have to be closed. */
  #answer(id: unknown, method: string): void {
    if (method === "ui/resource-teardown" || method === "ping") this.#post({ jsonrpc: "2.0", id, result: {} });
    else {
      const error = { code: METHOD_NOT_FOUND, message: `Method not found: ${method}` };
      this.#post({ jsonrpc: "2.0", id, error });
    }
  }

  #post(message: Json): void {
    const origin = this.#origin;
    parent.postMessage(message, origin === null || origin === "null" || origin === "" ? "*" : origin);
  }
}
