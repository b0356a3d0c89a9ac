import { isObject, messageOf, type JsonObject } from "./json.ts";

/** Why a host did not do what it was asked. */
export class HostFault extends Error {
  /** JSON-RPC code of the host's error answer, if it gave one. */
  readonly code: number | undefined;
  /** True when asking again cannot help: no host, or one that does not know the method or the tool. */
  readonly isStructural: boolean;

  constructor(message: string, code?: number, isStructural = false) {
    super(message);
    this.name = "HostFault";
    this.code = code;
    this.isStructural = isStructural;
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(fault: HostFault): void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

type RequestHandler = (params: JsonObject) => JsonObject | Promise<JsonObject>;
type NotificationHandler = (params: JsonObject) => void;

const REQUEST_TIMEOUT_MS = 60_000;
const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

/**
 * JSON-RPC 2.0 with the page around this one (spec 05 section 3.3).
 *
 * Messages count only when they come from the parent window, and once the host has answered `ui/initialize` only from
 * the origin that answered. What is sent goes to that origin alone; before it is known there is no better target
 * than `*`, and an opaque origin has no name to send to.
 */
export class HostBridge {
  readonly #view: Window;
  #origin: string | undefined;
  // A thin shell may have asked under small ids before this runtime was loaded.
  #nextId = 1001;
  #closed = false;
  readonly #waiting = new Map<number, Waiting>();
  readonly #notifications = new Map<string, Set<NotificationHandler>>();
  readonly #requests = new Map<string, RequestHandler>();

  constructor(view: Window) {
    this.#view = view;
    view.addEventListener("message", this.#receive);
  }

  /** Whether there is a page around this one at all. */
  get hasHost(): boolean {
    return this.#view.parent !== this.#view;
  }

  /**
   * Ask the host.
   *
   * @param options `timeoutMs` of `Infinity` waits for ever; `pin` takes the answer's origin for the host's.
   * @throws HostFault: no host, an error answer, no answer in time.
   */
  request(method: string, params: JsonObject, options: { timeoutMs?: number; id?: number; pin?: boolean } = {}): Promise<unknown> {
    const { timeoutMs = REQUEST_TIMEOUT_MS, id = this.#nextId++ } = options;
    if (!this.hasHost || this.#closed) return Promise.reject(new HostFault("There is no host around this page.", undefined, true));
    return new Promise((resolve, reject) => {
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => {
            this.#waiting.delete(id);
            reject(new HostFault(`The host did not answer '${method}' in time.`));
          }, timeoutMs)
        : undefined;
      this.#waiting.set(id, { resolve, reject, timer });
      if (options.pin === true) this.#pinning = id;
      this.#post({ jsonrpc: "2.0", id, method, params });
    });
  }

  #pinning: number | undefined;

  /** Tell the host. */
  notify(method: string, params: JsonObject = {}): void {
    if (this.hasHost && !this.#closed) this.#post({ jsonrpc: "2.0", method, params });
  }

  /** Post an envelope that is no JSON-RPC, such as `ggui:lifecycle`. */
  signal(envelope: JsonObject): void {
    if (this.hasHost && !this.#closed) this.#post(envelope);
  }

  /** Listen to a notification of the host. */
  onNotification(method: string, handler: NotificationHandler): void {
    const handlers = this.#notifications.get(method) ?? new Set();
    this.#notifications.set(method, handlers.add(handler));
  }

  /** Answer a request of the host. */
  onRequest(method: string, handler: RequestHandler): void {
    this.#requests.set(method, handler);
  }

  /** Say nothing more, and hear nothing more. */
  close(): void {
    this.#closed = true;
    this.#view.removeEventListener("message", this.#receive);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new HostFault("The page is closing."));
    }
    this.#waiting.clear();
  }

  #post(message: JsonObject): void {
    this.#view.parent.postMessage(message, this.#target());
  }

  #target(): string {
    return this.#origin !== undefined && /^https?:\/\//.test(this.#origin) ? this.#origin : "*";
  }

  readonly #receive = (event: MessageEvent): void => {
    if (!this.hasHost || event.source !== this.#view.parent) return;
    if (this.#origin !== undefined && event.origin !== this.#origin) return;
    const message: unknown = event.data;
    if (!isObject(message) || message["jsonrpc"] !== "2.0") return;
    const { id, method } = message;
    const params = isObject(message["params"]) ? message["params"] : {};
    if (typeof method === "string") {
      if (id === undefined) this.#notified(method, params);
      else void this.#requested(id, method, params);
    } else if (typeof id === "number") {
      if (id === this.#pinning) this.#origin = event.origin;
      this.#answered(id, message);
    }
  };

  #notified(method: string, params: JsonObject): void {
    for (const handler of [...(this.#notifications.get(method) ?? [])]) handler(params);
  }

  async #requested(id: unknown, method: string, params: JsonObject): Promise<void> {
    const handler = this.#requests.get(method);
    if (handler === undefined) {
      this.#post({ jsonrpc: "2.0", id, error: { code: METHOD_NOT_FOUND, message: `This view does not know '${method}'.` } });
      return;
    }
    try {
      const result = await handler(params);
      this.#post({ jsonrpc: "2.0", id, result });
    } catch (error) {
      this.#post({ jsonrpc: "2.0", id, error: { code: INTERNAL_ERROR, message: messageOf(error) } });
    }
  }

  #answered(id: number, message: JsonObject): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    const error = message["error"];
    if (error === undefined) waiting.resolve(message["result"]);
    else waiting.reject(faultOf(error));
  }
}

const INCAPABLE = /(unknown|unsupported|not (supported|allowed|permitted|available|found|implemented|enabled)).{0,40}|no such/i;

function faultOf(error: unknown): HostFault {
  if (!isObject(error)) return new HostFault("The host answered with an error.");
  const code = typeof error["code"] === "number" ? error["code"] : undefined;
  const message = typeof error["message"] === "string" ? error["message"] : "The host answered with an error.";
  const isStructural = code === METHOD_NOT_FOUND || (/tool|method/i.test(message) && INCAPABLE.test(message));
  return new HostFault(message, code, isStructural);
}
