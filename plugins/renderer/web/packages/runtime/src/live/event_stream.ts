import { parseFrame, type Frame } from "./frames.ts";

const MAX_STRIKES = 2;
const AGAIN_AFTER_MS = 1_000;
/** The server shows every 25 s that it lives; a browser that is not connected again by then will not be. */
const SILENCE_MS = 50_000;

/** What the event-stream rung asks of, and tells, the channel. */
export interface EventStreamOwner {
  /** Bring the token up to date; anew even if it looks good, when the server may have refused it. */
  prepare(isRefused: boolean): Promise<void>;
  address(): string | undefined;
  received(frame: Frame): void;
  lost(): void;
  gaveUp(reason: string): void;
}

/** The server-sent-events rung: the frames of the socket, one way (spec 05 section 7.3). */
export class EventStream {
  readonly #owner: EventStreamOwner;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #strikes = 0;
  #stopped = false;

  constructor(owner: EventStreamOwner) {
    this.#owner = owner;
  }

  async start(): Promise<void> {
    // A stream that is refused with 410 looks like any other that closes: its token is made anew.
    await this.#owner.prepare(this.#strikes > 0);
    const address = this.#owner.address();
    if (this.#stopped || address === undefined) return;
    const source = new EventSource(address);
    this.#source = source;
    source.onopen = () => clearTimeout(this.#timer);
    source.onmessage = (event: MessageEvent<unknown>) => {
      this.#strikes = 0;
      const frame = parseFrame(event.data);
      if (frame !== undefined) this.#owner.received(frame);
    };
    source.onerror = () => {
      this.#owner.lost();
      clearTimeout(this.#timer);
      // Otherwise the browser connects again by itself.
      if (source.readyState === EventSource.CLOSED) this.#failed();
      else this.#timer = setTimeout(() => this.#failed(), SILENCE_MS);
    };
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #failed(): void {
    this.#source?.close();
    this.#strikes += 1;
    if (this.#strikes >= MAX_STRIKES) {
      this.stop();
      this.#owner.gaveUp("closed twice");
    } else {
      this.#timer = setTimeout(() => void this.start(), AGAIN_AFTER_MS);
    }
  }
}
