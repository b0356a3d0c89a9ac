/** Pauses between attempts to get back to the best rung; the last one stays. */
const PAUSES_MS = [15_000, 30_000, 60_000, 120_000, 300_000];
/** A page that is looked at again, or a network that is back, is a reason to try at once; not more often than this. */
const SOONEST_MS = 5_000;

/** Says when a channel that had to leave the socket should try it again. */
export class Climb {
  readonly #tryAgain: () => void;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #triedAt = -Infinity;
  #isWanted = false;

  constructor(tryAgain: () => void) {
    this.#tryAgain = tryAgain;
    globalThis.addEventListener("online", this.#chance);
    document.addEventListener("visibilitychange", this.#chance);
  }

  /** A lower rung carries the news from now on. */
  begin(): void {
    this.#isWanted = true;
    clearTimeout(this.#timer);
    const pause = PAUSES_MS[Math.min(this.#attempts, PAUSES_MS.length - 1)];
    this.#timer = setTimeout(this.#go, pause);
  }

  /** The best rung carries them again. */
  arrived(): void {
    this.#isWanted = false;
    this.#attempts = 0;
    clearTimeout(this.#timer);
  }

  stop(): void {
    this.arrived();
    globalThis.removeEventListener("online", this.#chance);
    document.removeEventListener("visibilitychange", this.#chance);
  }

  readonly #chance = (): void => {
    if (this.#isWanted && document.visibilityState === "visible" && performance.now() - this.#triedAt > SOONEST_MS) this.#go();
  };

  readonly #go = (): void => {
    clearTimeout(this.#timer);
    if (document.visibilityState === "hidden") return;
    this.#attempts += 1;
    this.#triedAt = performance.now();
    this.#tryAgain();
  };
}

/** Whether a policy of this page forbids to open sockets: then no later attempt can succeed. */
export function watchSocketPolicy(document: Document, forbidden: () => void): () => void {
  const hear = (event: SecurityPolicyViolationEvent): void => {
    const isConnect = event.effectiveDirective === "connect-src" && event.disposition === "enforce";
    if (isConnect && /^wss?:/.test(event.blockedURI)) forbidden();
  };
  document.addEventListener("securitypolicyviolation", hear);
  return () => document.removeEventListener("securitypolicyviolation", hear);
}
