const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const AFTER_RESTART_MS = 100;
const MAX_ATTEMPTS = 10;
const MAX_NEVER_OPENED = 2;

/** The close code of a server that restarts. */
export const SERVICE_RESTART = 1012;

/** Counts what became of connections, and says when the next one is tried (spec 05 section 7.2). */
export class Backoff {
  #failures = 0;
  #neverOpened = 0;

  /** A connection opened. */
  opened(): void {
    this.#failures = 0;
    this.#neverOpened = 0;
  }

  /** An open connection ended: milliseconds until the next one, or `undefined` to give up. */
  closed(code: number): number | undefined {
    if (code === SERVICE_RESTART && this.#failures === 0) {
      this.#failures = 1;
      return AFTER_RESTART_MS;
    }
    return this.#next();
  }

  /** A connection ended without ever having been open; twice in a row means that something forbids it. */
  neverOpened(): number | undefined {
    this.#neverOpened += 1;
    return this.#neverOpened >= MAX_NEVER_OPENED ? undefined : this.#next();
  }

  #next(): number | undefined {
    if (this.#failures >= MAX_ATTEMPTS) return undefined;
    const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    return pause;
  }
}
