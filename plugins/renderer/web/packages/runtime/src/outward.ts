import type { Host } from "./host.ts";
import { MESSAGES } from "./messages.ts";
import type { Notices } from "./notices.ts";

/** A host that does not open a link says so by then, or is taken to have said so. */
const OPEN_LINK_TIMEOUT_MS = 2_500;

/** Open a tab that cannot reach back; whether the browser let it. */
export function openTab(view: Window, url: string): boolean {
  // With the feature `noopener` the answer would always be null.
  const tab = view.open(url, "_blank");
  if (tab === null) return false;
  tab.opener = null;
  return true;
}

/** Puts on record what a person did that goes to the host instead of the agent. */
export type Audit = (kind: "openLink" | "requestDisplayMode", payload: { url: string } | { mode: string }) => void;

/**
 * What a sandbox does not let a card do by itself, done through the host: links that lead away, and full screen
 * (spec 05 section 3.3).
 */
export class Outward {
  readonly #view: Window;
  readonly #host: Host;
  readonly #notices: Notices;
  audit: Audit = () => undefined;

  constructor(view: Window, host: Host, notices: Notices) {
    this.#view = view;
    this.#host = host;
    this.#notices = notices;
  }

  start(): void {
    const { document } = this.#view;
    this.#view.addEventListener("click", (event) => this.#watch(event), true);
    this.#view.addEventListener("click", (event) => this.#clicked(event));
    Element.prototype.requestFullscreen = () => this.#requestDisplayMode("fullscreen");
    document.exitFullscreen = () => this.#requestDisplayMode("inline");
  }

  /**
   * Open an address beside the conversation.
   *
   * @throws HostFault when the host does not.
   */
  async open(url: string): Promise<void> {
    this.audit("openLink", { url });
    await this.#host.ready;
    await this.#host.bridge.request("ui/open-link", { url }, { timeoutMs: OPEN_LINK_TIMEOUT_MS });
  }

  /**
   * The component's handlers come first, for they may have prevented the default; but one that stops the event must not
   * make the sandbox follow the link.
   */
  #watch(event: MouseEvent): void {
    const stop = event.stopPropagation.bind(event);
    event.stopPropagation = () => {
      this.#clicked(event);
      stop();
    };
  }

  #clicked(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    const anchor = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
    const url = anchor === undefined ? undefined : this.#addressAway(anchor);
    if (url === undefined) return;
    event.preventDefault();
    this.open(url).catch(() => this.#openHere(url));
  }

  /** Where a link leads, if that is away from this document. */
  #addressAway(anchor: HTMLAnchorElement): string | undefined {
    const href = anchor.getAttribute("href") ?? "";
    if (href === "" || href.startsWith("#") || !/^https?:$/.test(anchor.protocol)) return undefined;
    const leadsAway = anchor.target === "_blank" || anchor.origin !== this.#view.location.origin;
    return leadsAway ? anchor.href : undefined;
  }

  #openHere(url: string): void {
    if (!openTab(this.#view, url)) this.#notices.inform(MESSAGES.linkBlocked(url));
  }

  #requestDisplayMode(mode: "fullscreen" | "inline"): Promise<void> {
    this.audit("requestDisplayMode", { mode });
    this.#host.ready
      .then(() => this.#host.bridge.request("ui/request-display-mode", { mode }))
      .catch((error: unknown) => console.warn("[ggui] the host did not change the display mode:", error));
    return Promise.resolve();
  }
}
