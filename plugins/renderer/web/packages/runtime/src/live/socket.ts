import { Backoff } from "./backoff.ts";
import { parseFrame, type Frame } from "./frames.ts";

/** Whatever has not opened by then gives way to what comes next. */
const OPEN_TIMEOUT_MS = 5_000;
const PING_EVERY_MS = 30_000;

/** What the socket rung asks of, and tells, the channel. */
export interface SocketOwner {
  /** Bring the token up to date; the address is asked for afterwards. */
  prepare(): Promise<void>;
  address(): string;
  /** The first frame of every connection. */
  subscription(): Frame | Omit<Frame, "requestId">;
  received(frame: Frame): void;
  /** An established connection is gone; another one follows, unless the rung gives up. */
  lost(): void;
  gaveUp(reason: string): void;
}

/**
 * The WebSocket rung (spec 05 section 7.2).
 *
 * A connection that the page's policy forbids fires `error` and, in Chromium, never `close`; some are refused by the
 * constructor, some never get anywhere. All of them count as closed without having been open.
 */
export class Socket {
  readonly #owner: SocketOwner;
  readonly #backoff = new Backoff();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #stopped = false;

  constructor(owner: SocketOwner) {
    this.#owner = owner;
  }

  start(): void {
    void this.#connect();
  }

  /** Whether it was sent. */
  send(frame: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Drop the connection and make a new one at once, such as with a new token. */
  reconnect(): void {
    this.#drop();
    if (!this.#stopped) void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  async #connect(): Promise<void> {
    await this.#owner.prepare();
    if (this.#stopped || this.#socket !== undefined) return;
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.#owner.address());
    } catch {
      return this.#neverOpened();
    }
    this.#socket = socket;
    let isOpen = false;
    const failed = (code: number): void => {
      if (this.#socket !== socket) return;
      this.#drop();
      if (isOpen) this.#closed(code);
      else this.#neverOpened();
    };
    this.#timer = setTimeout(() => failed(0), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      isOpen = true;
      this.#backoff.opened();
      this.send(this.#owner.subscription());
      this.#ping = setInterval(() => this.send({ type: "ping", payload: {} }), PING_EVERY_MS);
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      const frame = parseFrame(event.data);
      if (frame !== undefined && this.#socket === socket) this.#owner.received(frame);
    };
    socket.onerror = () => {
      if (socket.readyState === WebSocket.CLOSED) failed(0);
    };
    socket.onclose = (event) => failed(event.code);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#ping);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
  }

  #closed(code: number): void {
    this.#owner.lost();
    this.#again(this.#backoff.closed(code), `closed with ${code}`);
  }

  #neverOpened(): void {
    this.#again(this.#backoff.neverOpened(), "never opened");
  }

  #again(pause: number | undefined, reason: string): void {
    if (this.#stopped) return;
    if (pause === undefined) {
      this.#stopped = true;
      this.#owner.gaveUp(reason);
    } else {
      this.#timer = setTimeout(() => void this.#connect(), pause);
    }
  }
}
