import { element } from "./dom.ts";
import { MESSAGES } from "./messages.ts";

const TRANSIENT_MS = 2_500;
const REJECTED_MS = 5_000;
const REPEAT_MS = 5_000;

/**
 * What a person is told about their gestures, on the screen and to screen readers.
 *
 * Passing notices float over the card and take no clicks; the one that asks for something stays, below the card, until
 * it is dismissed or the agent has heard.
 */
export class Notices {
  readonly #document: Document;
  readonly #polite: HTMLElement;
  readonly #assertive: HTMLElement;
  readonly #layer: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #passing: string | undefined;
  #lasting: { element: HTMLElement; actionIds: Set<string>; key: string } | undefined;
  #dismissed = "";
  #repeatedAt = -Infinity;

  constructor(document: Document) {
    this.#document = document;
    this.#polite = element(document, "div", { role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.#assertive = element(document, "div", { role: "alert", "aria-live": "assertive", "aria-atomic": "true" });
    this.#layer = element(document, "div", { class: "ggui-notice-transient", "aria-hidden": "true", hidden: "" });
    const announcer = { id: "__ggui-toast-announcer__", class: "ggui-sr" };
    document.body.append(element(document, "div", announcer, this.#polite, this.#assertive), this.#layer);
  }

  /** A gesture is on its way. */
  pending(actionId: string, label: string): void {
    if (this.#lasting?.key === "failed") this.#remove();
    this.#pass(MESSAGES.sending(label), actionId);
  }

  /** An agent has it; nothing more is to be done. */
  heard(actionId: string): void {
    if (this.#passing === actionId) this.#pass(MESSAGES.heard, actionId);
    this.#settle(actionId);
  }

  /** Nobody was listening: what the person has to do, or what was done for them. */
  unheard(actionId: string, wasToldChat: boolean): void {
    this.#clear();
    this.#stay(wasToldChat ? MESSAGES.toldChat : MESSAGES.waiting, wasToldChat ? "told" : "waiting", actionId);
  }

  /** It did not work, and trying again is up to the person: that stays to be read. */
  failed(message: string): void {
    this.#clear();
    this.#remove();
    this.#dismissed = "";
    this.#stay(message, "failed", undefined);
  }

  /** The server took it for wrong; the component shows where. */
  rejected(message: string): void {
    this.#say(this.#assertive, message);
    this.#show(message, "error", REJECTED_MS);
  }

  /** Something to know that no gesture caused. */
  inform(message: string): void {
    this.#pass(message, undefined);
  }

  /** This host passes nothing on: said once, then only hinted at. */
  incapable(): void {
    this.#clear();
    this.#stay(MESSAGES.incapable, "incapable", undefined);
  }

  /** The host does pass things on after all. */
  capable(): void {
    if (this.#lasting?.key === "incapable") this.#remove();
    this.#dismissed = "";
  }

  /** Only to screen readers. */
  announce(message: string): void {
    this.#say(this.#polite, message);
  }

  #pass(message: string, actionId: string | undefined): void {
    this.#say(this.#polite, message);
    this.#passing = actionId;
    this.#show(message, "info", TRANSIENT_MS);
  }

  #show(message: string, tone: "info" | "error", durationMs: number): void {
    clearTimeout(this.#timer);
    if (isDisabled()) return;
    this.#layer.className = `ggui-notice-transient ggui-notice-${tone}`;
    this.#layer.replaceChildren(element(this.#document, "div", { class: "ggui-notice-pill" }, message));
    this.#layer.hidden = false;
    this.#timer = setTimeout(() => this.#clear(), durationMs);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#passing = undefined;
    this.#layer.hidden = true;
    this.#layer.replaceChildren();
  }

  #stay(message: string, key: string, actionId: string | undefined): void {
    const ids = this.#lasting?.key === key ? this.#lasting.actionIds : new Set<string>();
    if (actionId !== undefined) ids.add(actionId);
    if (this.#lasting?.key === key || this.#dismissed === key) return this.#hint(message);
    this.#remove();
    this.#say(key === "failed" ? this.#assertive : this.#polite, message);
    if (isDisabled()) return;
    const close = element(this.#document, "span", { class: "ggui-notice-lasting-close", "aria-hidden": "true" }, "×");
    const label = `${message} ${MESSAGES.dismiss}`;
    const attributes = { class: "ggui-notice-lasting", role: "button", tabindex: "0", "aria-label": label, "data-ggui-notice": key };
    const notice = element(this.#document, "div", attributes, element(this.#document, "span", {}, message), close);
    const dismiss = (): void => {
      this.#dismissed = key;
      this.#remove();
    };
    notice.addEventListener("click", dismiss);
    notice.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      dismiss();
    });
    this.#lasting = { element: notice, actionIds: ids, key };
    this.#document.body.append(notice);
  }

  /** The same once more: a pulse, and a word now and then. */
  #hint(message: string): void {
    const notice = this.#lasting?.element;
    notice?.classList.remove("ggui-notice-pulse");
    // Reading a layout value restarts the animation.
    void notice?.offsetWidth;
    notice?.classList.add("ggui-notice-pulse");
    if (performance.now() - this.#repeatedAt < REPEAT_MS) return;
    this.#repeatedAt = performance.now();
    if (notice === undefined) this.#pass(message, undefined);
    else this.#say(this.#polite, message);
  }

  #settle(actionId: string): void {
    const lasting = this.#lasting;
    if (lasting === undefined || !lasting.actionIds.delete(actionId)) return;
    if (lasting.actionIds.size === 0) this.#remove();
    this.#dismissed = "";
  }

  #remove(): void {
    this.#lasting?.element.remove();
    this.#lasting = undefined;
  }

  /** Emptied first: the same words twice are otherwise said once. */
  #say(region: HTMLElement, message: string): void {
    region.textContent = "";
    setTimeout(() => (region.textContent = message), 30);
  }
}

function isDisabled(): boolean {
  return (globalThis as { __GGUI_TOAST_DISABLED__?: unknown }).__GGUI_TOAST_DISABLED__ === true;
}
