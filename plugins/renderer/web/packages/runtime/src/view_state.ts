import type { JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import type { Relay } from "./relay.ts";
import { capture, restore, type Capture } from "./typed.ts";

const TOOL = "ggui_runtime_sync_context";
const SAVE_AFTER_MS = 800;
/** What the server keeps, with room for the rest of the call. */
const MOST_BYTES = 30_000;

/** What a view state belongs to. */
export interface StateOwner {
  readonly sessionId: string;
  readonly appId: string;
  /** The context slots: a call that hands over the state carries them as well. */
  snapshot(): JsonObject;
}

/**
 * Keeps on the server what a frame would forget when its host discards it: typed and not sent, scroll positions
 * (spec 08, quirk 7). A sandboxed frame has no storage of its own.
 */
export class ViewState {
  readonly #root: HTMLElement;
  readonly #relay: Relay;
  readonly #owner: StateOwner;
  /** Fields that the person changed, with what stood in them before. */
  readonly #touched = new Map<Element, string>();
  readonly #before = new WeakMap<Element, string>();
  #changedNow: Element[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = "{}";
  #isRestoring = false;

  constructor(root: HTMLElement, relay: Relay, owner: StateOwner) {
    this.#root = root;
    this.#relay = relay;
    this.#owner = owner;
    for (const type of ["focusin", "pointerdown"]) root.addEventListener(type, this.#visited, true);
    for (const type of ["input", "change", "toggle"]) root.addEventListener(type, this.#changed, true);
    root.addEventListener("scroll", this.#scrolled, true);
    root.ownerDocument.addEventListener("scroll", this.#scrolled);
  }

  /** Whether fields are being filled in at this moment: what that sets off is no gesture of anybody. */
  get isRestoring(): boolean {
    return this.#isRestoring;
  }

  /** A gesture was made: a field whose change was the gesture holds no draft. */
  gestureMade(): void {
    for (const element of this.#changedNow) this.#touched.delete(element);
    this.#schedule();
  }

  /** What is typed, focused and scrolled right now. */
  capture(): Capture {
    return capture(this.#root, (element) => this.#isDraft(element));
  }

  /** Put a capture into what is on the screen now, as far as it has a place for it. */
  apply(captured: Capture): void {
    this.#isRestoring = true;
    try {
      for (const element of restore(this.#root, captured)) this.#touched.set(element, "\u0000");
    } finally {
      // What effects of the component do with the values comes within this task or the next one.
      setTimeout(() => (this.#isRestoring = false), 0);
    }
  }

  /** Put back what an earlier frame of this session handed over. */
  revive(state: JsonObject): void {
    const captured = { fields: listOf(state["fields"]), scroll: listOf(state["scroll"]), focus: undefined } as unknown as Capture;
    this.apply(captured);
    this.#told = JSON.stringify(this.#state());
  }

  /** Hand it over now, if it is not what was handed over last. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const state = this.#state();
    const said = JSON.stringify(state);
    if (said === this.#told) return;
    this.#told = said;
    const { sessionId, appId } = this.#owner;
    try {
      await this.#relay.callAnyWay(TOOL, { sessionId, appId, snapshot: this.#owner.snapshot(), view: state });
    } catch {
      this.#told = ""; // the next change tells it again
    }
  }

  async close(): Promise<void> {
    await this.flush();
    for (const type of ["focusin", "pointerdown"]) this.#root.removeEventListener(type, this.#visited, true);
    for (const type of ["input", "change", "toggle"]) this.#root.removeEventListener(type, this.#changed, true);
    this.#root.removeEventListener("scroll", this.#scrolled, true);
    this.#root.ownerDocument.removeEventListener("scroll", this.#scrolled);
  }

  readonly #visited = (event: Event): void => {
    const { target } = event;
    if (target instanceof Element && !this.#before.has(target)) this.#before.set(target, contentOf(target));
  };

  readonly #changed = (event: Event): void => {
    const { target } = event;
    if (this.#isRestoring || !(target instanceof Element)) return;
    if (!this.#touched.has(target)) this.#touched.set(target, this.#before.get(target) ?? "\u0000");
    if (this.#changedNow.length === 0) setTimeout(() => (this.#changedNow = []), 0);
    this.#changedNow.push(target);
    this.#schedule();
  };

  readonly #scrolled = (): void => this.#schedule();

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), SAVE_AFTER_MS);
  }

  #isDraft(element: Element): boolean {
    const before = this.#touched.get(element);
    return before !== undefined && contentOf(element) !== before;
  }

  /** As it travels: without the longest fields where all of them are too much, and empty when there is nothing. */
  #state(): JsonObject {
    const { fields, scroll } = this.capture();
    let kept = [...fields].sort((one, other) => one.value.toString().length - other.value.toString().length);
    while (JSON.stringify(kept).length > MOST_BYTES) kept = kept.slice(0, -1);
    kept = fields.filter((field) => kept.includes(field));
    return { ...(kept.length > 0 ? { fields: kept } : {}), ...(scroll.length > 0 ? { scroll } : {}) };
  }
}

function contentOf(element: Element): string {
  if (element instanceof HTMLInputElement && /^(checkbox|radio)$/.test(element.type)) return String(element.checked);
  if (element instanceof HTMLDetailsElement) return String(element.open);
  return "value" in element ? String(element.value) : "";
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}
