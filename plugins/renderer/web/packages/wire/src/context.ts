import { useCallback, useSyncExternalStore } from "react";

import { useWireContext } from "./provider.tsx";

/** Sets a context slot to a value, or to what a function makes of the present one. */
export type SetContext<T> = (next: T | ((previous: T) => T)) => void;

/**
 * The value of a context slot, shared by every reader and mirrored to the agent.
 *
 * @throws Error when the contract declares no such slot.
 */
export function useGguiContext<T = unknown>(slot: string): [T, SetContext<T>] {
  const shared = useWireContext().slots?.get(slot);
  if (shared === undefined) throw new Error(`The contract declares no context slot '${slot}'.`);
  const value = useSyncExternalStore(shared.subscribe, shared.get, shared.get) as T;
  const set = useCallback<SetContext<T>>(
    (next) => {
      const isStep = (given: T | ((previous: T) => T)): given is (previous: T) => T => typeof given === "function";
      shared.set(isStep(next) ? next(shared.get() as T) : next);
    },
    [shared],
  );
  return [value, set];
}
