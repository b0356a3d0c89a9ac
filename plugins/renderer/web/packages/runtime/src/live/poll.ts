import { isObject, type JsonObject } from "../json.ts";

const EVERY_MS = 2_000;
const MAX_FAILURES = 3;
const REQUEST_TIMEOUT_MS = 15_000;

/** What the polling rung asks of, and tells, the channel. */
export interface PollOwner {
  /** Bring the token up to date; anew even if it looks good, when the server says that it is not. */
  prepare(isRefused: boolean): Promise<void>;
  /** The address with token and cursors. */
  address(): string | undefined;
  page(page: JsonObject): void;
  /** The server no longer has what lies behind the cursor: everything must be read anew. */
  horizonPassed(current: unknown): Promise<void>;
  gaveUp(reason: string): void;
}

/** The polling rung: plain requests, for hosts whose network holds back whatever stays open (spec 05 section 7.3). */
export class Poll {
  readonly #owner: PollOwner;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isRefused = false;
  #isStopped = false;

  constructor(owner: PollOwner) {
    this.#owner = owner;
    document.addEventListener("visibilitychange", this.#visibility);
  }

  start(): void {
    void this.#round();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#visibility);
  }

  readonly #visibility = (): void => {
    if (document.visibilityState !== "visible" || this.#isStopped) return;
    clearTimeout(this.#timer);
    void this.#round();
  };

  async #round(): Promise<void> {
    // A page that nobody looks at asks again when it is looked at.
    if (this.#isStopped || document.visibilityState === "hidden") return;
    await this.#owner.prepare(this.#isRefused);
    const address = this.#owner.address();
    if (this.#isStopped || address === undefined) return;
    try {
      const hasMore = await this.#ask(address);
      this.#failures = 0;
      this.#again(hasMore ? 0 : EVERY_MS);
    } catch (error) {
      this.#failures += 1;
      if (this.#failures < MAX_FAILURES) return this.#again(EVERY_MS);
      if (this.#isStopped) return;
      this.stop();
      this.#owner.gaveUp(error instanceof Error ? error.message : String(error));
    }
  }

  #again(pauseMs: number): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#round(), pauseMs);
  }

  /** One request; whether there is more to be had at once. */
  async #ask(address: string): Promise<boolean> {
    const headers = { Accept: "application/json" };
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await fetch(address, { headers, credentials: "omit", referrerPolicy: "no-referrer", signal });
    const body: unknown = await response.json().catch(() => undefined);
    if (this.#isStopped) return false;
    this.#isRefused = false;
    if (response.status === 410 && isObject(body) && body["reason"] === "REPLAY_HORIZON_PASSED") {
      await this.#owner.horizonPassed(body["currentSequence"]);
      return false;
    }
    if (!response.ok || !isObject(body) || !Array.isArray(body["events"])) {
      this.#isRefused = response.status === 410 || response.status === 401;
      throw new Error(`answered ${response.status}`);
    }
    this.#owner.page(body);
    return body["hasMore"] === true;
  }
}
