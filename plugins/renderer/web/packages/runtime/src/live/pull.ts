import { HostFault } from "../bridge.ts";
import { count, type JsonObject } from "../json.ts";
import type { Relay } from "../relay.ts";

const TOOL = "ggui_runtime_pull";
const PAGE = 100;
const WAIT_S = 15;
/** For hosts that carry out one call after the other: a held pull would keep gestures waiting. */
const SHORT_WAIT_S = 2;
const CALL_TIMEOUT_MS = 30_000;
const AFTER_FAILURE_MS = 3_000;
const WITHOUT_RELAY_MS = 60_000;
/** A host or server that does not hold an empty answer must not be asked without a pause. */
const SHORTEST_ROUND_MS = 2_000;
/** After so many empty answers in a row, about five minutes, the view is taken to be idle. */
const EMPTIES_UNTIL_IDLE = 20;
const IDLE_MS = 15_000;

/** What the pull rung asks of, and tells, the channel. */
export interface PullOwner {
  readonly sessionId: string;
  cursors(): { ledger: number; stream: number };
  /** A page of news; it may be empty. */
  page(page: JsonObject): void;
  /** The server no longer has what lies behind the cursor: everything must be read anew. */
  horizonPassed(current: number): Promise<void>;
  reachable(isReachable: boolean): void;
}

/**
 * The rung that needs nothing but the host's relay: long polls, as long as the page is looked at and no better rung
 * carries the news (spec 05 section 7.4).
 */
export class Pull {
  readonly #relay: Relay;
  readonly #owner: PullOwner;
  #isRunning = false;
  #isWanted = false;
  #isStopped = false;
  #waitS = WAIT_S;
  #empties = 0;
  #failures = 0;
  #wake: () => void = () => undefined;

  constructor(relay: Relay, owner: PullOwner) {
    this.#relay = relay;
    this.#owner = owner;
    document.addEventListener("visibilitychange", this.#visibility);
  }

  /** Carry the news from now on. */
  resume(): void {
    this.#isWanted = true;
    this.#wake();
    if (!this.#isRunning && !this.#isStopped) void this.#run();
  }

  /** Another rung carries them; the call under way still counts. */
  pause(): void {
    this.#isWanted = false;
  }

  /** Something happened that makes news likely. */
  stir(): void {
    this.#empties = 0;
    this.#wake();
  }

  /** A gesture was answered so late that a held pull may have been in its way. */
  hurry(): void {
    if (this.#isRunning) this.#waitS = SHORT_WAIT_S;
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
    document.removeEventListener("visibilitychange", this.#visibility);
  }

  readonly #visibility = (): void => {
    if (document.visibilityState === "visible") this.#wake();
  };

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isWanted && !this.#isStopped) {
      if (document.visibilityState === "hidden") {
        await this.#sleep(Infinity);
        continue;
      }
      const began = performance.now();
      const pause = await this.#round();
      if (pause > 0) await this.#sleep(pause - (performance.now() - began));
    }
    this.#isRunning = false;
  }

  /** One call; milliseconds from its start to the next one. */
  async #round(): Promise<number> {
    const { ledger, stream } = this.#owner.cursors();
    const args = { sessionId: this.#owner.sessionId, sinceSequence: ledger, limit: PAGE, wait: this.#waitS, streamSince: stream };
    try {
      const answer = await this.#relay.call(TOOL, args, CALL_TIMEOUT_MS);
      if (this.#isStopped) return 0;
      const current = answer["reason"] === "REPLAY_HORIZON_PASSED" ? (count(answer["currentSequence"]) ?? 0) : undefined;
      if (current === undefined && !Array.isArray(answer["events"])) throw new HostFault("The pull was not answered.");
      this.#failures = 0;
      this.#owner.reachable(true);
      if (current !== undefined) {
        await this.#owner.horizonPassed(current);
        return SHORTEST_ROUND_MS;
      }
      this.#owner.page(answer);
      return this.#paceAfter(answer);
    } catch (fault) {
      this.#failures += 1;
      if (this.#failures >= 2) this.#owner.reachable(false);
      const isStructural = fault instanceof HostFault && fault.isStructural;
      return isStructural ? WITHOUT_RELAY_MS : AFTER_FAILURE_MS * Math.min(this.#failures, 5);
    }
  }

  #paceAfter(page: JsonObject): number {
    const isEmpty = [page["events"], page["emissions"]].every((rows) => !Array.isArray(rows) || rows.length === 0);
    if (!isEmpty) {
      this.#empties = 0;
      return 0;
    }
    this.#empties += 1;
    return this.#empties > EMPTIES_UNTIL_IDLE ? this.#waitS * 1_000 + IDLE_MS : SHORTEST_ROUND_MS;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(milliseconds) ? setTimeout(resolve, Math.max(0, milliseconds)) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
