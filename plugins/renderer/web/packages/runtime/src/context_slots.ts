import type { Writable } from "@ggui-ai/wire";

import { HostFault } from "./bridge.ts";
import type { Host } from "./host.ts";
import type { JsonObject } from "./json.ts";
import type { Relay } from "./relay.ts";
import type { SlotDeclaration } from "./slice.ts";

const TOOL = "ggui_runtime_sync_context";
const FIRST_SYNC_MS = 300;
const RETRY_MS = 3_000;
const MAX_RETRIES = 2;
/** Waits that belong to no slot; slots cannot be named like this. */
const START = "\u0000start";
const RETRY = "\u0000retry";

class Slot implements Writable<unknown> {
  readonly declaration: SlotDeclaration;
  readonly #changed: (slot: Slot) => void;
  readonly #listeners = new Set<() => void>();
  #value: unknown;

  constructor(declaration: SlotDeclaration, value: unknown, changed: (slot: Slot) => void) {
    this.declaration = declaration;
    this.#value = value;
    this.#changed = changed;
  }

  readonly get = (): unknown => this.#value;

  readonly set = (next: unknown): void => {
    if (Object.is(next, this.#value)) return;
    this.#value = next;
    for (const listener of [...this.#listeners]) listener();
    this.#changed(this);
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/**
 * The state that component, agent and server share (spec 05 section 9).
 *
 * A change is told once its slot's debounce has passed; all slots travel in one message. What was told already is not
 * told again.
 */
export class ContextSlots {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly #host: Host;
  readonly #relay: Relay;
  readonly #session: { sessionId: string; appId: string };
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When a slot wants to be told, by the page's clock. */
  readonly #dues = new Map<string, number>();
  #told: string | undefined;
  #retries = 0;
  #closed = false;

  /** @param kept Values that outlive a re-mount; slots that are no longer declared are left out. */
  constructor(
    host: Host,
    relay: Relay,
    session: { sessionId: string; appId: string },
    declarations: readonly SlotDeclaration[],
    kept: JsonObject = {},
  ) {
    this.#host = host;
    this.#relay = relay;
    this.#session = session;
    const changed = (slot: Slot): void => this.#tellWithin(slot.declaration.name, slot.declaration.debounceMs);
    this.slots = new Map(
      declarations.map((declaration) => {
        const value = declaration.name in kept ? kept[declaration.name] : declaration.default;
        return [declaration.name, new Slot(declaration, value, changed)];
      }),
    );
  }

  /** Tell the initial values, once. */
  start(): void {
    if (this.slots.size > 0) this.#tellWithin(START, FIRST_SYNC_MS);
  }

  /** Every slot's value at this moment, as JSON. */
  snapshot(): JsonObject {
    const values = [...this.slots].map(([name, slot]) => [name, jsonValue(slot.get())] as const);
    return Object.fromEntries(values);
  }

  /** Tell what has not been told, now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#dues.clear();
    if (this.slots.size === 0 || this.#closed) return;
    const snapshot = this.snapshot();
    const text = JSON.stringify(snapshot);
    if (text === this.#told) return;
    this.#told = text;
    await this.#tell(snapshot, text);
  }

  /** Tell what is left, then nothing more. */
  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** A further change of the same slot starts its wait anew; other slots keep theirs. */
  #tellWithin(name: string, delayMs: number): void {
    this.#dues.set(name, performance.now() + delayMs);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), Math.max(0, Math.min(...this.#dues.values()) - performance.now()));
  }

  async #tell(snapshot: JsonObject, text: string): Promise<void> {
    const words = { content: [{ type: "text", text: `[ggui:context] ${text}` }] };
    this.#host.ready
      .then(() => this.#host.bridge.request("ui/update-model-context", words))
      .catch(() => undefined); // the server's copy is the one that counts
    try {
      const answer = await this.#relay.callAnyWay(TOOL, { ...this.#session, snapshot });
      this.#retries = 0;
      if (answer["ok"] === false) console.warn("[ggui] the context was refused:", answer["code"], answer["message"]);
    } catch (fault) {
      const isFinal = (fault instanceof HostFault && fault.isStructural) || this.#retries >= MAX_RETRIES;
      if (isFinal || this.#told !== text) return;
      this.#retries += 1;
      this.#told = undefined;
      this.#tellWithin(RETRY, RETRY_MS);
    }
  }
}

/** What JSON makes of a value; `null` for what it cannot write. */
function jsonValue(value: unknown): unknown {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
