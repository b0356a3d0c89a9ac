import type { Host } from "./host.ts";
import { SizeEcho } from "./size_echo.ts";

/**
 * Tells the host how high the content is.
 *
 * What is measured is the body's own box, which follows its content; the viewport has no part in it.
 */
export class Sizing {
  readonly #view: Window;
  readonly #host: Host;
  readonly #echo = new SizeEcho();
  #frame = 0;
  readonly #observers: { disconnect(): void }[] = [];

  constructor(view: Window, host: Host) {
    this.#view = view;
    this.#host = host;
  }

  start(): void {
    const { body } = this.#view.document;
    const resized = new ResizeObserver(() => this.#schedule());
    resized.observe(body);
    const mutated = new MutationObserver(() => this.#echo.contentChanged());
    mutated.observe(body, { childList: true, subtree: true, characterData: true, attributes: true });
    this.#observers.push(resized, mutated);
    body.addEventListener("load", () => this.#echo.contentChanged(), true);
    this.#view.addEventListener("resize", () => this.#schedule());
    void this.#host.ready.then(() => this.#schedule());
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    for (const observer of this.#observers) observer.disconnect();
  }

  #schedule(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => void this.#host.ready.then(() => this.#report()));
  }

  #report(): void {
    const { innerWidth, innerHeight, document } = this.#view;
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    const width = Math.ceil(innerWidth);
    if (!this.#echo.shouldReport({ width, height, viewport: innerHeight })) return;
    this.#host.bridge.notify("ui/notifications/size-changed", { width, height });
  }
}
