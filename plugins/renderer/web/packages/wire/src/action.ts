import { useCallback } from "react";

import type { WireConfig } from "./config.ts";
import type { Outcome } from "./outcome.ts";
import { useWireContext } from "./provider.tsx";

/**
 * A function that sends one gesture to the agent; its identity is stable.
 *
 * The same action with the same payload counts once within one event-loop task: nested clickable elements would
 * otherwise send it twice. The promise never rejects.
 */
export function useAction<T = unknown>(name: string): (data?: T) => Promise<Outcome> {
  const config = useWireContext();
  return useCallback((data?: T) => dispatchOnce(config, name, data), [config, name]);
}

const underway = new WeakMap<WireConfig, Map<string, Promise<Outcome>>>();

/** Dispatch through `config`, or join the identical gesture of the same task. */
export function dispatchOnce(config: WireConfig, name: string, data: unknown): Promise<Outcome> {
  const payload = isEvent(data) ? undefined : data;
  let key: string;
  try {
    key = `${name}::${JSON.stringify(payload ?? null)}`;
  } catch {
    return Promise.resolve(refused("UNSERIALIZABLE_ACTION", `The data of '${name}' cannot be written as JSON.`));
  }
  const ofTask = gesturesOf(config);
  const same = ofTask.get(key);
  if (same !== undefined) {
    console.warn(`[ggui] '${name}' was dispatched twice in one task; the second one is dropped.`);
    config.onDispatchSuppressed?.(name, payload);
    return same;
  }
  const outcome = dispatch(config, name, payload);
  ofTask.set(key, outcome);
  setTimeout(() => ofTask.delete(key), 0);
  return outcome;
}

async function dispatch(config: WireConfig, name: string, data: unknown): Promise<Outcome> {
  try {
    // Another runtime's dispatch may answer nothing.
    return (await config.dispatch(name, data)) ?? { ok: true, heard: false };
  } catch (error) {
    return refused("DISPATCH_FAILED", error instanceof Error ? error.message : String(error));
  }
}

function gesturesOf(config: WireConfig): Map<string, Promise<Outcome>> {
  let gestures = underway.get(config);
  if (gestures === undefined) {
    gestures = new Map();
    underway.set(config, gestures);
  }
  return gestures;
}

function refused(code: string, message: string): Outcome {
  return { ok: false, code, message };
}

/** `onClick={approve}` hands over the click itself, which is never meant as the payload. */
function isEvent(data: unknown): boolean {
  if (typeof data !== "object" || data === null) return false;
  return "nativeEvent" in data || (typeof Event !== "undefined" && data instanceof Event);
}
