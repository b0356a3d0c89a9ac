import { useMemo, useSyncExternalStore } from "react";

import type { Readable, WireConfig } from "./config.ts";
import { fold, type StreamState } from "./fold.ts";
import { useWireContext } from "./provider.tsx";

const NOTHING: StreamState<unknown> = { latest: null, all: [], isComplete: false };

/** The deliveries of a channel. Every reader sees the same ones, also a reader that mounts later. */
export function useStream<T = unknown>(channel: string): { latest: T | null; all: T[]; isComplete: boolean } {
  const config = useWireContext();
  const folded = useMemo(() => foldedChannel(config, channel), [config, channel]);
  const state = useSyncExternalStore(folded.subscribe, folded.get, folded.get);
  return state as { latest: T | null; all: T[]; isComplete: boolean };
}

const folds = new WeakMap<WireConfig, Map<string, Readable<StreamState<unknown>>>>();

function foldedChannel(config: WireConfig, channel: string): Readable<StreamState<unknown>> {
  let channels = folds.get(config);
  if (channels === undefined) {
    channels = new Map();
    folds.set(config, channels);
  }
  let folded = channels.get(channel);
  if (folded === undefined) {
    folded = startFolding(config, channel);
    channels.set(channel, folded);
  }
  return folded;
}

/** Folding happens outside of React: a burst of deliveries within one task loses none of them. */
function startFolding(config: WireConfig, channel: string): Readable<StreamState<unknown>> {
  let state = NOTHING;
  const listeners = new Set<() => void>();
  config.subscribe(channel, (delivery) => {
    state = fold(state, delivery);
    for (const listener of [...listeners]) listener();
  });
  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
