/** Lets a frame be as high as its card, without being led on by a card that is as high as its frame (quirk 12). */

const TALLEST = 20_000;
const CREEP = 4;
const RUNAWAY = 120;
const WINDOW_MS = 2_000;

export class FrameHeight {
  readonly #frame: HTMLIFrameElement;
  #current = 0;
  #crept = false;
  #changes: number[] = [];

  constructor(frame: HTMLIFrameElement) {
    this.#frame = frame;
  }

  /** The card says how high its content is. */
  follow(reported: unknown): void {
    if (typeof reported !== "number" || !Number.isFinite(reported) || reported < 1) return;
    const wanted = Math.min(Math.ceil(reported), TALLEST);
    const growth = wanted - this.#current;
    if (growth === 0 || (growth < 0 && growth >= -CREEP)) return;
    // A few pixels once are a change of the content; a few pixels again are the echo of the last change.
    const creeping = growth > 0 && growth <= CREEP;
    if ((creeping && this.#crept) || this.#runsAway()) return;
    this.#crept = creeping;
    this.#current = wanted;
    this.#frame.style.height = `${wanted}px`;
  }

  #runsAway(): boolean {
    const now = performance.now();
    this.#changes = [...this.#changes.filter((at) => at > now - WINDOW_MS), now].slice(-RUNAWAY - 1);
    return this.#changes.length > RUNAWAY;
  }
}
