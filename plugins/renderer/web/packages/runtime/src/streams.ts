import type { Delivery } from "@ggui-ai/wire";

/** A delivery as the live channel and pull pages carry it; `seq` counts over all channels of the session. */
export interface Emission extends Delivery {
  readonly channel: string;
  readonly seq: number | undefined;
}

/** How many deliveries of a channel are kept for readers that come later. */
export const KEPT_FOR_LATE_READERS = 256;

/** Hands deliveries to the readers of their channel, each delivery once whatever way it came. */
export class StreamHub {
  #cursor = 0;
  readonly #kept = new Map<string, Delivery[]>();
  readonly #readers = new Map<string, Set<(delivery: Delivery) => void>>();

  /** Told when a channel gets its first reader. */
  onRead: (channel: string) => void = () => undefined;

  /** The highest `seq` seen: what a reconnect or a pull asks to continue from. */
  get cursor(): number {
    return this.#cursor;
  }

  /** The server's counter at a snapshot. A smaller one than ours means that the server started anew. */
  reconcile(streamSeq: number): void {
    if (streamSeq < this.#cursor) this.#cursor = streamSeq;
  }

  /** Take one delivery; a `seq` that was seen already is dropped. */
  deliver(emission: Emission): void {
    const { channel, seq, ...delivery } = emission;
    if (seq !== undefined) {
      if (seq <= this.#cursor) return;
      this.#cursor = seq;
    }
    this.#keep(channel, delivery);
    for (const read of [...(this.#readers.get(channel) ?? [])]) read(delivery);
  }

  /** Read a channel, starting with what it delivered before. */
  subscribe(channel: string, read: (delivery: Delivery) => void): () => void {
    let readers = this.#readers.get(channel);
    if (readers === undefined) {
      readers = new Set();
      this.#readers.set(channel, readers);
    }
    for (const delivery of this.#kept.get(channel) ?? []) read(delivery);
    readers.add(read);
    if (readers.size === 1) this.onRead(channel);
    return () => readers.delete(read);
  }

  #keep(channel: string, delivery: Delivery): void {
    const before = delivery.mode === "replace" ? [] : (this.#kept.get(channel) ?? []);
    this.#kept.set(channel, [...before, delivery].slice(-KEPT_FOR_LATE_READERS));
  }
}
