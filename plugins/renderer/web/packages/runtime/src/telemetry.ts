import type { Relay } from "./relay.ts";

interface TelemetryEvent {
  readonly at: number;
  readonly kind: string;
  readonly detail?: string;
}

const TOOL = "ggui_runtime_telemetry";
const FIRST_FLUSH_MS = 4_000;
const FLUSH_EVERY_MS = 8_000;
/** Receipts tell an agent whether anybody can see its card: they go out at once. */
const RECEIPT_FLUSH_MS = 100;
const MAX_FLUSHES = 12;
const MAX_EVENTS = 40;
const MAX_DETAIL = 512;

/** How far the card got (spec 08), and what happened on the way, reported through the relay. */
export class Telemetry {
  readonly #relay: Relay;
  readonly #sessionId: string;
  #events: TelemetryEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #flushes = 0;
  #flushedAt: number | undefined;

  constructor(relay: Relay, sessionId: string) {
    this.#relay = relay;
    this.#sessionId = sessionId;
  }

  /** Note something that helps to understand a failure. */
  note(kind: string, detail?: string): void {
    this.#push(kind, detail);
    this.#flushBy(this.#flushedAt === undefined ? FIRST_FLUSH_MS : this.#flushedAt + FLUSH_EVERY_MS);
  }

  /** The runtime runs. Waits a little for what follows at once. */
  started(rung: string): void {
    this.#push("delivery.started", rung);
    this.#flushBy(performance.now() + 10 * RECEIPT_FLUSH_MS);
  }

  /** The component is on the screen. */
  painted(rung: string): void {
    this.#push("delivery.painted", rung);
    this.#flushBy(performance.now() + RECEIPT_FLUSH_MS);
  }

  /** The component is not on the screen, or no longer. */
  failed(code: string, message: string): void {
    this.#push("delivery.error", `${code}: ${message}`);
    this.#flushBy(performance.now() + RECEIPT_FLUSH_MS);
  }

  /** Send what is left. */
  close(): void {
    clearTimeout(this.#timer);
    void this.#flush();
    this.#flushes = MAX_FLUSHES;
  }

  #push(kind: string, detail: string | undefined): void {
    const at = Math.round(performance.now());
    const event = { at, kind: kind.slice(0, 64), ...(detail === undefined ? {} : { detail: redact(detail).slice(0, MAX_DETAIL) }) };
    this.#events = [...this.#events, event].slice(-MAX_EVENTS);
  }

  /** Flush at a time of the page's clock, or earlier. */
  #flushBy(time: number): void {
    if (this.#flushes >= MAX_FLUSHES || time >= this.#due) return;
    this.#due = time;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#flush(), Math.max(0, time - performance.now()));
  }

  async #flush(): Promise<void> {
    this.#due = Infinity;
    if (this.#events.length === 0 || this.#flushes >= MAX_FLUSHES) return;
    const events = this.#events;
    this.#events = [];
    this.#flushes += 1;
    this.#flushedAt = performance.now();
    try {
      await this.#relay.callAnyWay(TOOL, { sessionId: this.#sessionId, events });
    } catch {
      // A host that drops one call may take the next; receipts must not be lost to that.
      this.#events = [...events, ...this.#events].slice(-MAX_EVENTS);
      this.#flushBy(performance.now() + FLUSH_EVERY_MS);
    }
  }
}

/** Without query strings and tokens: details end in a log. */
export function redact(detail: string): string {
  return detail
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s"'?#)]*)[?#][^\s"')]*/gi, "$1")
    .replace(/\b(wsToken|token|bearer|authorization)\b\s*[=:]?\s*[\w.~+/-]{8,}=*/gi, "$1=[redacted]")
    .replace(/[\w-]{16,}\.[\w-]{16,}(\.[\w-]+)?/g, "[redacted]");
}
