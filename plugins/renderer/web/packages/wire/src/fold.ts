import type { Delivery } from "./config.ts";

/** What a channel has delivered so far. */
export interface StreamState<T> {
  readonly latest: T | null;
  readonly all: readonly T[];
  readonly isComplete: boolean;
}

/** How many deliveries `all` keeps; a channel that runs for days must not fill the page. */
export const KEPT_DELIVERIES = 10_000;

/** The state after one more delivery: `append` adds, `replace` starts over, `complete` sticks. */
export function fold<T>(state: StreamState<T>, delivery: Delivery): StreamState<T> {
  const payload = delivery.payload as T;
  const isComplete = state.isComplete || delivery.complete === true;
  if (delivery.mode === "replace") return { latest: payload, all: [payload], isComplete };
  const all = [...state.all, payload];
  return { latest: payload, all: all.length > KEPT_DELIVERIES ? all.slice(-KEPT_DELIVERIES) : all, isComplete };
}
